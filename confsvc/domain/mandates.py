"""Mandates: units invited to a conference with seats, a required rank and a site."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.orm import joinedload

from confsvc.domain.access import organised_conference, real_conference
from confsvc.domain.calendar_marks import calendars_changed
from confsvc.domain.contacts import normal_email, normal_phone
from confsvc.domain.edits import claim_version
from confsvc.domain.errors import InUse, Invalid, NotFound
from confsvc.domain.planning import line, planned_conference
from confsvc.domain.registration_settling import settle_seats
from confsvc.domain.tallies import recount_sites, sites_of_people
from confsvc.domain.text import clean, fold, text_sort_key
from confsvc.domain.work import Work
from confsvc.models import Delegate, Mandate, Site, Unit
from confsvc.models.delegate import RANKS, REQUIRED_RANKS

MOST_SEATS = 100_000
LAST_PLACE = 1_000_000
NAME_CHARACTERS = 200
# Which ranks satisfy what an invitation asks for: "Thủ trưởng" must come in person, "đại diện lãnh đạo" may be a deputy.
SUFFICIENT_RANKS: dict[str, tuple[str, ...]] = {"head": ("head",), "leader": ("head", "leader"), "any": RANKS}


@dataclass(frozen=True, slots=True)
class MandateEntry:
    """A unit to be invited."""

    unit_id: int
    site_id: int
    seats: int = 1
    required_rank: str = "any"
    sort_order: int = 0
    liaison_name: str = ""
    liaison_phone: str = ""
    liaison_email: str = ""


@dataclass(frozen=True, slots=True)
class MandateChange:
    """What an organiser may change of a mandate; `unit_name` is the name the unit bears in this conference, the phone as it was typed."""

    unit_name: str
    site_id: int
    seats: int
    required_rank: str
    sort_order: int = 0
    liaison_name: str = ""
    liaison_phone: str = ""
    liaison_email: str = ""


def site_ids(work: Work, conference_id: int) -> set[int]:
    """The ids of all sites of the conference."""
    return set(work.session.scalars(select(Site.id).where(Site.conference_id == conference_id)))


def invite_units(work: Work, conference_id: int, entries: Sequence[MandateEntry]) -> list[Mandate]:
    """Invite each unit, its present name copied into the conference; a few statements however many.

    Raises Invalid for a unit that is unknown (`not_a_choice`), no longer exists (`unit_ended`) or is invited already (`unit_invited`);
    WrongState once the conference is closed or cancelled.
    """
    planned_conference(work, conference_id)
    units = {unit.id: unit for unit in work.session.scalars(select(Unit).where(Unit.id.in_([entry.unit_id for entry in entries])))}
    invited = set(work.session.scalars(select(Mandate.unit_id).where(Mandate.conference_id == conference_id)))
    sites = site_ids(work, conference_id)
    mandates = []
    for entry in entries:
        unit = units.get(entry.unit_id)
        if unit is None:
            raise Invalid("unit_id", "not_a_choice")
        if unit.valid_to is not None:
            raise Invalid("unit_id", "unit_ended", unit=unit.name)
        if unit.id in invited:
            raise Invalid("unit_id", "unit_invited", unit=unit.name)
        invited.add(unit.id)
        mandate = Mandate(conference_id=conference_id, unit_id=unit.id)
        asked = {field.name: getattr(entry, field.name) for field in fields(MandateEntry) if field.name != "unit_id"}
        _fill(mandate, MandateChange(unit.name, **asked), sites)
        mandates.append(mandate)
    work.session.add_all(mandates)
    recount_sites(work, conference_id)
    return mandates


def get_mandate(work: Work, conference_id: int, mandate_id: int) -> Mandate:
    """The mandate with its site, if the actor organises the conference; raises NotFound."""
    organised_conference(work, conference_id)
    mandate = work.session.scalar(select(Mandate).where(Mandate.id == mandate_id, Mandate.conference_id == conference_id).options(joinedload(Mandate.site)))
    if mandate is None:
        raise NotFound(kind="mandate")
    return mandate


def list_mandates(work: Work, conference_id: int) -> list[Mandate]:
    """Every mandate of the conference in its order; raises NotFound for one the actor does not organise."""
    organised_conference(work, conference_id)
    mandates = select(Mandate).where(Mandate.conference_id == conference_id)
    return list(work.session.scalars(mandates.order_by(Mandate.sort_order, Mandate.unit_name_sort, Mandate.id)))


def change_mandate(work: Work, conference_id: int, mandate_id: int, change: MandateChange, *, version: int) -> Mandate:
    """Put `change` in place of what stands; delegates who sat at the mandate's old site move with it.

    Raises EditConflict, and WrongState for other seats or another site once the conference is closed.
    """
    real_conference(work, conference_id, lock=True)
    mandate = get_mandate(work, conference_id, mandate_id)
    claim_version(work, mandate, version)
    if (mandate.seats, mandate.site_id) != (change.seats, change.site_id):
        planned_conference(work, conference_id)
    before, concerned = mandate.site_id, sites_of_people(work, Delegate.mandate_id == mandate.id)
    _fill(mandate, change, site_ids(work, conference_id))
    if mandate.site_id != before:
        moving = update(Delegate).where(Delegate.mandate_id == mandate.id, Delegate.site_id == before)
        work.session.execute(moving.values(site_id=mandate.site_id, version=Delegate.version + 1), execution_options={"synchronize_session": False})
    recount_sites(work, conference_id, concerned | {before, mandate.site_id})
    settle_seats(work, mandate)
    calendars_changed(work, conference_id)
    return mandate


def withdraw_mandate(work: Work, conference_id: int, mandate_id: int) -> None:
    """Take the invitation back; raises InUse when delegates rest on it."""
    planned_conference(work, conference_id)
    mandate = get_mandate(work, conference_id, mandate_id)
    if work.session.scalar(select(exists().where(Delegate.mandate_id == mandate.id))):
        raise InUse(by="delegates")
    work.session.execute(delete(Mandate).where(Mandate.id == mandate.id))
    recount_sites(work, conference_id, [mandate.site_id])


def _fill(mandate: Mandate, change: MandateChange, sites: set[int]) -> None:
    """Put checked values into the row; raises Invalid."""
    name = line("unit_name", change.unit_name, NAME_CHARACTERS, required=True)
    if change.site_id not in sites:
        raise Invalid("site_id", "not_a_choice")
    if not 0 <= change.seats <= MOST_SEATS:
        raise Invalid("seats", "seats_range", most=MOST_SEATS)
    if mandate.unit_id is None and change.seats:
        raise Invalid("seats", "not_invited")
    if change.required_rank not in REQUIRED_RANKS:
        raise Invalid("required_rank", "not_a_choice")
    if not 0 <= change.sort_order <= LAST_PLACE:
        raise Invalid("sort_order", "order_range", most=LAST_PLACE)
    mandate.unit_name, mandate.unit_name_fold, mandate.unit_name_sort = name, fold(name)[:NAME_CHARACTERS], text_sort_key(name)
    mandate.site_id, mandate.seats, mandate.required_rank = change.site_id, change.seats, change.required_rank
    mandate.sort_order = change.sort_order
    mandate.liaison_name = line("liaison_name", change.liaison_name, NAME_CHARACTERS)
    mandate.liaison_phone = _normal("liaison_phone", normal_phone, change.liaison_phone)
    mandate.liaison_email = _normal("liaison_email", normal_email, change.liaison_email) if clean(change.liaison_email) else ""
    # A seat that is gone need not be declined any more.
    mandate.declined_seats = min(mandate.declined_seats or 0, mandate.seats)
    if not mandate.declined_seats:
        mandate.declined_reason = ""


def _normal(field: str, form: Callable[[str], str], typed: str) -> str:
    """What was typed, in its one form; raises Invalid on `field`."""
    try:
        return form(typed)
    except Invalid as error:
        raise Invalid(field, error.reason) from error


@dataclass(frozen=True, slots=True)
class SeatDefaults:
    """What many units invited at once have in common; without `site_id` each goes to its own site, else to the main site."""

    seats: int = 1
    required_rank: str = "any"
    site_id: int | None = None


def entries_for(work: Work, conference_id: int, unit_ids: Sequence[int], defaults: SeatDefaults) -> list[MandateEntry]:
    """An entry for each unit, in this order after those invited already; raises Invalid `no_site` while the conference has none."""
    organised_conference(work, conference_id)
    sites = work.session.scalars(select(Site).where(Site.conference_id == conference_id).order_by(Site.kind, Site.sort_order, Site.id)).all()
    if not sites:
        raise Invalid("site_id", "no_site")
    own = {site.unit_id: site.id for site in reversed(sites) if site.unit_id}
    last = work.session.scalar(select(func.max(Mandate.sort_order)).where(Mandate.conference_id == conference_id)) or 0
    return [
        MandateEntry(unit_id, defaults.site_id or own.get(unit_id, sites[0].id), defaults.seats, defaults.required_rank, last + i)
        for i, unit_id in enumerate(unit_ids, 1)
    ]
