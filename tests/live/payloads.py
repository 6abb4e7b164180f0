"""What acks and pushes hold: whole payloads, to be compared with equality."""

from typing import Any

from tests.live.conftest import Line, Scene


def counts(**changes: int | None) -> dict[str, int | None]:
    """The counts of the main site: dina, an, and the vacant seat of the mandate."""
    nothing: dict[str, int | None] = dict.fromkeys(("present", "away", "excused", "visiting", "walk_ins", "online", "substitutes", "late"), 0)
    return {"summoned": 3, "named": 2, "vacant": 1, "not_yet": 3, **nothing, "headcount": None, **changes}


def without_now(payload: dict[str, Any]) -> dict[str, Any]:
    assert payload["now"].endswith("Z")
    return {key: value for key, value in payload.items() if key != "now"}


def dina_row(scene: Scene, **changes: Any) -> dict[str, Any]:
    """Dina as a desk of the main site sees her before she has come."""
    row = {
        "id": scene.dina.id,
        "name": "Nguyễn Thị Dina",
        "fold": "nguyen thi dina",
        "sort": scene.dina.name_sort,
        "position": "Phó Giám đốc",
        "unit": "Sở Nội vụ",
        "rank": "leader",
        "required_rank": "leader",
        "order": 1000,
        "origin": "listed",
        "pass": scene.pass_uid(scene.dina),
        "expected_here": True,
        "expected_site": scene.main.name,
        "state": "not_yet",
        "mode": "in_person",
        "since": None,
        "at": None,
        "at_site": None,
        "desk": None,
        "late": False,
        "by": None,
    }
    return {**row, **changes}


def verdict(word: str, **said: str | None) -> dict[str, str | None]:
    return {"verdict": word, **dict.fromkeys(("reason", "since", "site", "desk", "by")), **said}


def refused(line: Line, event: str, *payload: Any) -> dict[str, Any]:
    """The error of an ack that says no, without its sentence."""
    ack = line.call(event, *payload)
    assert ack["ok"] is False
    assert ack["error"].pop("message")
    found: dict[str, Any] = ack["error"]
    return found
