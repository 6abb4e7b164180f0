"""What follows from every change of who is named, whoever makes it: how many seats stay declined, and since when nothing is open."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from confsvc.domain.registration_status import seated
from confsvc.domain.tallies import has_seat
from confsvc.domain.work import Work
from confsvc.models import Attendance, Delegate, Mandate, RegistrationChange


def settle_lists(work: Work, mandate_ids: Collection[int]) -> None:
    """Have no more seats declined than are free, and `registered_at` set exactly while nothing is open; two statements however many."""
    work.session.flush()
    for mandate, named in work.session.execute(select(Mandate, seated()).where(Mandate.id.in_(mandate_ids))):
        mandate.declined_seats = min(mandate.declined_seats, max(0, mandate.seats - named))
        if not mandate.declined_seats:
            mandate.declined_reason = ""
        if named + mandate.declined_seats < mandate.seats:
            mandate.registered_at = None
        elif mandate.registered_at is None and mandate.seats:
            mandate.registered_at = work.now
    work.session.flush()


def settle_seats(work: Work, mandate: Mandate) -> None:
    """`settle_lists` where the seats alone are others: what is complete by that is complete since its last name or refusal came."""
    was = mandate.registered_at
    settle_lists(work, [mandate.id])
    if was is None and mandate.registered_at is not None:
        mandate.registered_at = _complete_since(work, mandate)
        work.session.flush()


def _complete_since(work: Work, mandate: Mandate) -> datetime:
    """When the last of the seats had a name or was declined; a substitute counts since the person replaced was named."""
    replaced = aliased(Delegate)
    named_at = func.coalesce(replaced.created_at, Delegate.created_at, type_=Delegate.created_at.type)
    names = (
        select(named_at).select_from(Delegate).join(Attendance, Attendance.delegate_id == Delegate.id).outerjoin(replaced, replaced.id == Delegate.replaces_id)
    )
    names = names.where(Delegate.mandate_id == mandate.id, has_seat()).order_by(named_at)
    moments = list(work.session.scalars(names.limit(mandate.seats - mandate.declined_seats)))[-1:]
    if mandate.declined_seats:
        refusals = select(func.max(RegistrationChange.at)).where(RegistrationChange.mandate_id == mandate.id, RegistrationChange.kind == "declined")
        moments += [moment for moment in work.session.scalars(refusals) if moment is not None]
    return max(moments, default=work.now)
