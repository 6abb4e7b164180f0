"""From what became of an act to the one line that the operator reads."""

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from confsvc.terminal_desk.desk import Outcome
from confsvc.terminal_desk.texts import Texts

GOOD = ("accepted", "asks", "repeated", "moved", "choose", "info")
JUDGED_BAD = ("unknown", "other_conference", "revoked")


class Reply(NamedTuple):
    """`word`: the key of the clear word; `lines`: further lines, for lists."""

    word: str
    text: str
    lines: tuple[str, ...] = ()


class Answers:
    """Says outcomes in one language and one zone."""

    def __init__(self, texts: Texts, zone: str) -> None:
        self.texts = texts
        try:
            self._zone: tzinfo = ZoneInfo(zone)
        except (KeyError, ValueError, OSError):
            self._zone = UTC

    def say(self, name: str, **values: Any) -> str:
        return self.texts[name].format(**values)

    def when(self, moment: str) -> str:
        """A moment as people of the hall read it; the day only where it is not today's."""
        local = datetime.fromisoformat(moment).astimezone(self._zone)
        return f"{local:%H:%M}" if local.date() == datetime.now(self._zone).date() else f"{local:%H:%M %d/%m/%Y}"

    def person(self, row: Mapping[str, Any]) -> str:
        return ", ".join(part for part in (row["name"], row["position"], row["unit"]) if part)

    def reply(self, outcome: Outcome) -> Reply:
        """The line about this act."""
        if outcome.fate == "malformed":
            return Reply("refused", self.say("malformed", field=outcome.answer.get("field", "?")))
        return self._answered(outcome) if outcome.fate == "answered" else self._waiting(outcome)

    def _answered(self, outcome: Outcome) -> Reply:
        verdict, row = outcome.answer["verdict"], outcome.answer["row"]
        who = self.person(row) if row else str(outcome.act.payload.get("name", ""))
        if verdict["verdict"] == "refused":
            return Reply("refused", _joined(who, self._why(verdict["reason"], verdict["by"]), self._since(verdict)))
        if verdict["verdict"] == "repeated":
            return Reply("repeated", _joined(who, self._since(verdict), self._site("at", verdict)))
        if verdict["verdict"] == "moved":
            return Reply("moved", _joined(who, self._site("from", verdict), self._since(verdict)))
        pending = bool(row) and row["state"] == "pending"
        late = self.say("late") if row and row["late"] and outcome.act.name == "check_in" else ""
        return Reply("asks" if pending else "accepted", _joined(who, self._deed(outcome), late, self.say("asks_why") if pending else ""))

    def _why(self, reason: str, by: str | None) -> str:
        """Why somebody is refused: who sits in their seat says more than the code."""
        return self.say("seat_of", by=by) if by else self.texts.get(reason, reason)

    def _deed(self, outcome: Outcome) -> str:
        replaced = outcome.answer.get("replaced") or outcome.row
        values = {"replaced": replaced["name"] if replaced else "", "count": outcome.act.payload.get("count")}
        return "" if outcome.act.name == "check_in" else self.say(outcome.act.name, **values)

    def _since(self, verdict: Mapping[str, Any]) -> str:
        return self.say("since", when=self.when(verdict["since"])) if verdict["since"] else ""

    def _site(self, how: str, verdict: Mapping[str, Any]) -> str:
        return self.say(how, site=verdict["site"]) if verdict["site"] else ""

    def _waiting(self, outcome: Outcome) -> Reply:
        """What the desk says by itself."""
        judged, row, before = outcome.judged, outcome.row, outcome.before
        if judged and judged.word in JUDGED_BAD:
            return Reply("refused", _joined(self._why(judged.word, judged.by), self.say("judged_here")))
        who = self.person(row) if row else str(outcome.act.payload.get("name", "")) or self.say("visitor" if judged else "unjudged")
        if "count" in outcome.act.payload:
            who = ""
        if outcome.act.name == "check_in" and before and before.state == "present":
            since = self.say("since", when=self.when(before.since)) if before.since else ""
            return Reply("repeated", _joined(who, since, self.say("judged_here")))
        taken = self.say("state_substituted") if outcome.act.name == "check_in" and before and before.state == "substituted" else ""
        return Reply("waiting", _joined(who, self._deed(outcome), taken))


def _joined(*parts: str) -> str:
    return " — ".join(part for part in parts if part)
