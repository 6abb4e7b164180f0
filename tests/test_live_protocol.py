"""docs/live-protocol.md against the code: the same events, acts, payloads, codes and refusals on both sides."""

import ast
import re
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import pytest

from confsvc import live
from confsvc.domain.attendance import REFUSALS, Verdict
from confsvc.domain.check_in import Act
from confsvc.domain.errors import Malformed
from confsvc.domain.figures import Figures
from confsvc.domain.handing_over import MOST_WAITING
from confsvc.domain.roster import RosterRow
from confsvc.live.board import BoardDoor
from confsvc.live.desk import OF_TWO, DeskDoor
from confsvc.live.errors import MESSAGES
from confsvc.models.attendance import ATTENDANCE_STATES, VERDICTS
from confsvc.models.conference import WALK_IN_RULES
from confsvc.models.delegate import ORIGINS, RANKS
from confsvc.schemas.acts import ACTS, MOST_ACTS, parse_act
from confsvc.schemas.live import present_counts, present_row, present_verdict
from confsvc.settings import Settings
from confsvc.web.desk_json import HANDOVER_BYTES
from confsvc.web.messages import REFUSALS as REFUSAL_TEXTS

ROOT = Path(__file__).parent.parent
DOC = (ROOT / "docs" / "live-protocol.md").read_text()
FIELD = re.compile(r'"(\w+)":')
WHEN = {"client_ref": "9c1f6a52-7a1b-4a35-9f0e-3a4a3b1f6a52", "occurred_at": "2023-01-16T07:00:00.000Z"}
# A value of each field of an act that can be read.
READABLE: dict[str, Any] = {
    "method": "name",
    "delegate_id": 1,
    "code": "x",
    "reason": "x",
    "name": "x",
    "position": "",
    "unit": "x",
    "rank": "head",
    "substitution": WHEN["client_ref"],
    "count": 0,
}


def section(name: str) -> str:
    """The text under the heading `## name`."""
    return re.split(r"^## ", DOC.split(f"\n## {name}\n")[1], flags=re.MULTILINE)[0]


def rows(text: str, head: str) -> dict[str, list[str]]:
    """The further cells of each row, by its first, in the table whose first head is `head`."""
    lines = text.split(f"| {head} |")[1].split("\n\n")[0].splitlines()
    cells = [re.split(r"(?<!\\) \| ", line.strip("| ")) for line in lines if line.startswith("| `")]
    return {first.strip("`"): rest for first, *rest in cells}


def table(text: str, head: str) -> set[str]:
    """The names in the first column of the table whose first head is `head`."""
    return set(rows(text, head))


def listed(name: str) -> set[str]:
    """The fields of the list `name`: `{a, b, c}` of the notes."""
    [found] = re.findall(rf"`{name}`: `\{{([^}}]+)\}}`", DOC)
    return set(re.split(r",\s*", found))


def words(pattern: str) -> set[str]:
    """The words in backticks of the sentence that the pattern finds."""
    found = re.search(pattern, DOC, flags=re.DOTALL)
    assert found, pattern
    return set(re.findall(r"`(\w+)`", found[1]))


def emitted() -> set[str]:
    """Every name of an event that the code sends."""
    found = set()
    for path in (ROOT / "confsvc" / "live").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            named = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("emit", "_to_desks", "_to_boards")
            if named and isinstance(node, ast.Call) and isinstance(node.args[0], ast.Constant):
                found.add(str(node.args[0].value))
            to_many = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("tell", "show") and len(node.args) == 4
            if to_many and isinstance(node, ast.Call) and isinstance(node.args[2], ast.Constant):
                found.add(str(node.args[2].value))
    return found


def test_client_events_are_those_of_the_namespaces() -> None:
    assert table(section("/desk"), "event") == DeskDoor.events
    assert table(section("/board"), "event") == BoardDoor.events


def test_server_events_are_those_the_code_sends() -> None:
    assert table(section("/desk"), "server event") | table(section("/board"), "server event") == emitted()


