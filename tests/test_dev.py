"""The script of a developer: what it counts, when it does a step again, what it says where it cannot go on."""

import importlib.machinery
import importlib.util
import socket
import subprocess
import sys
from pathlib import Path
from threading import Barrier
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture
def dev(tmp_path: Path) -> ModuleType:
    """The script as a module, its stamps and its checkout in a folder of this test."""
    loader = importlib.machinery.SourceFileLoader("dev_script", str(ROOT / "dev"))
    spec = importlib.util.spec_from_loader("dev_script", loader)
    assert spec
    module = importlib.util.module_from_spec(spec)
    sys.modules["dev_script"] = module  # dataclasses and named tuples look their module up
    loader.exec_module(module)
    vars(module).update(ROOT=tmp_path, STAMPS=tmp_path / ".dev")
    return module


@pytest.mark.parametrize(
    ("results", "line", "status"),
    [
        ([(3, 0, 0), (1, 0, 0)], "4 passed, 0 failed, 0 skipped\n", 0),
        ([(3, 1, 0), (1, 0, 0)], "4 passed, 1 failed, 0 skipped\n", 1),
        ([(3, 0, 1)], "3 passed, 0 failed, 1 skipped\n", 1),
    ],
)
def test_last_line_counts_and_a_skip_is_a_failure(
    dev: ModuleType, capsys: pytest.CaptureFixture[str], results: list[tuple[int, int, int]], line: str, status: int
) -> None:
    with pytest.raises(SystemExit) as ended:
        dev.report([dev.Counts(*counts) for counts in results])
    assert (capsys.readouterr().out, ended.value.code) == (line, status)


