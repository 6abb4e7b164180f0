"""How a desk begins and ends: pairing, one process to a folder, damage, a full disk, and desks that may not act any more."""

import resource
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from confsvc.models import Attendance, Desk, HandedOver
from confsvc.terminal_desk.clock import Clock
from confsvc.terminal_desk.desk import Desk as TerminalDesk
from confsvc.terminal_desk.store import Store
from tests.terminal_desk.conftest import BeginDesk, DeskProcess, Scene, lines_of, logged, pairing_link
from tests.terminal_desk.test_offline import cut_off, paired_folder


def revoke_desks(scene: Scene) -> None:
    with scene.service.begin() as work:
        for desk in work.session.scalars(select(Desk).where(Desk.conference_id == scene.conference.id)):
            desk.revoked_at = work.now


def submitted(scene: Scene) -> list[tuple[str, str]]:
    """Act and client_ref of everything that waits for an organiser."""
    with scene.service.begin() as work:
        found = work.session.scalars(select(HandedOver).where(HandedOver.conference_id == scene.conference.id).order_by(HandedOver.id))
        return [(line.act, line.client_ref) for line in found]


def test_a_revoked_desk_hands_over_what_it_has(scene: Scene, tmp_path: Path, begin_desk: BeginDesk) -> None:
    folder = paired_folder(scene, tmp_path / "desk", begin_desk)
    with cut_off(folder):
        desk = begin_desk(folder, "--language", "en")
        assert [desk.say(line)[:7] for line in ("võ hoài an", "headcount 3")] == ["WAITING", "WAITING"]
        desk.end()
    revoke_desks(scene)
    desk = begin_desk(folder, "--language", "en")
    assert desk.news("handed over") == "INFO: 2 acts were handed over to the organisers"
    assert desk.say("headcount 4") == "REFUSED: this desk may not act any more: pair it anew"
    assert desk.say("waiting") == "INFO: 0 acts wait to be sent"
    assert desk.end()[0] == 1
    assert [act for act, _ in submitted(scene)] == ["check_in", "count_heads"]
    assert logged(scene) == []
    desk = begin_desk(folder, pairing_link(scene, scene.main), "--language", "en")
    assert desk.say("headcount 5").startswith("ACCEPTED")


def test_a_desk_that_is_revoked_as_it_acts_hands_that_act_over(desk: DeskProcess, scene: Scene) -> None:
    assert desk.say("headcount 1").startswith("ACCEPTED")
    revoke_desks(scene)
    assert desk.say("headcount 2").startswith("WAITING")
    assert desk.news("handed over") == "INFO: 1 acts were handed over to the organisers"
    assert [act for act, _ in submitted(scene)] == ["count_heads"]


def test_the_same_link_goes_on_and_a_used_one_is_refused(scene: Scene, tmp_path: Path, begin_desk: BeginDesk) -> None:
    link = pairing_link(scene, scene.main)
    assert begin_desk(tmp_path / "desk", link).end()[0] == 0
    assert begin_desk(tmp_path / "desk", link).end()[0] == 0
    used = begin_desk(tmp_path / "other", link, "--language", "en").end()
    assert used == (2, "the server does not pair this terminal: the link was used up, withdrawn or is too old")
    assert begin_desk(tmp_path / "other", "--language", "en").end() == (2, "this terminal is no desk yet: confsvc desk <pairing link>")
    assert begin_desk(tmp_path / "other", "ftp://x", "--language", "en").end() == (2, "ftp://x is not a pairing link (https://…/pair/…)")


def test_a_desk_whose_acts_wait_is_not_paired_anew(scene: Scene, tmp_path: Path, begin_desk: BeginDesk) -> None:
    folder = paired_folder(scene, tmp_path / "desk", begin_desk)
    with cut_off(folder):
        desk = begin_desk(folder)
        desk.say("headcount 3")
        desk.end()
        status, said = begin_desk(tmp_path / "desk", pairing_link(scene, scene.main), "--language", "en").end()
        assert (status, "1 acts of the desk that was paired before wait here" in said) == (2, True)


def test_the_second_process_on_a_folder_says_so_and_stops(desk: DeskProcess, tmp_path: Path, begin_desk: BeginDesk) -> None:
    desk.say("list")
    assert begin_desk(tmp_path / "desk", "--language", "en").end() == (2, f"another desk runs on {tmp_path / 'desk'} already")
    assert desk.say("headcount 1").startswith("ACCEPTED")


def test_a_damaged_file_is_said_and_kept(scene: Scene, tmp_path: Path, begin_desk: BeginDesk) -> None:
    folder = paired_folder(scene, tmp_path / "desk", begin_desk)
    file = folder / "desk.sqlite3"
    for damaged in (b"not a database at all" * 500, file.read_bytes()[:4096] + b"\xff" * 8192 + file.read_bytes()[12288:]):
        file.write_bytes(damaged)
        status, said = begin_desk(folder, "--language", "en").end()
        assert status == 2
        assert said.startswith(f"{file} cannot be used (")
        assert file.read_bytes() == damaged


def test_a_full_disk_is_said_and_nothing_is_pretended(scene: Scene, tmp_path: Path, begin_desk: BeginDesk) -> None:
    folder = paired_folder(scene, tmp_path / "desk", begin_desk)
    with cut_off(folder):
        room = (folder / "desk.sqlite3").stat().st_size + 100_000
        desk = begin_desk(folder, "--language", "en")
        resource.prlimit(desk.process.pid, resource.RLIMIT_FSIZE, (room, room))
        said = [desk.say("headcount 1")]
        while said[-1].startswith("WAITING") and len(said) < 500:
            said.append(desk.say("headcount 1"))
        assert said[-1].startswith("NOT RECORDED: THE DISK DOES NOT TAKE IT (")
        assert desk.end()[0] == 1
    store = Store(folder)
    assert store.count_waiting() == len(said) - 1
    store.close()


def test_a_clock_three_hours_wrong_tells_the_right_moment(scene: Scene, tmp_path: Path, begin_desk: BeginDesk) -> None:
    store = Store(paired_folder(scene, tmp_path / "desk", begin_desk))
    desk = TerminalDesk(store, lambda *_: None, Clock(wall=lambda: datetime.now(UTC) - timedelta(hours=3)))
    desk.start()
    outcome = desk.record("check_in", method="name", delegate_id=scene.an.id)
    desk.stop()
    store.close()
    assert outcome.fate == "answered"
    with scene.service.begin() as work:
        [line] = lines_of(work, scene)
        assert abs(line.clock_offset_ms - 3 * 3_600_000) < 60_000
        assert abs(line.occurred_at + timedelta(milliseconds=line.clock_offset_ms) - datetime.now(UTC)) < timedelta(minutes=1)
        arrived_at = work.session.get_one(Attendance, scene.an.id).arrived_at
        assert arrived_at
        assert abs(arrived_at - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_clock_that_is_too_far_off_is_replaced() -> None:
    clock = Clock(wall=lambda: datetime(1970, 1, 2, tzinfo=UTC))
    clock.hear("2026-11-23T06:00:00.000Z")
    stamp = clock.stamp()
    assert list(stamp) == ["occurred_at"]
    assert stamp["occurred_at"].startswith("2026-11-23T06:00:00")
