"""What lies not in the memory of a worker of which nobody has asked anything yet; how much does, `benchmarks/memory.py` measures."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from urllib.request import urlopen

import pytest

from confsvc.left_out import left_out
from tests.conftest import SECRET

# What draws, reads and writes files, and signs passes, comes when it is first needed; the commands of an administrator never do.
NOT_YET = ("PIL", "cryptography", "python_calamine", "qrcode", "typst", "xlsxwriter")
NEVER = ("alembic", "flask_migrate", "mako", "matplotlib", "openpyxl", "psycopg", "redis", "requests", "urllib3", "valkey", "websocket")
NO_WORKERS = ("confsvc.backup", "confsvc.drill", "confsvc.terminal_desk")

# Says what it holds when it has ended.
HONEST = "import atexit, runpy, sys; atexit.register(lambda: print(*sys.modules)); runpy.run_module('confsvc', run_name='__main__')"


def environment(folder: Path) -> dict[str, str]:
    return {"PATH": os.defpath, "CONFSVC_DATA_DIR": str(folder), "CONFSVC_SECRET_KEY": SECRET}


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> frozenset[str]:
    """Every module in the memory of a worker that has found no tables, and has answered whether it lives and is ready."""
    command = [sys.executable, "-c", HONEST, "serve", "--port", "0"]
    told = environment(tmp_path_factory.mktemp("data"))
    with subprocess.Popen(command, env=told, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as worker:
        assert worker.stdout
        address = worker.stdout.readline().split()[-1]
        for page in ("healthz", "readyz"):
            urlopen(f"{address}/{page}", timeout=10).close()
        worker.terminate()
        return frozenset(worker.communicate()[0].split())


@pytest.mark.parametrize("name", [*NOT_YET, *NEVER, *NO_WORKERS])
def test_idle_worker_does_not_hold(held: frozenset[str], name: str) -> None:
    assert find_spec(name), "there is no such thing to be left out"
    assert [module for module in held if module == name or module.startswith(f"{name}.")] == []


def test_idle_worker_holds_what_it_serves_with(held: frozenset[str]) -> None:
    """Else the tests above would say nothing."""
    assert held >= {"confsvc.live.desk", "confsvc.web.desks", "confsvc.jobs.mail_sender", "flask_socketio", "sqlalchemy.orm"}


def test_worker_whose_database_cannot_be_migrated_ends_and_says_why(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "confsvc.sqlite3")) as database, database:
        database.execute("CREATE TABLE alembic_version (version_num TEXT)")
        database.execute("INSERT INTO alembic_version VALUES ('0004')")
        database.execute("CREATE TABLE told_facts (id INTEGER)")
    command = [sys.executable, "-m", "confsvc", "serve", "--port", "0"]
    done = subprocess.run(command, env=environment(tmp_path), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "table told_facts already exists" in done.stderr


def test_what_is_left_out_is_missing_meanwhile_and_there_afterwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "spare_wheel.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    with left_out("spare_wheel"), pytest.raises(ModuleNotFoundError):
        import_module("spare_wheel")
    assert import_module("spare_wheel").__name__ == "spare_wheel"


def test_what_is_loaded_already_is_not_left_out() -> None:
    with left_out("json"):
        assert import_module("json") is json
    assert sys.modules["json"] is json