def test_checks_run_beside_the_tests_and_are_told_after_them(dev: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    both_run = Barrier(2)

    def checks() -> list[object]:
        both_run.wait(10)
        return [dev.Found(dev.Counts(1), "ok   one"), dev.Found(dev.Counts(0, 1), "FAIL another\nwhy")]

    def tests(*_: str) -> object:
        both_run.wait(10)
        sys.stdout.write("the tests\n")
        return dev.Counts(3)

    monkeypatch.setattr(dev, "lints", checks)
    monkeypatch.setattr(dev, "python_tests", tests)
    with pytest.raises(SystemExit) as ended:
        dev.everything()
    assert (capsys.readouterr().out, ended.value.code) == ("the tests\nok   one\nFAIL another\nwhy\n4 passed, 1 failed, 0 skipped\n", 1)


@pytest.fixture
def pytest_here(dev: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script, whose tests are those in the folder of this test; pytest brings nothing that they do not need."""
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p xdist.plugin")
    (tmp_path / ".dev").mkdir()
    return dev


@pytest.mark.parametrize(
    ("fails_at", "counts", "heard"),
    [
        ({1}, (5, 0, 0), 4),
        # Nothing that is broken passes three times, and nothing else that was broken is forgotten.
        ({1, 4}, (4, 1, 0), 4),
    ],
)
def test_who_failed_among_all_others_must_pass_three_times_alone(
    pytest_here: ModuleType,
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
    fails_at: set[int],
    counts: tuple[int, int, int],
    heard: int,
) -> None:
    runs = tmp_path / "runs"
    runs.touch()
    (tmp_path / "test_shaky.py").write_text(
        f"""
import pytest

@pytest.mark.parametrize("name", ["a", "b::c[d]", "é"])
def test_sound(name):
    pass

@pytest.mark.parametrize("name", ["sound", "sh aky[1]"])
def test_shaky(name):
    if name != "sound":
        with open({str(runs)!r}, "a+") as file:
            file.write(".")
            file.seek(0)
            assert len(file.read()) not in {fails_at!r}
"""
    )

    assert pytest_here.python_tests() == counts
    assert len(runs.read_text()) == heard
    said = "Failed among all the others, and passed 3 times by themselves:\n  test_shaky.py::test_shaky[sh aky[1]]\n"
    assert (said in capfd.readouterr().out) == (heard == 4 and counts[1] == 0)


def test_more_failures_than_a_disturbance_makes_are_not_heard_again(pytest_here: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "test_broken.py").write_text(
        """
import pathlib, pytest

@pytest.mark.parametrize("number", range(4))
def test_broken(number):
    mark = pathlib.Path(__file__).with_name(f"was here {number}")
    assert mark.exists() or mark.touch()
"""
    )
    assert pytest_here.python_tests() == (0, 4, 0)


def test_who_was_blamed_for_what_another_one_left_open_is_not_heard_again(pytest_here: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
    (tmp_path / "test_leaking.py").write_text(
        """
import gc, pathlib

def test_blamed():
    mark = pathlib.Path(__file__).with_name("was here")
    if not mark.exists():
        mark.touch()
        left = [open(__file__)]
        left.append(left)
        del left
        gc.collect()
"""
    )
    assert pytest_here.python_tests() == (0, 1, 0)


def test_where_nobody_is_named_nothing_is_run_again(pytest_here: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(pytest_here, "last_failed", list)
    (tmp_path / "test_broken.py").write_text(f"def test_broken():\n    open({str(tmp_path / 'runs')!r}, 'a').write('.')\n    assert False\n")
    assert pytest_here.python_tests() == (0, 1, 0)
    assert (tmp_path / "runs").read_text() == "."


def test_a_run_that_did_not_come_to_its_end_is_a_failure(pytest_here: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "test_ended.py").write_text("def test_sound(): pass\n")
    (tmp_path / "test_garbled.py").write_text("def test_(:\n")
    assert pytest_here.python_tests() == (1, 1, 0)


def test_a_check_says_why_it_failed_and_gives_way(dev: ModuleType) -> None:
    found = dev.lint("a check", sys.executable, "-c", "import os; print(os.nice(0)); raise SystemExit(3)")
    assert found == ((0, 1, 0), "FAIL a check\n19\n")


def test_a_step_is_done_once_until_its_sources_change_or_its_product_is_gone(dev: ModuleType, tmp_path: Path) -> None:
    source, product, done = tmp_path / "source", tmp_path / "product", []

    def make() -> None:
        done.append(source.read_text())
        product.write_text("made")

    def step() -> list[str]:
        dev.step("making", product, [source], make)
        return done

    source.write_text("one")
    assert (step(), step()) == (["one"], ["one"])
    source.write_text("two")
    assert step() == ["one", "two"]
    product.unlink()
    assert step() == ["one", "two", "two"]


def test_a_step_that_failed_is_done_again(dev: ModuleType, tmp_path: Path) -> None:
    product = tmp_path / "product"
    product.write_text("half made")

    def fail() -> None:
        dev.must(sys.executable, "-c", "print('why it failed'); raise SystemExit(3)")

    for _ in range(2):
        with pytest.raises(SystemExit, match="why it failed"):
            dev.step("making", product, [], fail)


def test_a_taken_port_is_named(dev: ModuleType) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SystemExit) as ended:
            dev.require_free_port("127.0.0.1", port)
    assert ended.value.code == f"Cannot listen on 127.0.0.1:{port} (Address already in use). Choose another one: ./dev run --port {port + 1}"


def test_programs_do_not_hear_what_a_shell_says_to_others(dev: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NODE_ENV", "production")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    monkeypatch.setenv("HOME", "/nowhere")
    env = dev.environment()
    assert ("NODE_ENV" in env, "PYTHONPATH" in env, env["HOME"]) == (False, False, str(tmp_path / ".dev" / "home"))


@pytest.mark.parametrize(("room", "name", "is_taken"), [(0, "", True), (2**60, "", False), (0, "missing", False)])
def test_tests_write_into_memory_where_there_is_room(dev: ModuleType, tmp_path: Path, room: int, name: str, is_taken: bool) -> None:
    vars(dev).update(MEMORY_DISK=tmp_path / name, ROOM_BYTES=room)
    assert dev.memory_disk() == (tmp_path / name if is_taken else None)


def test_uv_is_installed_by_its_pin_and_hashes(dev: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dev, "attempt", lambda command: (True, ""))
    dev.install_packages()
    first, *rest = (tmp_path / ".dev" / "uv.txt").read_text().splitlines()
    assert first.startswith("uv==")
    assert rest
    assert all(line.strip().startswith("--hash=sha256:") for line in rest)


def test_help_names_the_commands() -> None:
    said = subprocess.run([sys.executable, str(ROOT / "dev"), "--help"], check=True, capture_output=True, text=True).stdout
    assert [name for name in ("setup", "run", "check", "test", "migrate", "lock") if f"    {name} " not in said] == []


def test_ci_runs_the_tests() -> None:
    assert (ROOT / ".ci" / "run").read_text().splitlines()[-1] == "exec ./dev test"
