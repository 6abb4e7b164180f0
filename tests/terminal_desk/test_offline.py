"""Without a line: what the desk says by itself, and that everything arrives once when there is a line again."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from confsvc.domain.delegates import DelegateEntry, add_delegates
from confsvc.domain.work import AccountActor
from confsvc.terminal_desk.store import Store
from tests.conftest import SECRET
from tests.live.conftest import served
from tests.nursery import Nursery
from tests.terminal_desk.conftest import WAIT_SECONDS, BeginDesk, Scene, environment, lines_of, logged, pairing_link

NOWHERE = "http://127.0.0.1:9"  # nobody listens there


def paired_folder(scene: Scene, folder: Path, begin_desk: BeginDesk) -> Path:
    """The folder of a desk that was paired, and heard everything."""
    desk = begin_desk(folder, pairing_link(scene, scene.main), "--language", "en")
    assert desk.say("sync").startswith("INFO: up to date")
    assert desk.end()[0] == 0
    return folder


@contextmanager
def cut_off(folder: Path, server: str = NOWHERE) -> Iterator[None]:
    """The desk of this folder reaches nobody."""
    store = Store(folder)
    reached = store.fact("server")
    store.keep(server=server)
    store.close()
    yield
    store = Store(folder)
    store.keep(server=reached)
    store.close()


def test_passes_are_judged_without_a_line_as_the_server_judges_them(scene: Scene, tmp_path: Path, begin_desk: BeginDesk) -> None:
    other = Scene(scene.service)
    dead = scene.code(scene.an)
    folder = tmp_path / "desk"
    desk = begin_desk(folder, pairing_link(scene, scene.main), "--language", "en")
    assert desk.say("substitute Võ Hoài An; Lê Văn Thay; ; leader; ốm").startswith("ACCEPTED")
    # Why the pass is dead is told a moment after the answer.
    assert desk.say("sync").startswith("INFO: up to date")
    desk.end()
    good = scene.code(scene.dina)
    codes = {
        "forged": "A" * 136,
        "altered": good[:100] + ("A" if good[100] != "A" else "B") + good[101:],
        "other": other.code(other.dina),
        "dead": dead,
        "visitor": scene.code(scene.minh),
        "person": f"HTTPS://X.EXAMPLE/P/{good.upper()}",
        "again": good.lower(),
    }
    with cut_off(folder):
        desk = begin_desk(folder, "--language", "en")
        said = {name: desk.say(code) for name, code in codes.items()}
        assert desk.end()[0] == 1
    assert said.pop("again").startswith("ALREADY HERE: Nguyễn Thị Dina, Phó Giám đốc, Sở Nội vụ — since ")
    assert said == {
        "forged": "REFUSED: nobody has a pass with this code — judged here, waits to be sent",
        "altered": "REFUSED: nobody has a pass with this code — judged here, waits to be sent",
        "other": "REFUSED: the pass belongs to another conference — judged here, waits to be sent",
        "dead": "REFUSED: Lê Văn Thay sits in the seat — judged here, waits to be sent",
        "visitor": "WAITING to be sent: a true pass, expected at another site",
        "person": "WAITING to be sent: Nguyễn Thị Dina, Phó Giám đốc, Sở Nội vụ",
    }
    desk = begin_desk(folder, "--language", "en")
    news = desk.news("sent: 7")
    desk.say("sync")
    _, rest = desk.end()
    assert news == "INFO: sent: 7"
    refusals = [line.split(" — ", 1)[1] for line in rest.splitlines() if line.startswith("REFUSED")]
    assert refusals.pop().startswith("Võ Hoài An, Sở Nội vụ — Lê Văn Thay sits in the seat — since ")
    assert refusals == ["nobody has a pass with this code", "nobody has a pass with this code", "the pass belongs to another conference"]
    verdicts = [(who, verdict) for kind, who, verdict in logged(scene) if kind == "check_in"]
    assert verdicts[-3:] == [(scene.minh.id, "accepted"), (scene.dina.id, "accepted"), (scene.dina.id, "repeated")]


def test_a_name_is_here_already_also_after_a_new_start(scene: Scene, tmp_path: Path, begin_desk: BeginDesk) -> None:
    folder = paired_folder(scene, tmp_path / "desk", begin_desk)
    with cut_off(folder):
        desk = begin_desk(folder, "--language", "en")
        assert desk.say("võ hoài an") == "WAITING to be sent: Võ Hoài An, Sở Nội vụ"
        assert desk.say("walk-in Khách; ; Báo").startswith("WAITING to be sent: Khách")
        assert desk.end()[0] == 3
        desk = begin_desk(folder, "--language", "en")
        assert desk.news("no line") == "WAITING to be sent: no line to the server; 2 acts wait"
        assert desk.say("waiting") == "INFO: 2 acts wait to be sent"
        assert desk.say(scene.code(scene.an)).startswith("ALREADY HERE: Võ Hoài An, Sở Nội vụ — since ")
        assert desk.say("sync") == "WAITING to be sent: no line to the server; 3 acts wait"
        assert desk.end()[0] == 3
    assert logged(scene) == []


def test_who_was_put_on_the_list_meanwhile_is_known_at_the_next_start(scene: Scene, tmp_path: Path, begin_desk: BeginDesk) -> None:
    folder = paired_folder(scene, tmp_path / "desk", begin_desk)
    with scene.service.begin(AccountActor(scene.olga.id)) as work:
        add_delegates(work, scene.conference.id, [DelegateEntry("Đinh Văn Mới", scene.dina.mandate_id)])
    desk = begin_desk(folder, "--language", "en")
    assert desk.say("đinh văn mới").startswith("ACCEPTED: Đinh Văn Mới")
    assert desk.end()[0] == 0


@pytest.mark.parametrize("moment", ["before it is sent", "while it is sent"])
def test_a_killed_desk_loses_nothing_and_doubles_nothing(scene: Scene, tmp_path: Path, begin_desk: BeginDesk, moment: str) -> None:
    folder = paired_folder(scene, tmp_path / "desk", begin_desk)
    if moment == "before it is sent":
        with cut_off(folder):
            desk = begin_desk(folder)
            assert desk.say(scene.code(scene.dina)).startswith("WAITING")
            desk.kill()
    else:
        desk = begin_desk(folder)
        assert desk.process.stdin
        desk.process.stdin.write("\n".join(["headcount 1", scene.code(scene.dina), *["headcount 7"] * 40, ""]))
        assert desk.say("").startswith("ACCEPTED")
        desk.kill()
    store = Store(folder)
    kept = [ref for (ref,) in store._base.execute("SELECT client_ref FROM acts ORDER BY number")]
    store.close()
    desk = begin_desk(folder)
    assert desk.say("sync").startswith("INFO: up to date")
    assert desk.end()[0] == 0
    with scene.service.begin() as work:
        assert [line.client_ref for line in lines_of(work, scene)] == kept
    assert kept


def test_what_was_done_while_the_server_was_down_arrives_once(tmp_path: Path, migrated_database: Path, nursery: Nursery, begin_desk: BeginDesk) -> None:
    (tmp_path / "server").mkdir()
    (tmp_path / "server" / "confsvc.sqlite3").write_bytes(migrated_database.read_bytes())
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with listening(nursery, tmp_path / "server", port) as url, served(url, tmp_path / "server" / "confsvc.sqlite3") as service:
        scene = Scene(service)
        code = scene.code(scene.dina)
        desk = begin_desk(tmp_path / "desk", pairing_link(scene, scene.main), "--language", "en")
        assert desk.say("võ hoài an").startswith("ACCEPTED")
    desk.news("the line to the server is gone")
    assert desk.say(code) == "WAITING to be sent: Nguyễn Thị Dina, Phó Giám đốc, Sở Nội vụ"
    assert [desk.say(f"headcount {count}") for count in range(60)] == [f"WAITING to be sent: {count} people in the hall" for count in range(60)]
    with listening(nursery, tmp_path / "server", port), served(url, tmp_path / "server" / "confsvc.sqlite3") as service:
        scene.service = service
        desk.news("the line to the server is there")
        assert desk.say("waiting") == "INFO: 0 acts wait to be sent"
        assert desk.say(code).startswith("ALREADY HERE")
        assert desk.end()[0] == 0
        assert [who for kind, who, _ in logged(scene) if kind == "check_in"] == [scene.an.id, scene.dina.id, scene.dina.id]
        with service.begin() as work:
            assert [line.amount for line in lines_of(work, scene) if line.amount is not None] == list(range(60))


@contextmanager
def listening(nursery: Nursery, folder: Path, port: int) -> Iterator[str]:
    """A server on this port, until the end of the block."""
    settings = environment(CONFSVC_DATA_DIR=str(folder), CONFSVC_SECRET_KEY=SECRET, CONFSVC_ARGON2_MEMORY_KIB="32", CONFSVC_LOG_LEVEL="ERROR")
    process = nursery.begin(["serve", "--port", str(port)], settings, folder / "server.log")
    with process.stdout:
        try:
            yield process.stdout.readline().split()[-1]
        finally:
            process.terminate()
            process.wait(WAIT_SECONDS)
