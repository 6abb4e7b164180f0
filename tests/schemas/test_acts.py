"""What desks say that they did: read strictly, one by one, and the same when it is written and read again."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confsvc.domain.check_in import Act, CheckIn, CountHeads, Leave, Substitute, UndoCheckIn, UndoLeave, WalkIn, WithdrawSubstitute
from confsvc.domain.errors import Malformed
from confsvc.domain.passes import sign_token
from confsvc.live import MOST_BYTES_IN_A_MESSAGE
from confsvc.schemas.acts import ACTS, MOST_ACTS, act_name, parse_act, parse_acts, present_act, sent_refs
from confsvc.schemas.json_values import read_object

REF = "9c1f6a52-7a1b-4a35-9f0e-3a4a3b1f6a52"
OTHER_REF = "0c1f6a52-7a1b-4a35-9f0e-3a4a3b1f6a52"
BASE: dict[str, Any] = {"client_ref": REF, "occurred_at": "2023-01-16T14:00:00.5+07:00"}
FIELDS: dict[str, dict[str, Any]] = {
    "check_in": {"method": "scan", "code": "https://example.org/p/abc"},
    "undo_check_in": {"delegate_id": 7, "reason": "Nhầm người"},
    "leave": {"method": "name", "delegate_id": 7},
    "undo_leave": {"delegate_id": 7, "reason": "Vẫn còn trong hội trường"},
    "substitute": {"delegate_id": 7, "name": "Lê Văn Thay", "position": "", "rank": "leader", "reason": "Ốm"},
    "withdraw_substitute": {"substitution": OTHER_REF, "reason": "Nhầm"},
    "walk_in": {"name": "Phạm Thị Đến", "position": "Phóng viên", "unit": "Báo Bình Thuận"},
    "count_heads": {"count": 118, "reason": ""},
}
WHEN: dict[str, Any] = {"client_ref": REF, "occurred_at": datetime(2023, 1, 16, 7, 0, 0, 500_000, tzinfo=UTC), "clock_offset_ms": 0}
READ: dict[str, Act] = {
    "check_in": CheckIn(**WHEN, code="https://example.org/p/abc"),
    "undo_check_in": UndoCheckIn(**WHEN, delegate_id=7, reason="Nhầm người"),
    "leave": Leave(**WHEN, delegate_id=7),
    "undo_leave": UndoLeave(**WHEN, delegate_id=7, reason="Vẫn còn trong hội trường"),
    "substitute": Substitute(**WHEN, delegate_id=7, name="Lê Văn Thay", position="", rank="leader", reason="Ốm"),
    "withdraw_substitute": WithdrawSubstitute(**WHEN, substitution=OTHER_REF, reason="Nhầm"),
    "walk_in": WalkIn(**WHEN, name="Phạm Thị Đến", position="Phóng viên", unit="Báo Bình Thuận"),
    "count_heads": CountHeads(**WHEN, count=118),
}


def payload(name: str, /, **changes: Any) -> dict[str, Any]:
    return {**BASE, **FIELDS[name], **changes}


def wrong_field(name: str, data: dict[str, Any]) -> str:
    with pytest.raises(Malformed) as caught:
        parse_act(name, data)
    found: str = caught.value.fields["field"]
    return found


@pytest.mark.parametrize("name", ACTS)
def test_each_act_is_read_from_the_payload_of_last_week_too(name: str) -> None:
    assert parse_act(name, payload(name)) == READ[name]
    with_clock = parse_act(name, payload(name, clock_offset_ms=-10_800_000, something_new={"of": ["next", "week"]}))
    assert with_clock.clock_offset_ms == -10_800_000


@pytest.mark.parametrize("name", ACTS)
def test_each_field_that_lacks_is_named(name: str) -> None:
    for field in payload(name):
        assert wrong_field(name, {key: value for key, value in payload(name).items() if key != field}) == field


WRONG: list[tuple[str, str, Any]] = [
    *(("check_in", "client_ref", wrong) for wrong in ("1", 5, None, [REF], REF + "0", "g" * 36)),
    *(("check_in", "occurred_at", wrong) for wrong in ("yesterday", "2023-01-16T07:00:00", "1999-12-31T00:00:00Z", "2101-01-01T00:00:00Z", 1673852400, "")),
    *(("check_in", "clock_offset_ms", wrong) for wrong in (0.5, "0", None, True, 2**31, -(2**31), [0])),
    *(("check_in", "method", wrong) for wrong in ("telepathy", "form", "organiser", ["scan"], None)),
    *(("check_in", "code", wrong) for wrong in ("", "x" * 501, {"$ne": ""}, None, b"raw")),
    *(("leave", "delegate_id", wrong) for wrong in ("7", True, 2**31, 0, -1, 7.0, None, [7])),
    *(("undo_check_in", "reason", wrong) for wrong in ("", "  \n\u200b ", "x" * 501, 5, None)),
    *(("substitute", "rank", wrong) for wrong in ("any", "", "HEAD", None, ["head"])),
    *(("substitute", "name", wrong) for wrong in ("", "\u202e", "x" * 201, 5, None)),
    *(("substitute", "position", wrong) for wrong in (None, 5, "x" * 201)),
    *(("withdraw_substitute", "substitution", wrong) for wrong in (7, "", None, REF[:-1])),
    *(("walk_in", "unit", wrong) for wrong in ("", " ", None, "x" * 201)),
    *(("count_heads", "count", wrong) for wrong in (-1, 100_001, 1.5, "118", True, None, 10**400)),
    *(("count_heads", "reason", wrong) for wrong in (None, "x" * 501, ["x"])),
]


@pytest.mark.parametrize(("name", "field", "wrong"), WRONG)
def test_wrong_values_are_named(name: str, field: str, wrong: Any) -> None:
    assert wrong_field(name, payload(name, **{field: wrong})) == field


def test_a_name_that_is_no_act_is_refused() -> None:
    for name in ("sync", "record", "excuse", "admit", "", "__class__"):
        assert wrong_field(name, payload("check_in")) == "act"


def test_texts_are_cleaned_and_long_spellings_of_short_ones_taken() -> None:
    read = parse_act("walk_in", payload("walk_in", name=" Nguyễn\r\n Văn\u202e A\x00 ", position="e\u0302\u0301" * 200))
    assert isinstance(read, WalkIn)
    assert (read.name, read.position) == ("Nguyễn Văn A", "ế" * 200)


def test_in_a_list_each_act_is_read_by_itself() -> None:
    good = {"act": "leave", **payload("leave")}
    bad: list[Any] = [None, 5, [], "leave", {}, {"act": ["leave"]}, {"act": "sync"}, {**good, "delegate_id": 0}, {**good, "client_ref": 5}]
    read = parse_acts({"acts": [good, *bad, good]})
    fields = [act.fields["field"] for act in read if isinstance(act, Malformed)]
    assert (read[0], read[-1]) == (READ["leave"], READ["leave"])
    assert fields == ["payload"] * 4 + ["act"] * 3 + ["delegate_id", "client_ref"]
    assert sent_refs({"acts": [good, *bad]}) == [REF, *[None] * 7, REF, None]


@pytest.mark.parametrize("acts", [None, [], {}, "acts", 5, [{}] * (MOST_ACTS + 1)])
def test_what_is_no_list_of_acts_is_refused(acts: Any) -> None:
    with pytest.raises(Malformed) as caught:
        parse_acts({"acts": acts})
    assert caught.value.fields == {"field": "acts"}


lines = st.text(min_size=1, max_size=40).filter(lambda text: text.isprintable() and text.strip())
moments = st.datetimes(datetime(2000, 1, 3), datetime(2100, 12, 30), timezones=st.just(timezone(timedelta(hours=7))))  # noqa: DTZ001  # the zone comes with them
refs = st.uuids().map(str)
when = {"client_ref": refs, "occurred_at": moments, "clock_offset_ms": st.integers(-(2**31) + 1, 2**31 - 1)}
ids = st.integers(1, 2**31 - 1)
who = st.one_of(st.fixed_dictionaries({"code": lines}), st.fixed_dictionaries({"delegate_id": ids}))


@given(st.fixed_dictionaries(when), who, lines, ids, refs, st.integers(0, 100_000))
def test_what_is_written_is_read_the_same(told: dict[str, Any], whom: dict[str, Any], text: str, number: int, ref: str, count: int) -> None:
    acts: list[Act] = [CheckIn(**told, **whom), Leave(**told, **whom), UndoCheckIn(**told, delegate_id=number, reason="Nhầm")]
    acts += [WithdrawSubstitute(**told, substitution=ref, reason="Nhầm"), CountHeads(**told, count=count)]
    for act in acts:
        assert parse_act(act_name(act), json.loads(json.dumps(present_act(act)))) == act
    walk_in = parse_act("walk_in", {**present_act(acts[0]), "name": "A", "position": "", "unit": text[:3] + "x"})
    assert parse_act("walk_in", present_act(walk_in)) == walk_in


def test_a_hundred_scans_and_fifty_whole_addresses_fit_into_a_message() -> None:
    token = sign_token("s" * 32, 2**31 - 1, str(UUID(int=2**128 - 1)))
    scan = {"act": "check_in", "client_ref": str(uuid4()), "occurred_at": "2023-01-16T07:00:00.000Z", "clock_offset_ms": -10_800_000, "method": "scan"}
    by_token = json.dumps(["record", {"acts": [{**scan, "code": token}] * MOST_ACTS}])
    by_address = json.dumps(["record", {"acts": [{**scan, "code": f"{'x' * (300 - len(token))}{token}"}] * 50}])
    assert max(len(by_token), len(by_address)) + len("42/desk,1234567") < 60_000 < MOST_BYTES_IN_A_MESSAGE


def test_the_longest_act_is_as_long_as_the_protocol_says() -> None:
    longest = payload("substitute", name="\U0001d54f" * 200, position="\U0001d54f" * 200, reason="\U0001d54f" * 500)
    assert parse_act("substitute", longest)
    assert 10_000 < len(json.dumps(longest)) < 12 * 1024


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "NaN", '{"a":Infinity}', "1" * 5000, "", b"\xff", "{", '{"a":1}x', "[]", "5"])
def test_what_is_no_json_object_is_malformed(text: str | bytes) -> None:
    with pytest.raises(Malformed) as caught:
        read_object(text)
    assert caught.value.fields == {"field": "payload"}
