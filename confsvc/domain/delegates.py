"""Delegates: the persons who fill the seats of a mandate."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, exists, insert, or_, select
from sqlalchemy.orm import joinedload

from confsvc.domain.access import acting_account_id, delegate_of, organised_conference, real_conference
from confsvc.domain.attendance import NewEvent, record_attendance
from confsvc.domain.calendar_marks import calendars_changed
from confsvc.domain.contacts import normal_email, normal_phone, split_phones
from confsvc.domain.edits import claim_version
from confsvc.domain.errors import InUse, Invalid, WrongState
from confsvc.domain.mandates import site_ids
from confsvc.domain.passes import fresh_link, issue_passes, renew_link, revoke_pass
from confsvc.domain.planning import line, planned_conference
from confsvc.domain.registration_changes import shown, write_change, write_changed, write_imported, write_named
from confsvc.domain.registration_settling import settle_lists
from confsvc.domain.tallies import recount_sites, sites_of_people
from confsvc.domain.text import clean, fold, name_sort_key
from confsvc.domain.work import Work
from confsvc.models import Attendance, AttendanceEvent, CalendarEntry, Delegate, Mandate, Pass
from confsvc.models.delegate import RANKS

NO_ORDER = 1000
LAST_ORDER = 1_000_000
NAME_CHARACTERS, NOTE_CHARACTERS = 200, 500
PHONE_TYPED_CHARACTERS = 60
# So many sites are counted anew one by one; of more of them the whole conference is.
FEW_SITES = 100


@dataclass(frozen=True, slots=True)
class DelegateEntry:
    """What is known of a person; without `site_id` the seat is at the mandate's site.

    `protocol_order` puts the person before all with a higher number; `phone` as typed may hold two numbers.
    """

    full_name: str
    mandate_id: int
    site_id: int | None = None
    position: str = ""
    rank: str = "staff"
    protocol_order: int = NO_ORDER
    phone: str = ""
    email: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Seating:
    """A person worked out but for the seat: the texts and the link of the delegate in `columns`, the pass in `issued`."""

    mandate_id: int
    site_id: int | None
    rank: str
    protocol_order: int
    columns: Mapping[str, str]
    issued: Mapping[str, str]


def add_delegates(work: Work, conference_id: int, entries: Sequence[DelegateEntry]) -> list[Delegate]:
    """Seat each person, with a pass, a personal link and an attendance state; bulk statements however many.

    Raises Invalid for the first entry that breaks a rule, WrongState once the conference is closed or cancelled.
    """
    conference = planned_conference(work, conference_id)
    _require_invited(work, entries)
    seats, sites = _seat_sites(work, conference_id), site_ids(work, conference_id)
    rows: list[dict[str, Any]] = [
        {"conference_id": conference_id, "created_at": work.now, **fresh_link(work), **_values(entry, seats, sites)} for entry in entries
    ]
    if not rows:
        return []
    # Not add_all: on SQLite it inserts row by row to learn the ids. The unique link says which row is whose.
    place = {row["link_uid"]: i for i, row in enumerate(rows)}
    delegates = sorted(work.session.scalars(insert(Delegate).returning(Delegate), rows), key=lambda delegate: place[delegate.link_uid])
    issue_passes(work, delegates)
    work.session.execute(insert(Attendance), [{"delegate_id": delegate.id, "conference_id": conference_id} for delegate in delegates])
    concerned = {delegate.site_id for delegate in delegates} | {seats[delegate.mandate_id] for delegate in delegates}
    recount_sites(work, conference_id, concerned if len(concerned) <= FEW_SITES else None)
    calendars_changed(work, conference_id, of_people=True)
    write_named(work, conference, delegates)
    settle_lists(work, {delegate.mandate_id for delegate in delegates})
    return delegates


def seat_delegates(work: Work, conference_id: int, seatings: Sequence[Seating]) -> None:
    """`add_delegates` for persons who were worked out before this unit began: it writes, and computes next to nothing."""
    conference = planned_conference(work, conference_id)
    seats, sites = _seat_sites(work, conference_id), site_ids(work, conference_id)
    write = work.session.connection().execute
    write(
        insert(Delegate.__table__),  # type: ignore[arg-type]  # of a mapped class it is a table
        [{"conference_id": conference_id, "created_at": work.now, **one.columns, **_seat(one, seats, sites)} for one in seatings],
    )
    id_of = dict(work.session.execute(select(Delegate.link_uid, Delegate.id).where(Delegate.conference_id == conference_id)).all())
    placed = [{"conference_id": conference_id, "delegate_id": id_of[one.columns["link_uid"]]} for one in seatings]
    passes = [{**place, **one.issued, "issued_at": work.now} for place, one in zip(placed, seatings, strict=True)]
    write(insert(Pass.__table__), passes)  # type: ignore[arg-type]
    write(insert(Attendance.__table__), placed)  # type: ignore[arg-type]
    recount_sites(work, conference_id)
    calendars_changed(work, conference_id, of_people=True)
    people_of = Counter(one.mandate_id for one in seatings)
    write_imported(work, conference, people_of)
    settle_lists(work, people_of)


def get_delegate(work: Work, conference_id: int, delegate_id: int) -> Delegate:
    """The delegate with mandate and site, if the actor organises the conference; raises NotFound."""
    organised_conference(work, conference_id)
    return delegate_of(work, conference_id, delegate_id, joinedload(Delegate.mandate), joinedload(Delegate.site))


def change_delegate(work: Work, conference_id: int, delegate_id: int, entry: DelegateEntry, *, version: int) -> Delegate:
    """Put `entry` in place of what stands, to another mandate or site as well.

    A walk-in may belong to any unit, also to one that is not invited; a substitute belongs where the person replaced does.
    Whoever was told by mail has a new personal link once their address is another: the old address can no longer answer for them.
    Raises EditConflict, Invalid, and WrongState for another seat once the conference is closed or cancelled.
    """
    conference = real_conference(work, conference_id, lock=True)
    delegate = get_delegate(work, conference_id, delegate_id)
    claim_version(work, delegate, version)
    before, told, concerned = (delegate.mandate_id, delegate.site_id), shown(delegate), _sites_concerned(work, delegate)
    mailed = was_told_by_mail(work, delegate)
    _check_origin(work, delegate, entry)
    for column, value in _values(entry, _seat_sites(work, conference_id), site_ids(work, conference_id)).items():
        setattr(delegate, column, value)
    if mailed and delegate.email != told["email"]:
        renew_link(work, delegate)
    if (delegate.mandate_id, delegate.site_id) != before:
        planned_conference(work, conference_id)
        _forget_if_empty(work, before[0])
    recount_sites(work, conference_id, concerned | _sites_concerned(work, delegate))
    calendars_changed(work, conference_id, of_people=True)
    write_changed(work, conference, delegate, told)
    settle_lists(work, {before[0], delegate.mandate_id})
    work.session.expire(delegate, ["mandate", "site"])
    return delegate


def was_told_by_mail(work: Work, delegate: Delegate) -> bool:
    """Whether a calendar entry of theirs went out to the address they have now; asks no permission."""
    sent = exists().where(CalendarEntry.delegate_id == delegate.id, CalendarEntry.told_to == delegate.email, CalendarEntry.told_at.is_not(None))
    return bool(delegate.email) and bool(work.session.scalar(select(sent)))


def remove_delegate(work: Work, conference_id: int, delegate_id: int) -> None:
    """Free the seat and forget the person; raises InUse when the attendance log knows them, or somebody was named as their substitute."""
    conference = planned_conference(work, conference_id)
    delegate = get_delegate(work, conference_id, delegate_id)
    known = or_(exists().where(AttendanceEvent.delegate_id == delegate.id), exists().where(Delegate.replaces_id == delegate.id))
    if work.session.scalar(select(known)):
        raise InUse(by="attendance")
    mandate_id, concerned = delegate.mandate_id, _sites_concerned(work, delegate)
    write_change(work, conference, mandate_id, "removed", name=delegate.full_name, detail=shown(delegate))
    work.session.execute(delete(Delegate).where(Delegate.id == delegate.id))
    recount_sites(work, conference_id, concerned)
    calendars_changed(work, conference_id, of_people=True)
    settle_lists(work, [mandate_id])


def renew_personal_link(work: Work, conference_id: int, delegate_id: int) -> Delegate:
    """Give the delegate a new personal link; the old one is dead."""
    real_conference(work, conference_id, lock=True)
    delegate = get_delegate(work, conference_id, delegate_id)
    renew_link(work, delegate)
    delegate.version += 1
    calendars_changed(work, conference_id, of_people=True)
    return delegate


def renew_pass(work: Work, conference_id: int, delegate_id: int) -> Delegate:
    """Give the delegate a new QR code; the old one is refused from now on. Raises WrongState for somebody whose seat another has."""
    real_conference(work, conference_id, lock=True)
    delegate = get_delegate(work, conference_id, delegate_id)
    state = work.session.scalars(select(Attendance.state).where(Attendance.delegate_id == delegate_id)).one()
    if state == "substituted":
        raise WrongState(state=state, step="renew_pass")
    told = NewEvent(work.new_id(), "renew_pass", "organiser", work.now, delegate_id=delegate.id, account_id=acting_account_id(work))
    [verdict] = record_attendance(work, conference_id, [told])
    revoke_pass(work, delegate.id, "renewed", verdict.revision)
    issue_passes(work, [delegate])
    return delegate


def _sites_concerned(work: Work, delegate: Delegate) -> set[int]:
    """The sites that show or count this person, who came for them and for whom they came."""
    return sites_of_people(work, or_(Delegate.id == delegate.id, Delegate.replaces_id == delegate.id, Delegate.id == delegate.replaces_id))


def _check_origin(work: Work, delegate: Delegate, entry: DelegateEntry) -> None:
    """Whether somebody who came as this one did may have the seat; raises Invalid."""
    if delegate.origin == "substitute" and entry.mandate_id != delegate.mandate_id:
        replaced = work.session.scalar(select(Delegate.full_name).where(Delegate.id == delegate.replaces_id))
        raise Invalid("mandate_id", "substitute_keeps_unit", replaced=replaced)
    if delegate.origin == "listed":
        _require_invited(work, [entry])


def _forget_if_empty(work: Work, mandate_id: int) -> None:
    """Take away a unit that was not invited and that nobody belongs to any more."""
    work.session.flush()
    is_left = exists().where(Delegate.mandate_id == mandate_id)
    work.session.execute(delete(Mandate).where(Mandate.id == mandate_id, Mandate.unit_id.is_(None), ~is_left))


def _require_invited(work: Work, entries: Sequence[DelegateEntry]) -> None:
    """Let nobody be named for a unit that is not invited: it has no seats; raises Invalid."""
    wanted = {entry.mandate_id for entry in entries}
    uninvited = work.session.scalar(select(Mandate.unit_name).where(Mandate.id.in_(wanted), Mandate.unit_id.is_(None)).limit(1))
    if uninvited is not None:
        raise Invalid("mandate_id", "unit_uninvited", unit=uninvited)


def _seat_sites(work: Work, conference_id: int) -> dict[int, int]:
    """Mandate id → the id of its site."""
    rows = work.session.execute(select(Mandate.id, Mandate.site_id).where(Mandate.conference_id == conference_id))
    return dict(rows.all())


def _values(entry: DelegateEntry, seats: Mapping[int, int], sites: set[int]) -> dict[str, Any]:
    """The columns of a delegate that `entry` decides; raises Invalid."""
    return {**_seat(entry, seats, sites), **delegate_texts(entry)}


def _seat(entry: DelegateEntry | Seating, seats: Mapping[int, int], sites: set[int]) -> dict[str, Any]:
    if entry.mandate_id not in seats:
        raise Invalid("mandate_id", "not_a_choice")
    site_id = seats[entry.mandate_id] if entry.site_id is None else entry.site_id
    if site_id not in sites:
        raise Invalid("site_id", "not_a_choice")
    if entry.rank not in RANKS:
        raise Invalid("rank", "not_a_choice")
    if not 0 <= entry.protocol_order <= LAST_ORDER:
        raise Invalid("protocol_order", "order_range", most=LAST_ORDER)
    return {"mandate_id": entry.mandate_id, "site_id": site_id, "rank": entry.rank, "protocol_order": entry.protocol_order}


def delegate_texts(entry: DelegateEntry, *, checked: tuple[str, str] | None = None) -> dict[str, str]:
    """The columns of a delegate that the seat has no part in; raises Invalid.

    `checked`: what `normal_phone` and `normal_email` made of phone and e-mail already.
    """
    phone, further_phones = split_phones(entry.phone)
    phone_e164, email = checked or (normal_phone(phone), normal_email(entry.email) if clean(entry.email) else "")
    name = line("full_name", entry.full_name, NAME_CHARACTERS, required=True)
    position = line("position", entry.position, NAME_CHARACTERS)
    note = line("note", "; ".join(part for part in (clean(entry.note), further_phones) if part), NOTE_CHARACTERS)
    return {
        "full_name": name,
        "name_fold": fold(name)[:NAME_CHARACTERS],
        "name_sort": name_sort_key(name),
        "position": position,
        "position_fold": fold(position)[:NAME_CHARACTERS],
        "phone": phone_e164,
        "phone_typed": phone[:PHONE_TYPED_CHARACTERS],
        "email": email,
        "note": note,
    }
