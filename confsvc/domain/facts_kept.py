"""Facts for the other processes of a cluster: written in the transaction of the change, read by whoever serves other clients.

What is written to the attendance log is not among them: every process finds it by the revision of the conference.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select

from confsvc.domain import facts
from confsvc.domain.facts import AttendanceRecorded, Fact
from confsvc.domain.work import Work
from confsvc.models import ToldFact

# Whoever does not look for so long has lost some.
KEPT = timedelta(hours=1)
MOST_AT_ONCE = 500
# The advisory lock under which facts are numbered; any number that nothing else of the service takes.
NUMBERING_LOCK = 0x636F6E66_0001
KINDS: dict[str, type[Any]] = {
    kind.__name__: kind
    for kind in (
        facts.PassesChanged,
        facts.RosterChanged,
        facts.ConferenceStateChanged,
        facts.DeskRevoked,
        facts.BoardLinkRevoked,
        facts.RehearsalWiped,
        facts.FollowedUp,
        facts.MailPut,
    )
}


@dataclass(frozen=True, slots=True)
class FactsRead:
    """Facts in the order of their commits; `last` is the number to go on from, `is_whole` says that no more are there."""

    facts: list[Fact]
    last: int
    is_whole: bool


def keep_facts(work: Work, origin: str) -> None:
    """Write down what this unit tells, for other processes than `origin`; the last thing that is done in it."""
    told = [fact for fact in work.facts if not isinstance(fact, AttendanceRecorded)]
    if not told:
        return
    if work.session.get_bind().dialect.name == "postgresql":
        # Numbers are given in the order of commits, so that nobody reads past one that is committed later. Nothing is waited for after this.
        work.session.flush()
        work.session.execute(select(func.pg_advisory_xact_lock(NUMBERING_LOCK)))
    rows = [{"kind": type(fact).__name__, "fields": _fields(fact), "origin": origin, "told_at": work.now} for fact in told]
    work.session.execute(insert(ToldFact), rows)


def last_fact(work: Work) -> int:
    """The number of the newest fact, 0 where there is none."""
    return work.session.scalar(select(func.max(ToldFact.id))) or 0


def read_facts(work: Work, after: int, reader: str) -> FactsRead:
    """What other processes than `reader` have told after this number; of a kind that this release does not know, nothing."""
    rows: Sequence[ToldFact] = work.session.scalars(select(ToldFact).where(ToldFact.id > after).order_by(ToldFact.id).limit(MOST_AT_ONCE)).all()
    found = [_fact(row.kind, row.fields) for row in rows if row.origin != reader and row.kind in KINDS]
    return FactsRead(found, rows[-1].id if rows else after, is_whole=len(rows) < MOST_AT_ONCE)


def drop_old_facts(work: Work) -> None:
    """Forget what everybody has read."""
    work.session.execute(delete(ToldFact).where(ToldFact.told_at < work.now - KEPT))


def _fields(fact: Fact) -> dict[str, Any]:
    return {name: sorted(value) if isinstance(value, frozenset) else value for name, value in asdict(fact).items()}


def _fact(kind: str, fields: dict[str, Any]) -> Fact:
    # What a newer release says besides is not for this one.
    known = {name: fields[name] for name in KINDS[kind].__dataclass_fields__ if name in fields}
    fact: Fact = KINDS[kind](**{name: frozenset(value) if isinstance(value, list) else value for name, value in known.items()})
    return fact
