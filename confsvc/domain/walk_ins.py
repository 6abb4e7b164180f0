"""Walk-ins: people who come and are on no list."""

from dataclasses import dataclass

from confsvc.domain.attendance import NewEvent, Verdict, earlier_verdict, record_attendance, refusal_of
from confsvc.domain.corrections import REASON_MAX_CHARACTERS
from confsvc.domain.newcomers import Newcomer, add_walk_in
from confsvc.domain.text import clean
from confsvc.domain.work import Work
from confsvc.models import Conference


@dataclass(frozen=True, slots=True)
class WalkInEntry:
    """Who has come, and of which unit."""

    name: str
    unit: str
    position: str = ""


def walk_in(work: Work, conference: Conference, act: NewEvent, entry: WalkInEntry) -> Verdict:
    """Somebody who is on no list has come to a desk: checked in, asked for, or refused, as the conference has it.

    A refused one is put on no list, but the log keeps who it was. Raises Invalid.
    """
    if (earlier := earlier_verdict(work, conference.id, act.client_ref)) is not None:
        return earlier
    told = act._replace(kind="check_in", method="form")
    refusal = "walk_ins_refused" if conference.walk_in_rule == "refuse" else refusal_of(work, conference.id, told)
    if refusal:
        who = clean(f"{entry.name} ({entry.unit})")[:REASON_MAX_CHARACTERS]
        return record_attendance(work, conference.id, [told._replace(refusal=refusal, reason=who)])[0]
    came = add_walk_in(work, conference, act.site_id or 0, entry.unit, Newcomer(entry.name, entry.position))
    asks = conference.walk_in_rule == "ask"
    return record_attendance(work, conference.id, [told._replace(kind="seek" if asks else "check_in", delegate_id=came.id)])[0]
