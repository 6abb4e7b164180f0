"""A conference made for a drill, in large pieces: its sites, their people with passes, a paired desk at each.

It is written as rows and not by the commands of an organiser, who would need a day for it; `attendance verify` finds nothing
wrong with it. Nobody organises it, so that only administrators see it; its units stand below no other.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from itertools import cycle, islice
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import insert, select

from confsvc.domain.board import renew_board_link
from confsvc.domain.conferences import ConferenceEntry, create_conference
from confsvc.domain.passes import fresh_link, fresh_pass
from confsvc.domain.tallies import recount_sites
from confsvc.domain.text import fold, text_sort_key
from confsvc.domain.tokens import derive_token, hash_token
from confsvc.domain.unit_rules import search_text
from confsvc.domain.work import Work
from confsvc.drill.made_up import Hall, halls, names, posts
from confsvc.models import Account, Attendance, Conference, Delegate, Desk, Mandate, Pairing, Pass, Site, Unit

Begin = Callable[[], AbstractContextManager[Work]]
Progress = Callable[[str, int, int], None]
ZONE = "Asia/Ho_Chi_Minh"
DRILL = UUID("6e1f6c1b-5f0e-5d0a-9a52-0d61e4b4a3c7")
ACCOUNT = "drill@confsvc.invalid"
HOURS = 6
DAYS = 7
# What is written at once: other writers wait no longer than for this many people.
PEOPLE_AT_ONCE = 5_000
SITES_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class _Seat:
    """Where the people of a hall go."""

    hall: Hall
    site_id: int
    mandate_id: int


def drill_uid(conference_id: int) -> str:
    """The uid by which a conference is known as a drill's; no other has one of this kind."""
    return str(uuid5(DRILL, str(conference_id)))


def unit_code(conference_id: int, number: int | str) -> str:
    """The code of the unit of site `number`."""
    return f"drill-{conference_id}-{number}"


def desk_cookie(secret: str, uid: str) -> str:
    """What the cookie of the desk holds."""
    return derive_token(secret, "desk", uid)


def prepare(begin: Begin, *, sites: int, people: int, progress: Progress) -> int:
    """Make the conference, open for check-in; returns its id. Raises ValueError unless each site has somebody."""
    country = halls(sites, people)
    with begin() as work:
        conference_id = _make_conference(work, sites, people)
    seats: list[_Seat] = []
    for some in _pieces(country, SITES_AT_ONCE):
        with begin() as work:
            seats += _make_sites(work, conference_id, some)
        progress("sites", len(seats), sites)
    with begin() as work:
        _hang_sites(work, conference_id, seats)
    done = 0
    for rows in _pieces(_people(conference_id, seats), PEOPLE_AT_ONCE):
        with begin() as work:
            _seat_people(work, conference_id, rows)
        done += len(rows)
        progress("people", done, people)
    with begin() as work:
        recount_sites(work, conference_id)
        work.facts.clear()
        conference = work.session.get_one(Conference, conference_id)
        conference.state, conference.started_at = "in_progress", work.now
    return conference_id


def _make_conference(work: Work, sites: int, people: int) -> int:
    title = f"Diễn tập: {sites} điểm cầu, {people} đại biểu"
    entry = ConferenceEntry(title=title, mode="hybrid", timezone=ZONE, starts_at=work.now, ends_at=work.now + timedelta(hours=HOURS), host_unit_id=None)
    conference = create_conference(work, entry)
    conference.uid = drill_uid(conference.id)
    renew_board_link(work, conference.id)
    if not work.session.scalar(select(Account.id).where(Account.email == ACCOUNT)):
        # Pairing links are somebody's; nobody can sign in with this one.
        values = {"name": "Drill", "password_hash": "!", "created_at": work.now, "disabled_at": work.now}
        work.session.add(Account(email=ACCOUNT, **values))
    return conference.id


def _make_sites(work: Work, conference_id: int, some: Sequence[Hall]) -> list[_Seat]:
    """Units, sites, mandates and desks, a statement for each kind."""
    session, codes = work.session, {unit_code(conference_id, hall.number): hall for hall in some}
    session.execute(insert(Unit), [_unit(code, hall) for code, hall in codes.items()])
    units = {unit_id: codes[code] for unit_id, code in session.execute(select(Unit.id, Unit.code).where(Unit.code.in_(codes)))}
    session.execute(insert(Site), [_site(conference_id, unit_id, hall) for unit_id, hall in units.items()])
    sites = {unit_id: site_id for site_id, unit_id in session.execute(select(Site.id, Site.unit_id).where(Site.unit_id.in_(units)))}
    session.execute(insert(Mandate), [_mandate(conference_id, unit_id, sites[unit_id], hall) for unit_id, hall in units.items()])
    mandates = session.execute(select(Mandate.unit_id, Mandate.id).where(Mandate.unit_id.in_(units)))
    seats = [_Seat(units[unit_id or 0], sites[unit_id], mandate_id) for unit_id, mandate_id in mandates]
    _pair_desks(work, conference_id, seats)
    return seats


