"""What is typed or scanned, and what the server's log has of it."""

from pathlib import Path

from confsvc.models import Delegate
from tests.terminal_desk.conftest import BeginDesk, DeskProcess, Scene, logged, pairing_link, started_anew


def test_a_desk_that_is_started_as_a_program_checks_in(scene: Scene, tmp_path: Path, begin_desk: BeginDesk) -> None:
    desk = begin_desk(tmp_path / "desk", pairing_link(scene, scene.main), "--language", "en", by=started_anew)
    assert desk.say(scene.code(scene.dina)).startswith("ACCEPTED: Nguyễn Thị Dina")
    assert desk.end()[0] == 0
    assert logged(scene) == [("check_in", scene.dina.id, "accepted")]


def test_a_scan_checks_in_once(desk: DeskProcess, scene: Scene) -> None:
    first, second = desk.say(scene.code(scene.dina)), desk.say(f"https://x.example/P/{scene.code(scene.dina).upper()}")
    assert first.startswith("ACCEPTED: Nguyễn Thị Dina, Phó Giám đốc, Sở Nội vụ")
    assert second.startswith("ALREADY HERE: Nguyễn Thị Dina, Phó Giám đốc, Sở Nội vụ — since ")
    assert desk.end()[0] == 0
    assert logged(scene) == [("check_in", scene.dina.id, "accepted"), ("check_in", scene.dina.id, "repeated")]


def test_a_visitor_and_who_was_elsewhere_are_moved(desk: DeskProcess, scene: Scene, tmp_path: Path, begin_desk: BeginDesk) -> None:
    remote = begin_desk(tmp_path / "remote", pairing_link(scene, scene.remote), "--language", "en")
    assert remote.say("trần văn minh").startswith("ACCEPTED: Trần Văn Minh")
    assert desk.say(scene.code(scene.minh)).startswith("MOVED: Trần Văn Minh, Sở Nội vụ — from Điểm cầu huyện Phú Quý — since ")
    assert desk.say("list") == "INFO: 1 are here; Trần Văn Minh, Sở Nội vụ"


def test_a_part_of_a_name_offers_numbers_and_marks_decide(desk: DeskProcess, scene: Scene) -> None:
    assert desk.say("so noi") == "CHOOSE: 1 Võ Hoài An, Sở Nội vụ (not yet here); 2 Nguyễn Thị Dina, Phó Giám đốc, Sở Nội vụ (not yet here)"
    assert desk.say("3") == "NOT UNDERSTOOD: there is no choice 3"
    assert desk.say("1") == "ACCEPTED: Võ Hoài An, Sở Nội vụ"
    assert desk.say("1") == "NOT UNDERSTOOD: there is no choice 1"
    assert desk.say("VO HOAI AN").startswith("ALREADY HERE: Võ Hoài An")
    assert desk.say("vỏ hoài") == "CHOOSE: 1 Võ Hoài An, Sở Nội vụ (here)"
    assert desk.say("{x}") == "NOBODY: {x}: nobody of that name on the roster of this site"
    assert desk.end()[0] == 1


def test_each_act_has_a_command(desk: DeskProcess, scene: Scene) -> None:
    dead = scene.code(scene.dina)
    said = [
        desk.say("võ hoài an"),
        desk.say("leave võ hoài an"),
        desk.say("undo-leave võ hoài an; nhầm người"),
        desk.say("undo võ hoài an; nhầm người; thật"),
        desk.say("substitute Nguyễn Thị Dina; Lê Văn Thay; Chánh Văn phòng; leader; bận việc"),
        desk.say(dead),
        desk.say("undo-substitute Lê Văn Thay; đã đến"),
        desk.say("walk-in Phạm Thị Khách; ; Báo Bình Thuận"),
        desk.say("headcount 2"),
    ]
    assert said.pop(5).startswith("REFUSED: Nguyễn Thị Dina, Phó Giám đốc, Sở Nội vụ — Lê Văn Thay sits in the seat — since ")
    assert said == [
        "ACCEPTED: Võ Hoài An, Sở Nội vụ",
        "ACCEPTED: Võ Hoài An, Sở Nội vụ — has left",
        "ACCEPTED: Võ Hoài An, Sở Nội vụ — leaving taken back",
        "ACCEPTED: Võ Hoài An, Sở Nội vụ — check-in taken back",
        "ACCEPTED: Lê Văn Thay, Chánh Văn phòng, Sở Nội vụ — comes in the place of Nguyễn Thị Dina",
        "ACCEPTED: Lê Văn Thay, Chánh Văn phòng, Sở Nội vụ — substitution taken back",
        "ACCEPTED: Phạm Thị Khách, Báo Bình Thuận — is on no list",
        "ACCEPTED: 2 people in the hall",
    ]
    # The scan that was refused counts after all, now that the substitution was taken back.
    assert desk.say("list").startswith("INFO: 2 are here; ")
    assert desk.say("missing") == "INFO: 1 are not here yet; Võ Hoài An, Sở Nội vụ"
    assert desk.say("waiting") == "INFO: 0 acts wait to be sent"
    assert desk.say("sync") == "INFO: up to date: 1 of 3 are here"
    assert desk.end()[0] == 1


