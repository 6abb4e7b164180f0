"""Putting a confirmed list into the conference; a few statements however long it is."""

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import func, select

from confsvc.domain.contacts import normal_phone, split_phones
from confsvc.domain.delegate_matching import own_note
from confsvc.domain.delegate_verdicts import RowVerdict
from confsvc.domain.delegates import PHONE_TYPED_CHARACTERS, DelegateEntry, add_delegates
from confsvc.domain.mandates import MandateEntry, invite_units
from confsvc.domain.tallies import recount_sites
from confsvc.domain.text import fold, name_sort_key
from confsvc.domain.work import Work
from confsvc.models import Delegate, Mandate


def save_verdicts(work: Work, conference_id: int, verdicts: Sequence[RowVerdict]) -> None:
    """Invite the units that are not yet, add the new, change the changed; the order of the list is the protocol order."""
    new = [verdict for verdict in verdicts if verdict.verdict == "new"]
    mandate_of = _invite(work, conference_id, new)
    _add(work, conference_id, new, mandate_of)
    _change(work, conference_id, [verdict for verdict in verdicts if verdict.verdict == "changed"])


def _invite(work: Work, conference_id: int, new: Sequence[RowVerdict]) -> dict[int, int]:
    """Unit id → mandate id for the units the list brings in, each with as many seats as it names people."""
    seats: Counter[int] = Counter()
    sites: dict[int, int] = {}
    for verdict in new:
        if verdict.unit and verdict.invites_at is not None:
            seats[verdict.unit.unit_id] += 1
            sites.setdefault(verdict.unit.unit_id, verdict.invites_at)
    if not seats:
        return {}
    last = work.session.scalar(select(func.max(Mandate.sort_order)).where(Mandate.conference_id == conference_id)) or 0
    entries = [MandateEntry(unit_id, sites[unit_id], seats=number, sort_order=last + at) for at, (unit_id, number) in enumerate(seats.items(), start=1)]
    return {mandate.unit_id: mandate.id for mandate in invite_units(work, conference_id, entries)}


def _add(work: Work, conference_id: int, new: Sequence[RowVerdict], mandate_of: dict[int, int]) -> None:
    last = work.session.scalar(select(func.max(Delegate.protocol_order)).where(Delegate.conference_id == conference_id)) or 0
    entries = [_entry(verdict, mandate_of, last + at) for at, verdict in enumerate(new, start=1)]
    if not entries:
        return
    for verdict, delegate in zip(new, add_delegates(work, conference_id, entries), strict=True):
        if verdict.row.phone and not verdict.row.phone_e164:
            delegate.phone_typed = verdict.row.phone[:PHONE_TYPED_CHARACTERS]
    work.session.flush()


def _entry(verdict: RowVerdict, mandate_of: dict[int, int], order: int) -> DelegateEntry:
    row, unit = verdict.row, verdict.unit
    if unit is None:
        raise ValueError(f"row {row.number} is new without a unit")
    return DelegateEntry(
        full_name=row.full_name,
        mandate_id=unit.mandate_id or mandate_of[unit.unit_id],
        site_id=verdict.site_id,
        position=row.position,
        rank=verdict.rank,
        protocol_order=order,
        phone=row.phone if row.phone_e164 else "",
        email=row.email if row.email_ok else "",
        note=own_note(row),
    )


def _change(work: Work, conference_id: int, changed: Sequence[RowVerdict]) -> None:
    """Each field the list says differently, and what follows from it."""
    if not changed:
        return
    wanted = {verdict.delegate_id: verdict for verdict in changed}
    for delegate in work.session.scalars(select(Delegate).where(Delegate.conference_id == conference_id)):
        verdict = wanted.get(delegate.id)
        if verdict is None:
            continue
        delegate.version += 1
        for change in verdict.changes:
            _apply(delegate, change.field, change.new, possible=bool(verdict.row.phone_e164))
    recount_sites(work, conference_id)


def _apply(delegate: Delegate, field: str, value: str, *, possible: bool) -> None:
    """`possible`: the phone number can be right; otherwise it is kept as typed only."""
    if field == "site":
        delegate.site_id = int(value)
    elif field == "phone":
        delegate.phone = normal_phone(value) if possible else ""
        delegate.phone_typed = (split_phones(value)[0] if possible else value)[:PHONE_TYPED_CHARACTERS]
    else:
        setattr(delegate, field, value)
        if field == "full_name":
            delegate.name_fold, delegate.name_sort = fold(value), name_sort_key(value)
        if field == "position":
            delegate.position_fold = fold(value)