def _unit(code: str, hall: Hall) -> dict[str, Any]:
    searched = search_text(hall.unit, "", code)
    return {"code": code, "kind": hall.kind, "name": hall.unit, "name_fold": fold(hall.unit), "search_fold": searched, "sort_order": hall.number}


def _site(conference_id: int, unit_id: int, hall: Hall) -> dict[str, Any]:
    kind = "main" if hall.number == 0 else "remote"
    named = {"name": hall.name, "name_fold": fold(hall.name)}
    return {"conference_id": conference_id, "unit_id": unit_id, "kind": kind, "sort_order": hall.number, **named}


def _mandate(conference_id: int, unit_id: int, site_id: int, hall: Hall) -> dict[str, Any]:
    named = {"unit_name": hall.unit, "unit_name_fold": fold(hall.unit), "unit_name_sort": text_sort_key(hall.unit)}
    place = {"conference_id": conference_id, "unit_id": unit_id, "site_id": site_id, "sort_order": hall.number}
    return {**place, **named, "seats": hall.people, "required_rank": "head"}


def _pair_desks(work: Work, conference_id: int, seats: Sequence[_Seat]) -> None:
    account_id = work.session.scalars(select(Account.id).where(Account.email == ACCOUNT)).one()
    ends = work.now + timedelta(days=DAYS)
    place = {"conference_id": conference_id, "created_by_id": account_id, "created_at": work.now, "expires_at": ends, "used_at": work.now}
    pairings = [{**place, "site_id": seat.site_id, "uid": (uid := work.new_id()), "token_hash": hash_token(uid)} for seat in seats]
    work.session.execute(insert(Pairing), pairings)
    site_ids = [seat.site_id for seat in seats]
    made = work.session.execute(select(Pairing.id, Pairing.site_id).where(Pairing.site_id.in_(site_ids))).all()
    desk = {"conference_id": conference_id, "name": "Bàn 1", "paired_at": work.now, "expires_at": ends}
    rows = [{**desk, "pairing_id": pairing_id, "site_id": site_id, "uid": work.new_id()} for pairing_id, site_id in made]
    work.session.execute(insert(Desk), [{**row, "token_hash": hash_token(desk_cookie(work.secret, str(row["uid"])))} for row in rows])


def _hang_sites(work: Work, conference_id: int, seats: Sequence[_Seat]) -> None:
    """Put each commune's hall below that of its province."""
    by_number = {seat.hall.number: seat.site_id for seat in seats}
    below = [{"id": seat.site_id, "parent_id": by_number[seat.hall.province]} for seat in seats if seat.hall.province is not None]
    if below:
        work.session.bulk_update_mappings(Site.__mapper__, below)


def _people(conference_id: int, seats: Sequence[_Seat]) -> Iterator[dict[str, Any]]:
    """What is told of each person, hall by hall."""
    named, folded = cycle(names(sum(seat.hall.people for seat in seats))), cache(fold)
    for seat in seats:
        place = {"conference_id": conference_id, "mandate_id": seat.mandate_id, "site_id": seat.site_id}
        for rung, (post, name) in enumerate(zip(posts(seat.hall.people), named, strict=False)):
            known = {"full_name": name.full, "name_fold": name.fold, "name_sort": name.sort, "position": post.position, "rank": post.rank}
            yield {**place, **known, "position_fold": folded(post.position), "protocol_order": 100 * seat.hall.number + rung}


def _seat_people(work: Work, conference_id: int, rows: Sequence[dict[str, Any]]) -> None:
    """Delegates with their passes and states; a statement for each kind."""
    last = work.session.scalar(select(Delegate.id).order_by(Delegate.id.desc()).limit(1)) or 0
    work.session.execute(insert(Delegate), [{**row, "created_at": work.now, **fresh_link(work)} for row in rows])
    ids = work.session.scalars(select(Delegate.id).where(Delegate.conference_id == conference_id, Delegate.id > last)).all()
    passes = [{"conference_id": conference_id, "delegate_id": one, "issued_at": work.now, **fresh_pass(work, conference_id)} for one in ids]
    work.session.execute(insert(Pass), passes)
    work.session.execute(insert(Attendance), [{"delegate_id": one, "conference_id": conference_id} for one in ids])


def _pieces(rows: Any, size: int) -> Iterator[list[Any]]:
    """So many at a time, until there are no more."""
    source = iter(rows)
    while piece := list(islice(source, size)):
        yield piece
