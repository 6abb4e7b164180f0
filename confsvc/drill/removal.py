"""A drill's conference taken away again, in pieces that hold up nobody, and nothing else with it."""

from sqlalchemy import Table, delete, exists, func, or_, select, tuple_

from confsvc.drill.preparation import ACCOUNT, Begin, Progress, drill_uid, unit_code
from confsvc.models import Account, Base, Conference, Pairing, Unit

ROWS_AT_ONCE = 5_000


class NotADrill(Exception):
    """There is no such conference, or it was not made for a drill."""


def require_drill(begin: Begin, conference_id: int) -> None:
    """Raise NotADrill unless `prepare` has made this conference."""
    with begin() as work:
        uid = work.session.scalar(select(Conference.uid).where(Conference.id == conference_id))
    if uid != drill_uid(conference_id):
        raise NotADrill


def drills(begin: Begin) -> list[tuple[int, str]]:
    """Id and title of every conference that was made for a drill."""
    with begin() as work:
        rows = work.session.execute(select(Conference.id, Conference.uid, Conference.title).order_by(Conference.id)).all()
    return [(row.id, row.title) for row in rows if row.uid == drill_uid(row.id)]


def remove(begin: Begin, conference_id: int, progress: Progress) -> None:
    """Remove the conference of a drill, its units and what hangs on it; raises NotADrill. May be called again where it was broken off."""
    require_drill(begin, conference_id)
    with begin() as work:
        # Nobody comes in any more: its desks are the first to go.
        conference = work.session.get_one(Conference, conference_id)
        conference.state, conference.board_token_hash = "cancelled", None
    for table in _tables_of_a_conference():
        _empty(begin, table, conference_id, progress)
    with begin() as work:
        work.session.execute(delete(Conference).where(Conference.id == conference_id))
    _remove_units(begin, conference_id, progress)
    with begin() as work:
        work.session.execute(delete(Account).where(Account.email == ACCOUNT, ~exists().where(Pairing.created_by_id == Account.id)))


def _tables_of_a_conference() -> list[Table]:
    """Those whose rows are of one conference each, the ones that rest on others first."""
    return [table for table in reversed(Base.metadata.sorted_tables) if "conference_id" in table.c]


def _empty(begin: Begin, table: Table, conference_id: int, progress: Progress) -> None:
    key = tuple_(*table.primary_key.columns)
    of_it = table.c.conference_id == conference_id
    with begin() as work:
        count = work.session.scalars(select(func.count()).select_from(table).where(of_it)).one()
    for done in range(0, count, ROWS_AT_ONCE):
        with begin() as work:
            some = select(*table.primary_key.columns).where(of_it).order_by(*(column.desc() for column in table.primary_key.columns)).limit(ROWS_AT_ONCE)
            work.session.execute(delete(table).where(key.in_(some)))
        progress(table.name, min(done + ROWS_AT_ONCE, count), count)


def _remove_units(begin: Begin, conference_id: int, progress: Progress) -> None:
    """Those of its sites, but for one that somebody has used for something else meanwhile."""
    pattern = unit_code(conference_id, "%")
    uses = [
        exists().where(column == Unit.id)
        for table in Base.metadata.sorted_tables
        for column in table.c
        if any(foreign.column is Unit.__table__.c.id for foreign in column.foreign_keys)
    ]
    with begin() as work:
        removed = work.session.execute(delete(Unit).where(Unit.code.like(pattern), ~or_(*uses)), execution_options={"synchronize_session": False})
    progress("units", removed.rowcount, removed.rowcount)  # type: ignore[attr-defined]  # a DELETE has it
