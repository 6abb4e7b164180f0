"""Rehearsals: a conference is tried out with its real lists, and nothing of it counts.

A rehearsal is a conference of its own that points to the one it rehearses (`Conference.rehearses_id`), so that every rule,
page and push works in it as it will on the day, and nothing it writes can stand in the real log. Its lists are a copy that
nobody changes; its desks scan the real passes; it has no passes of its own, and its personal links open nothing.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, bindparam, delete, insert, select, update

from confsvc.domain.access import organised_conference, real_conference
from confsvc.domain.conference_copies import copied
from confsvc.domain.errors import Invalid, WrongState
from confsvc.domain.facts import DeskRevoked, RehearsalWiped
from confsvc.domain.planning import SETTLED_STATES
from confsvc.domain.tallies import has_seat, recount_sites
from confsvc.domain.work import UNSYNCED, Work
from confsvc.models import AgendaItem, AgendaSession, Attendance, Base, Conference, Delegate, Desk, Mandate, Site

Row = dict[str, Any]


def find_rehearsal(work: Work, conference_id: int) -> Conference | None:
    """The rehearsal of a conference the actor organises, None where there is none; raises NotFound or, for a rehearsal, WrongState."""
    return _rehearsal_of(work, real_conference(work, conference_id))


def running_rehearsal(work: Work, conference_id: int) -> Conference:
    """The same, held against other writers; raises WrongState `gone` where there is none."""
    found = find_rehearsal(work, conference_id)
    if found is None:
        raise WrongState(state="gone", step="rehearse")
    return organised_conference(work, found.id, lock=True)


def start_rehearsal(work: Work, conference_id: int) -> Conference:
    """A rehearsal with the lists as they stand now, in progress at once; as many statements however many delegates.

    Raises NotFound, Invalid `conference_needs_site`, or WrongState for a conference that is over or has a rehearsal already.
    """
    real = real_conference(work, conference_id, lock=True)
    if real.state in SETTLED_STATES:
        raise WrongState(state=real.state, step="rehearse")
    if _rehearsal_of(work, real):
        raise WrongState(state="rehearsed", step="rehearse")
    if not work.session.scalar(select(Site.id).where(Site.conference_id == real.id).limit(1)):
        raise Invalid("sites", "conference_needs_site")
    own = {"uid": work.new_id(), "rehearses_id": real.id, "created_at": work.now, "revision": 0, "board_token_hash": None, "board_serial": 0}
    rehearsal = copied(real, **own, state="in_progress", started_at=work.now, closed_at=None)
    work.session.add(rehearsal)
    work.session.flush()
    _copy_lists(work, real.id, rehearsal.id)
    recount_sites(work, rehearsal.id)
    return rehearsal


def wipe_rehearsal(work: Work, conference_id: int) -> None:
    """Forget the rehearsal and everything in it; its desks and boards are sent away. Raises NotFound or WrongState."""
    rehearsal_id = running_rehearsal(work, conference_id).id
    desks = work.session.execute(select(Desk.id, Desk.site_id).where(Desk.conference_id == rehearsal_id, Desk.revoked_at.is_(None)))
    work.tell(RehearsalWiped(rehearsal_id))
    for desk_id, site_id in desks.all():
        work.tell(DeskRevoked(desk_id, site_id, rehearsal_id))
    work.session.flush()
    # Rows of it that this unit has read must not be written again.
    work.session.expunge_all()
    # Its log, states and lists hang on it and go with it.
    work.session.execute(delete(Conference).where(Conference.id == rehearsal_id), execution_options=UNSYNCED)


def take_lists_anew(work: Work, conference_id: int) -> Conference:
    """Wipe the rehearsal and start another one with the lists as they stand now; raises as these two do."""
    wipe_rehearsal(work, conference_id)
    return start_rehearsal(work, conference_id)


def _rehearsal_of(work: Work, real: Conference) -> Conference | None:
    return work.session.scalar(select(Conference).where(Conference.rehearses_id == real.id))


def _copy_lists(work: Work, real_id: int, rehearsal_id: int) -> None:
    """Sites, mandates, the agenda, and everybody who has a seat just now, as if each had been on the list from the beginning."""

    def copy(model: type[Base], change: Callable[[Row], Row], *conditions: ColumnElement[bool]) -> dict[int, int]:
        return _copy(work, model, (real_id, rehearsal_id), lambda row: {"conference_id": rehearsal_id, "version": 1, **change(row)}, *conditions)

    def delegate(row: Row) -> Row:
        uid = work.new_id()
        # No token has this hash.
        link = {"link_uid": uid, "link_token_hash": f"rehearsal {uid}"}
        place = {"mandate_id": mandates[row["mandate_id"]], "site_id": sites[row["site_id"]]}
        return {**place, **link, "origin": "listed", "replaces_id": None, "rehearses_id": row["id"], "created_at": work.now}

    def item(row: Row) -> Row:
        return {"session_id": sessions[row["session_id"]], "presenter_id": people.get(row["presenter_id"]), "site_id": sites.get(row["site_id"])}

    sites = copy(Site, lambda row: {"parent_id": None})
    _hang_sites(work, sites)
    mandates = copy(Mandate, lambda row: {"site_id": sites[row["site_id"]], "link_uid": None, "link_token_hash": None})
    seated = select(Delegate.id).join(Attendance, Attendance.delegate_id == Delegate.id).where(Delegate.conference_id == real_id, has_seat())
    people = copy(Delegate, delegate, Delegate.id.in_(seated))
    sessions = copy(AgendaSession, lambda row: {"uid": work.new_id()})
    copy(AgendaItem, item)
    if people:
        work.session.execute(insert(Attendance), [{"delegate_id": new_id, "conference_id": rehearsal_id} for new_id in people.values()])


def _copy(work: Work, model: type[Base], between: tuple[int, int], change: Callable[[Row], Row], *conditions: ColumnElement[bool]) -> dict[int, int]:
    """Copies of the rows of one conference for another, changed; id → id of its copy."""
    real_id, rehearsal_id = between
    table = Base.metadata.tables[model.__tablename__]
    statement = select(table).where(table.c.conference_id == real_id, *conditions).order_by(table.c.id)
    found = [dict(row) for row in work.session.execute(statement).mappings()]
    if not found:
        return {}
    ids = [row.pop("id") for row in found]
    work.session.execute(insert(table), [row | change({**row, "id": id_}) for id_, row in zip(ids, found, strict=True)])
    # Numbers rise in the order of the rows.
    made = work.session.scalars(select(table.c.id).where(table.c.conference_id == rehearsal_id).order_by(table.c.id))
    return dict(zip(ids, made, strict=True))


def _hang_sites(work: Work, copies: dict[int, int]) -> None:
    """Put the copies of sites under the copies of what they are under."""
    parents = work.session.execute(select(Site.id, Site.parent_id).where(Site.id.in_(copies)))
    hung = [{"of": copies[site_id], "under": copies[parent_id]} for site_id, parent_id in parents if parent_id is not None]
    if hung:
        table = Base.metadata.tables[Site.__tablename__]
        work.session.execute(update(table).where(table.c.id == bindparam("of")).values(parent_id=bindparam("under")), hung)
