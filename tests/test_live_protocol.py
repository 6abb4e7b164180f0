"""docs/live-protocol.md against the code: the same events, payloads, codes and refusals on both sides."""

import ast
import re
from pathlib import Path

from confsvc.domain.attendance import REFUSALS
from confsvc.live.board import BoardDoor
from confsvc.live.desk import DeskDoor
from confsvc.live.errors import MESSAGES
from confsvc.models.attendance import ATTENDANCE_STATES, VERDICTS
from confsvc.web.messages import REFUSALS as REFUSAL_TEXTS

ROOT = Path(__file__).parent.parent
DOC = (ROOT / "docs" / "live-protocol.md").read_text()


def section(name: str) -> str:
    """The text under the heading `## name`."""
    return re.split(r"^## ", DOC.split(f"\n## {name}\n")[1], flags=re.MULTILINE)[0]


def table(text: str, head: str) -> set[str]:
    """The names in the first column of the table whose first head is `head`."""
    rows = text.split(f"| {head} |")[1].split("\n\n")[0]
    return set(re.findall(r"^\| `(\w+)` \|", rows, flags=re.MULTILINE))


def emitted() -> set[str]:
    """Every name of an event that the code sends."""
    found = set()
    for path in (ROOT / "confsvc" / "live").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            named = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("emit", "_to_desks", "_to_boards")
            if named and isinstance(node, ast.Call) and isinstance(node.args[0], ast.Constant):
                found.add(str(node.args[0].value))
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
    assert set(re.findall(r"`state` is `(\w+)`, `(\w+)` or `(\w+)`", DOC)[0]) == set(ATTENDANCE_STATES)
