"""What is typed or scanned, and what the server's log has of it."""

from tests.terminal_desk.conftest import DeskProcess, Scene


def test_a_scan_checks_in_once(desk: DeskProcess, scene: Scene) -> None:
    first, second = desk.say(scene.code(scene.dina)), desk.say(scene.code(scene.dina))
    assert first.startswith("ACCEPTED: Nguyễn Thị Dina, Phó Giám đốc, Sở Nội vụ")
    assert second.startswith("ALREADY HERE: Nguyễn Thị Dina, Phó Giám đốc, Sở Nội vụ — since ")
    assert desk.end()[0] == 0
