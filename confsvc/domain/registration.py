"""A unit names its delegates: by its link, or an organiser does it for a unit that phones. Both come through here.

Every change is written down (`registration_changes`), as late once the deadline has passed. There are never more names than seats.
"""

from collections.abc import Sequence
from dataclasses import replace
from uuid import NAMESPACE_OID, uuid5

from sqlalchemy import exists, select

from confsvc.domain.access import acting_account_id, real_conference
from confsvc.domain.attendance import NewEvent, earlier_verdict, record_attendance
from confsvc.domain.corrections import required_reason
from confsvc.domain.delegates import NO_ORDER, DelegateEntry, add_delegates, change_delegate, delegate_texts, remove_delegate
from confsvc.domain.edits import claim_version
from confsvc.domain.errors import Invalid, NotFound, WrongState
from confsvc.domain.newcomers import Newcomer, add_substitute
from confsvc.domain.registration_changes import shown, write_change
from confsvc.domain.registration_kept import kept_fields
from confsvc.domain.registration_links import liaison_of, mandate_of
from confsvc.domain.registration_people import PersonEntry, WrongPeople, check_people, wrong_fields
from confsvc.domain.registration_settling import settle_lists
from confsvc.domain.registration_status import status_of
from confsvc.domain.replies import ANSWERING
from confsvc.domain.substitutions import needs_consent, take_seat
from confsvc.domain.work import LiaisonActor, System, Work
from confsvc.models import Attendance, Conference, Delegate, Mandate


def may_change(work: Work, conference: Conference) -> bool:
    """Whether units may still change their lists: until the conference begins; of a postponed one nobody knows when that is."""
    return conference.state == "postponed" or (conference.state in ("draft", "published") and work.now < conference.starts_at)


def name_people(work: Work, conference_id: int, mandate_id: int, entries: Sequence[PersonEntry]) -> list[Delegate]:
    """Put these people on the unit's list, all or none; seats that were declined are taken back as far as they need them.

    Raises NotFound, LinkExpired, WrongState, or WrongPeople, also for more people than seats are left.
    """
    conference, mandate = _changing(work, conference_id, mandate_id)
    if wrong := why_not(work, conference, mandate, entries):
        raise wrong
    return add_delegates(_for_unit(work), conference.id, [_entry(mandate.id, entry) for entry in entries])


def why_not(work: Work, conference: Conference, mandate: Mandate, entries: Sequence[PersonEntry]) -> WrongPeople | None:
    """Why these people cannot be put on the list as it stands, if they cannot; of a unit the caller may see. Two queries."""
    named = status_of(work, conference, mandate)[1]
    problems = check_people(work, mandate, entries)
    whole = None
    if not entries:
        whole = Invalid("rows", "nobody_named")
    elif named + len(entries) > mandate.seats:
        surplus = named + len(entries) - mandate.seats
        whole = Invalid("rows", "more_than_seats", seats=mandate.seats, named=named, surplus=surplus)
    return WrongPeople(problems, whole) if whole or any(problems) else None


def change_person(work: Work, conference_id: int, mandate_id: int, delegate_id: int, entry: PersonEntry, *, version: int) -> Delegate:
    """Put `entry` in place of what stands; raises as `name_people`, and EditConflict where somebody else was faster.

    The bearer of the unit's link makes nobody who is invited another person, nor of too low a rank (`kept_fields`).
    """
    conference, mandate = _changing(work, conference_id, mandate_id)
    delegate, attendance = person_on_list(work, mandate, delegate_id)
    wrong = wrong_fields(entry)
    # Of what somebody else has changed since, the conflict is told first.
    if not wrong and isinstance(work.actor, LiaisonActor) and delegate.version == version:
        wrong = kept_fields(work, delegate, attendance, entry)
    if wrong:
        raise WrongPeople([wrong])
    known = replace(_entry(mandate.id, entry), site_id=delegate.site_id, protocol_order=delegate.protocol_order, note=delegate.note)
    return change_delegate(_for_unit(work), conference.id, delegate_id, known, version=version)


def remove_person(work: Work, conference_id: int, mandate_id: int, delegate_id: int, *, version: int) -> None:
    """Take somebody off the list; raises InUse for one who has answered, come or was substituted, else as `change_person`."""
    conference, mandate = _changing(work, conference_id, mandate_id)
    delegate, _attendance = person_on_list(work, mandate, delegate_id)
    claim_version(work, delegate, version)
    remove_delegate(_for_unit(work), conference.id, delegate_id)


def decline_seats(work: Work, conference_id: int, mandate_id: int, seats: int | None, reason: str, *, version: int) -> Mandate:
    """Say that so many seats will stay empty, and why; raises as `name_people`, Invalid `seats` or `reason`, EditConflict."""
    conference, mandate = _changing(work, conference_id, mandate_id)
    claim_version(work, mandate, version)
    free = max(0, mandate.seats - status_of(work, conference, mandate)[1])
    if seats is None or not 1 <= seats <= free:
        raise Invalid("seats", "free_seats_range" if free else "no_free_seats", most=free)
    mandate.declined_seats, mandate.declined_reason = seats, required_reason(reason)
    write_change(work, conference, mandate.id, "declined", detail={"seats": seats, "reason": mandate.declined_reason})
    settle_lists(work, [mandate.id])
    return mandate


