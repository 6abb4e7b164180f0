"""What was handed over and waits for an organiser, who lets each act count or not."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import joinedload

from confsvc.domain.access import organised_conference, signed_in_account
from confsvc.domain.check_in import Act, Answer, carry_out_for
from confsvc.domain.desks import any_desk
from confsvc.domain.errors import DomainError, NotFound
from confsvc.domain.handing_over import count_waiting
from confsvc.domain.lists import Page, read_page
from confsvc.domain.text import fold, like_pattern
from confsvc.domain.work import Work
from confsvc.models import AttendanceEvent, Desk, HandedOver, Site

# What is decided about at one press; each may be a person put on the list.
MOST_AT_ONCE = 200

ReadAct = Callable[[str, dict[str, Any]], Act]


@dataclass(frozen=True, slots=True)
class HandedLine:
    """One act that was handed over, the desk and hall it happened at, and the line of the log that it has become."""

    handed: HandedOver
    event: AttendanceEvent | None


@dataclass(frozen=True, slots=True)
class Decided:
    """How many acts were decided about, how many still wait, and how many of those could not be recorded just now."""

    number: int
    waiting: int
    failed: int = 0


def list_handed_over(work: Work, conference_id: int, *, decided: bool = False, query: str = "", page: int = 1) -> Page[HandedLine]:
    """What waits, in the order in which it happened, or what was decided about, the latest first; `query` looks for people, desks and sites.

    Raises NotFound.
    """
    organised_conference(work, conference_id)
    statement = select(HandedOver).where(HandedOver.conference_id == conference_id)
    if decided:
        statement = statement.where(HandedOver.decision.is_not(None)).order_by(HandedOver.decided_at.desc(), HandedOver.id.desc())
    else:
        statement = statement.where(HandedOver.decision.is_(None)).order_by(HandedOver.happened_at, HandedOver.id)
    if query:
        statement = _found_by(work, conference_id, statement, query)
    found = read_page(work, statement.options(joinedload(HandedOver.desk).joinedload(Desk.site), joinedload(HandedOver.handed_by)), page)
    events = select(AttendanceEvent).where(
        AttendanceEvent.conference_id == conference_id, AttendanceEvent.client_ref.in_([handed.client_ref for handed in found.items])
    )
    lines = {event.client_ref: event for event in work.session.scalars(events)} if found.items else {}
    return Page([HandedLine(handed, lines.get(handed.client_ref)) for handed in found.items], found.total, found.number, found.size)


def waiting_now(work: Work, conference_id: int) -> tuple[int, int]:
    """How many acts wait, and the highest id among them (0: none); asks no permission."""
    waiting = (HandedOver.conference_id == conference_id, HandedOver.decision.is_(None))
    number, newest = work.session.execute(select(func.count(), func.coalesce(func.max(HandedOver.id), 0)).where(*waiting)).one()
    return number, newest


def accept_handed_over(work: Work, conference_id: int, handed_id: int, read_act: ReadAct) -> bool:
    """Let one act count that waits or was rejected: it is recorded as its desk would have. Whether it could be; raises NotFound."""
    organised_conference(work, conference_id, lock=True)
    handed = _of_conference(work, conference_id, handed_id)
    _let_count(work, [handed], read_act)
    return handed.decision == "accepted"


def reject_handed_over(work: Work, conference_id: int, handed_id: int) -> None:
    """Let one act not count; one that counts already stays. Raises NotFound."""
    organised_conference(work, conference_id, lock=True)
    _decide(work, [_of_conference(work, conference_id, handed_id)], "rejected")


def accept_waiting(work: Work, conference_id: int, up_to: int, read_act: ReadAct) -> Decided:
    """Let count what waits, up to the id `up_to`, in several goes where it is much; raises NotFound."""
    organised_conference(work, conference_id, lock=True)
    handed = _waiting(work, conference_id, up_to)
    number = _let_count(work, handed, read_act)
    return _decided(work, conference_id, number, failed=len(handed) - number)


def reject_waiting(work: Work, conference_id: int, up_to: int) -> Decided:
    """The same, but let it not count."""
    organised_conference(work, conference_id, lock=True)
    return _decided(work, conference_id, _decide(work, _waiting(work, conference_id, up_to), "rejected"))


def _found_by(work: Work, conference_id: int, statement: Select[Any], query: str) -> Select[Any]:
    desks = select(Desk.id, Desk.name, Site.name).join(Site, Site.id == Desk.site_id).where(Desk.conference_id == conference_id)
    wanted = fold(query)
    desk_ids = [desk_id for desk_id, *names in work.session.execute(desks) if any(wanted in fold(name) for name in names)]
    return statement.where(or_(HandedOver.subject_fold.like(like_pattern(query), escape="\\"), HandedOver.desk_id.in_(desk_ids)))


def _of_conference(work: Work, conference_id: int, handed_id: int) -> HandedOver:
    handed = work.session.scalar(select(HandedOver).where(HandedOver.id == handed_id, HandedOver.conference_id == conference_id))
    if handed is None:
        raise NotFound(kind="handed_over")
    return handed


def _waiting(work: Work, conference_id: int, up_to: int) -> Sequence[HandedOver]:
    mine = select(HandedOver).where(HandedOver.conference_id == conference_id, HandedOver.decision.is_(None), HandedOver.id <= up_to)
    return work.session.scalars(mine.order_by(HandedOver.id).limit(MOST_AT_ONCE)).all()


def _let_count(work: Work, handed: Sequence[HandedOver], read_act: ReadAct) -> int:
    """Those of one desk in the order in which it handed them over; what cannot be recorded goes on waiting."""
    account = signed_in_account(work)
    fresh = sorted((one for one in handed if one.decision != "accepted"), key=lambda one: (one.desk_id, one.id))
    recorded: list[HandedOver] = []
    for desk_id, of_desk in groupby(fresh, key=lambda one: one.desk_id):
        view = any_desk(work, Desk.id == desk_id)
        readable = [(one, act) for one in of_desk if (act := _read(one, read_act))]
        if view and readable:
            answers = carry_out_for(work, view, [act for _, act in readable], account_id=account.id).answers
            recorded += [one for (one, _), answer in zip(readable, answers, strict=True) if isinstance(answer, Answer)]
    return _decide(work, recorded, "accepted")


def _read(handed: HandedOver, read_act: ReadAct) -> Act | None:
    """The act, at the moment that was found when it came in: what was ahead of the server's clock then must not catch up with it."""
    try:
        return replace(read_act(handed.act, handed.payload), occurred_at=handed.happened_at, clock_offset_ms=0)
    except DomainError:
        return None


def _decide(work: Work, handed: Sequence[HandedOver], decision: str) -> int:
    account = signed_in_account(work)
    open_ones = [one for one in handed if one.decision != "accepted"]
    for one in open_ones:
        one.decision, one.decided_at, one.decided_by_id = decision, work.now, account.id
    work.session.flush()
    return len(open_ones)


def _decided(work: Work, conference_id: int, number: int, *, failed: int = 0) -> Decided:
    return Decided(number, count_waiting(work, HandedOver.conference_id == conference_id), failed)