def test_error_codes_are_those_of_the_acks() -> None:
    assert table(section("Errors"), "code") == set(MESSAGES)


def test_refusals_verdicts_and_states_are_those_of_the_domain() -> None:
    assert table(section("Verdicts"), "reason") == set(REFUSALS) == set(REFUSAL_TEXTS)
    assert table(section("Verdicts"), "verdict") == set(VERDICTS)
    assert words(r"`state` is (.+?);") == set(ATTENDANCE_STATES)
    assert words(r"`origin` is (.+?);") == set(ORIGINS)
    assert words(r"as the conference's `walk_ins` says \((.+?)\)") == set(WALK_IN_RULES)
    assert set(re.findall(r'"(\w+)"', rows(section("/desk"), "act")["substitute"][0].split('"rank":')[1].split(",")[0] + '"leader" or "staff"')) == set(RANKS)


def test_acts_are_those_of_the_code_and_each_may_be_sent_alone() -> None:
    assert table(section("/desk"), "act") == set(ACTS)
    events = rows(section("/desk"), "event")
    assert {name for name in ACTS if events[name][0].startswith("an act")} == set(ACTS)
    assert {name for name in ACTS if "replaced" in events[name][1].split("`")[1]} == set(OF_TWO)


def payloads(name: str) -> list[set[str]]:
    """The fields of each payload that the table gives for an act."""
    return [set(FIELD.findall(payload)) for payload in re.findall(r"`(\{[^`]*(?:`substitute`)?[^`]*\})`", rows(section("/desk"), "act")[name][0])]


@pytest.mark.parametrize("name", ACTS)
def test_each_payload_of_an_act_is_read_and_needs_all_of_its_fields(name: str) -> None:
    choices = payloads(name)
    assert len(choices) == (2 if name in ("check_in", "leave") else 1)
    for named in choices:
        method = {"method": "scan"} if "code" in named else {}
        payload = {**WHEN, **{field: READABLE[field] for field in named}, **method}
        act = parse_act(name, payload)
        told = {field.name for field in fields(act) if getattr(act, field.name) is not None} - {"clock_offset_ms"}
        assert told == set(payload) - {"method"}
        for field in payload:
            with pytest.raises(Malformed) as caught:
                parse_act(name, {key: value for key, value in payload.items() if key != field})
            assert caught.value.fields == {"field": field}


def test_what_every_act_has_is_named() -> None:
    sentence = section("/desk").split("Every act has")[1].split("Besides that")[0]
    required = {field.name for field in fields(Act) if field.default is MISSING}
    must, may = sentence.split("may have")
    assert (set(FIELD.findall(must)), set(FIELD.findall(may))) == (required, {"clock_offset_ms"})


def test_rows_counts_and_verdicts_have_the_fields_that_are_listed() -> None:
    row = RosterRow._make([None] * len(RosterRow._fields))
    verdict = Verdict._make([None] * len(Verdict._fields))
    assert set(present_row(row, 1)) == listed("row")
    assert set(present_counts(Figures())) == listed("counts")
    [of_verdict] = re.findall(r"`verdict` is `\{([^}]+)\}`", DOC)
    assert set(present_verdict(verdict)) == set(of_verdict.split(", "))


def test_statuses_and_limits_are_those_of_the_code() -> None:
    assert table(section("Handing over"), "status") == {"kept", "known", "malformed"}
    assert f"At most {MOST_WAITING:,} acts" in DOC
    assert f"1 to {MOST_ACTS} acts, {HANDOVER_BYTES // 1024} KiB" in DOC
    assert f"1 to {MOST_ACTS} " in rows(section("/desk"), "event")["record"][0] + " "
    assert f"({live.MOST_BYTES_IN_A_MESSAGE:,} bytes of UTF-8)" in DOC
    at_once = Settings.model_fields["desk_events_per_second"].default * live.ACTS_AVERAGED_SECONDS
    assert f"({at_once:,} acts as the settings come)" in DOC
