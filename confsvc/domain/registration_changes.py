"""Who changed what in the list of a unit: the latest first."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from confsvc.domain.access import acting_account_id
from confsvc.domain.lists import Page, read_page
from confsvc.domain.work import Work
from confsvc.models import Account, Conference, Mandate, RegistrationChange

NAME_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Told:
    """One change; `by` is the name of the organiser, or "" for the bearer of the unit's link."""

    change: RegistrationChange
    by: str


def is_late(work: Work, conference: Conference) -> bool:
    """Whether what a unit changes now comes after the deadline."""
    return conference.registration_deadline is not None and work.now > conference.registration_deadline


def write_change(
    work: Work, conference: Conference, mandate: Mandate, kind: str, *, name: str = "", delegate_id: int | None = None, detail: Mapping[str, Any] | None = None
) -> None:
    """Note a change by whoever acts; asks no permission."""
    work.session.add(
        RegistrationChange(
            conference_id=conference.id,
            mandate_id=mandate.id,
            delegate_id=delegate_id,
            account_id=acting_account_id(work),
            kind=kind,
            name=name[:NAME_CHARACTERS],
            late=not kind.startswith("link_") and is_late(work, conference),
            detail=dict(detail or {}),
            at=work.now,
        )
    )


def read_changes(work: Work, mandate_id: int, page: int = 1) -> Page[Told]:
    """One page of what was changed in the list of a unit that the caller may see; three queries."""
    found = read_page(work, select(RegistrationChange).where(RegistrationChange.mandate_id == mandate_id).order_by(RegistrationChange.id.desc()), page)
    accounts = {change.account_id for change in found.items}
    names: dict[int | None, str] = dict(work.session.execute(select(Account.id, Account.name).where(Account.id.in_(accounts))).all())
    return Page([Told(change, names.get(change.account_id, "")) for change in found.items], found.total, found.number, found.size)