def take_back_decline(work: Work, conference_id: int, mandate_id: int, *, version: int) -> Mandate:
    """Have the declined seats open again; raises as `decline_seats`."""
    conference, mandate = _changing(work, conference_id, mandate_id)
    claim_version(work, mandate, version)
    if mandate.declined_seats:
        write_change(work, conference, mandate.id, "taken_back", detail={"seats": mandate.declined_seats, "reason": mandate.declined_reason})
    mandate.declined_seats, mandate.declined_reason = 0, ""
    settle_lists(work, [mandate.id])
    return mandate


def name_substitute(
    work: Work, conference_id: int, mandate_id: int, delegate_id: int, entry: PersonEntry, reason: str, client_ref: str
) -> tuple[Delegate, bool]:
    """Put somebody into a delegate's seat: the substitute, and whether the organisers are to agree first.

    They are asked where the rank falls below what the invitation asks for; an organiser's own word is the approval. The pass of the
    person replaced is dead once the seat is the substitute's. The same `client_ref` again changes nothing more. Raises as `name_people`,
    Invalid `reason`, or WrongState for somebody who has come, was replaced, or for whom a substitute waits already.
    """
    conference, mandate = _changing(work, conference_id, mandate_id)
    # Made from the unit too: nobody can take a reference that another unit's event needs.
    ref = str(uuid5(NAMESPACE_OID, f"registration:{mandate.id}:{client_ref}"))
    if (earlier := earlier_verdict(work, conference.id, ref)) is not None:
        substitute, attendance = person_on_list(work, mandate, earlier.delegate_id or 0, any_state=True)
        return substitute, attendance.state == "pending"
    replaced, attendance = person_on_list(work, mandate, delegate_id)
    if attendance.state not in ANSWERING or replaced.origin != "listed" or _substitute_waits(work, replaced):
        raise WrongState(state=attendance.state, step="name_substitute")
    if wrong := wrong_fields(entry):
        raise WrongPeople([wrong])
    told_why = required_reason(reason)
    substitute = add_substitute(work, conference, replaced, Newcomer(entry.full_name, entry.position, entry.rank))
    texts = delegate_texts(_entry(mandate.id, entry))
    for column in ("phone", "phone_typed", "email", "note"):
        setattr(substitute, column, texts[column])
    waits = isinstance(work.actor, LiaisonActor) and needs_consent(work, replaced, entry.rank)
    method = "self" if isinstance(work.actor, LiaisonActor) else "organiser"
    told = NewEvent(ref, "admit", method, work.now, delegate_id=substitute.id, account_id=acting_account_id(work), reason=told_why)
    if waits:
        record_attendance(work, conference.id, [told._replace(kind="seek")])
    else:
        take_seat(work, replaced, told)
    detail = {**shown(substitute), "reason": told_why, "pending": waits}
    write_change(work, conference, mandate.id, "substituted", name=replaced.full_name, delegate_id=substitute.id, detail=detail)
    settle_lists(work, [mandate.id])
    return substitute, waits


def person_on_list(work: Work, mandate: Mandate, delegate_id: int, *, any_state: bool = False) -> tuple[Delegate, Attendance]:
    """Somebody on the list of a unit the caller may change; raises NotFound, and for somebody who was replaced WrongState."""
    wanted = select(Delegate, Attendance).join(Attendance, Attendance.delegate_id == Delegate.id)
    found = work.session.execute(wanted.where(Delegate.id == delegate_id, Delegate.mandate_id == mandate.id, Delegate.origin != "walk_in")).one_or_none()
    if found is None:
        raise NotFound(kind="delegate")
    delegate, attendance = found
    if attendance.state == "substituted" and not any_state:
        raise WrongState(state=attendance.state, step="change_person")
    return delegate, attendance


def unit_at(work: Work, conference_id: int, mandate_id: int) -> tuple[Conference, Mandate]:
    """Conference and unit (with its site) for whoever may change the list, other writers of the conference waiting.

    Raises SignInRequired, NotFound, LinkExpired, or WrongState for a rehearsal.
    """
    if isinstance(work.actor, LiaisonActor):
        conference, mandate = liaison_of(work)
        if (conference.id, mandate.id) != (conference_id, mandate_id):
            raise NotFound(kind="registration")
        return conference, mandate
    return real_conference(work, conference_id, lock=True), mandate_of(work, conference_id, mandate_id)


def _changing(work: Work, conference_id: int, mandate_id: int) -> tuple[Conference, Mandate]:
    conference, mandate = unit_at(work, conference_id, mandate_id)
    if not may_change(work, conference):
        raise WrongState(state=conference.state, step="register")
    return conference, mandate


def _for_unit(work: Work) -> Work:
    """The same unit of work with the right to change this conference's delegates, which a liaison has for their own unit only."""
    return replace(work, actor=System()) if isinstance(work.actor, LiaisonActor) else work


def _substitute_waits(work: Work, replaced: Delegate) -> bool:
    waiting = exists().where(Delegate.replaces_id == replaced.id, Attendance.delegate_id == Delegate.id, Attendance.state == "pending")
    return bool(work.session.scalar(select(waiting)))


def _entry(mandate_id: int, entry: PersonEntry) -> DelegateEntry:
    return DelegateEntry(entry.full_name, mandate_id, None, entry.position, entry.rank, NO_ORDER, entry.phone, entry.email)
