"""Who changed what in the list of a unit: the latest first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select

from confsvc.domain.access import acting_account_id
from confsvc.domain.lists import Page, read_page
from confsvc.domain.work import Work
from confsvc.models import Account, Conference, Delegate, RegistrationChange

NAME_CHARACTERS = 200
SHOWN_FIELDS = ("full_name", "position", "rank", "phone", "email")


@dataclass(frozen=True, slots=True)
class Told:
    """One change; `by` is the name of the organiser, or "" for the bearer of the unit's link."""

    change: RegistrationChange
    by: str


def is_late(work: Work, conference: Conference) -> bool:
    """Whether what a unit changes now comes after the deadline."""
    return conference.registration_deadline is not None and work.now > conference.registration_deadline


def shown(delegate: Delegate) -> dict[str, str]:
    """What is told of a person, as the history keeps it."""
    return {field: getattr(delegate, field) for field in SHOWN_FIELDS}


def write_named(work: Work, conference: Conference, delegates: Sequence[Delegate]) -> None:
    """Note that these people were put on the lists of their units; one statement however many."""
    common = {"conference_id": conference.id, "account_id": acting_account_id(work), "kind": "named", "late": is_late(work, conference), "at": work.now}
    people = [{"mandate_id": one.mandate_id, "delegate_id": one.id, "name": one.full_name, "detail": shown(one), **common} for one in delegates]
    if people:
        work.session.execute(insert(RegistrationChange), people)


def write_imported(work: Work, conference: Conference, people_of: Mapping[int, int]) -> None:
    """Note that an import brought so many people (mandate id → number); one statement however many."""
    common = {"conference_id": conference.id, "account_id": acting_account_id(work), "kind": "imported", "late": is_late(work, conference), "at": work.now}
    units = [{"mandate_id": mandate_id, "name": "", "detail": {"people": people}, **common} for mandate_id, people in people_of.items()]
    if units:
        work.session.execute(insert(RegistrationChange), units)


def write_changed(work: Work, conference: Conference, delegate: Delegate, before: Mapping[str, str]) -> None:
    """Note what is told of a person differently than `before`, if anything is."""
    after = shown(delegate)
    if detail := {field: [before[field], after[field]] for field in SHOWN_FIELDS if before[field] != after[field]}:
        write_change(work, conference, delegate.mandate_id, "changed", name=delegate.full_name, delegate_id=delegate.id, detail=detail)


def write_change(
    work: Work, conference: Conference, mandate_id: int, kind: str, *, name: str = "", delegate_id: int | None = None, detail: Mapping[str, Any] | None = None
) -> None:
    """Note a change by whoever acts; asks no permission."""
    work.session.add(
        RegistrationChange(
            conference_id=conference.id,
            mandate_id=mandate_id,
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
