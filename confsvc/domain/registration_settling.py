"""What follows from every change of who is named, whoever makes it: how many seats stay declined, and since when nothing is open."""

from collections.abc import Collection

from sqlalchemy import select

from confsvc.domain.registration_status import seated
from confsvc.domain.work import Work
from confsvc.models import Mandate


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