def test_a_substitute_of_too_low_a_rank_asks_first(desk: DeskProcess) -> None:
    assert desk.say("substitute Nguyễn Thị Dina; Lê Văn Thay; ; 3; bận việc").startswith("ASKS FIRST: Lê Văn Thay, Sở Nội vụ — ")


def test_what_a_command_lacks_is_said_and_nothing_is_noted(desk: DeskProcess, scene: Scene) -> None:
    assert desk.say("leave") == "NOT UNDERSTOOD: write: leave = ra-ve WHO or PASS"
    assert desk.say("undo võ hoài an") == "NOT UNDERSTOOD: write: undo = hoan-tac WHO; REASON"
    assert desk.say("undo võ hoài an; ") == "NOT UNDERSTOOD: reason has 1 to 500 characters"
    assert desk.say("headcount 100001") == "NOT UNDERSTOOD: write: headcount = dem-nguoi NUMBER; REASON"
    assert desk.say(f"walk-in {'x' * 201}; ; unit") == "NOT UNDERSTOOD: name has 1 to 200 characters"
    assert desk.say("substitute võ hoài an; Lê; ; general; r").startswith("NOT UNDERSTOOD: write: substitute = di-thay WHO;")
    assert desk.say("leave nobody").startswith("NOBODY: ")
    assert logged(scene) == []


def test_the_desk_speaks_vietnamese(scene: Scene, tmp_path: Path, begin_desk: BeginDesk) -> None:
    desk = begin_desk(tmp_path / "desk", pairing_link(scene, scene.main), "--language", "vi")
    assert desk.say("Võ Hoài An") == "ĐÃ NHẬN: Võ Hoài An, Sở Nội vụ"
    assert desk.say("con-thieu") == "THÔNG TIN: 1 người chưa có mặt; Nguyễn Thị Dina, Phó Giám đốc, Sở Nội vụ"
    assert desk.say("kết-thúc") == "THÔNG TIN: 0 việc chờ gửi"
    assert desk.end()[0] == 0


def test_a_hostile_name_reaches_the_terminal_harmless(scene: Scene, tmp_path: Path, begin_desk: BeginDesk) -> None:
    hostile = "\x1b[2J{x}\u202eĐinh\u2066\r\n\x9b31m\u200f"
    with scene.service.begin() as work:
        work.session.get_one(Delegate, scene.an.id).full_name = hostile
    desk = begin_desk(tmp_path / "desk", pairing_link(scene, scene.main), "--language", "en", "--name", "\x1b]0;{y}\x07")
    line = desk.say(scene.code(scene.an))
    assert line == "ACCEPTED: \ufffd[2J{x}\ufffdĐinh\ufffd\ufffd\ufffd\ufffd31m\ufffd, Sở Nội vụ"
    _, news = desk.end()
    assert not set(news) & set("\x1b\x07\u202e\u2066\x9b\u200f")


def test_everything_is_on_disk_for_its_owner_only(desk: DeskProcess, tmp_path: Path) -> None:
    desk.say("list")
    files = list((tmp_path / "desk").iterdir())
    assert files
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert (tmp_path / "desk").stat().st_mode & 0o777 == 0o700
