"""Putting a confirmed list into the conference: worked out before the writer's turn, saved in it by a few statements."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, bindparam, func, select, update

from confsvc.domain.calendar_marks import calendars_changed
from confsvc.domain.contacts import split_phones
from confsvc.domain.delegate_matching import own_note
from confsvc.domain.delegate_verdicts import RowVerdict
from confsvc.domain.delegates import NAME_CHARACTERS, PHONE_TYPED_CHARACTERS, DelegateEntry, Seating, delegate_texts, seat_delegates
from confsvc.domain.mandates import MandateEntry, invite_units
from confsvc.domain.passes import fresh_link, fresh_pass
from confsvc.domain.tallies import recount_sites
from confsvc.domain.text import fold, name_sort_key
from confsvc.domain.work import Work
from confsvc.models import Delegate, Mandate


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A person to be seated with the unit `unit_id`; `mandate_id` is None until the list invites it."""

    unit_id: int
    mandate_id: int | None
    site_id: int | None
    rank: str
    columns: Mapping[str, str]
    issued: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Saving:
    """All that a list changes: units to invite with site and seats, newcomers, and by delegate id the columns that change."""

    invitations: Sequence[tuple[int, int, int]]
    newcomers: Sequence[Newcomer]
    changes: Mapping[int, Mapping[str, Any]]


def work_out_saving(work: Work, conference_id: int, verdicts: Sequence[RowVerdict]) -> Saving:
    """What saving these verdicts means; reads and writes nothing in the database."""
    new = [verdict for verdict in verdicts if verdict.verdict == "new"]
    changed = [verdict for verdict in verdicts if verdict.verdict == "changed"]
    changes = {verdict.delegate_id: _changed_columns(verdict) for verdict in changed if verdict.delegate_id is not None}
    return Saving(_invitations(new), [_newcomer(work, conference_id, verdict) for verdict in new], changes)


def save(work: Work, conference_id: int, saving: Saving) -> None:
    """Invite the units that are not yet, add the new, change the changed; the order of the list is the protocol order."""
    mandate_of = _invite(work, conference_id, saving.invitations)
    last = work.session.scalar(select(func.max(Delegate.protocol_order)).where(Delegate.conference_id == conference_id)) or 0
    seatings = [
        Seating(one.mandate_id or mandate_of[one.unit_id], one.site_id, one.rank, last + at, one.columns, one.issued)
        for at, one in enumerate(saving.newcomers, start=1)
    ]
    if seatings:
        seat_delegates(work, conference_id, seatings)
    if saving.changes:
        _change(work, saving.changes)
        recount_sites(work, conference_id)
        calendars_changed(work, conference_id)


def _invitations(new: Sequence[RowVerdict]) -> list[tuple[int, int, int]]:
    """Unit, site and seats of the units the list brings in: as many seats as it names people."""
    seats: Counter[int] = Counter()
    sites: dict[int, int] = {}
    for verdict in new:
        if verdict.unit and verdict.invites_at is not None:
            seats[verdict.unit.unit_id] += 1
            sites.setdefault(verdict.unit.unit_id, verdict.invites_at)
    return [(unit_id, sites[unit_id], number) for unit_id, number in seats.items()]


def _invite(work: Work, conference_id: int, invitations: Sequence[tuple[int, int, int]]) -> dict[int, int]:
    """Unit id → mandate id for the units the list brings in."""
    if not invitations:
        return {}
    last = work.session.scalar(select(func.max(Mandate.sort_order)).where(Mandate.conference_id == conference_id)) or 0
    entries = [MandateEntry(unit_id, site_id, seats=seats, sort_order=last + at) for at, (unit_id, site_id, seats) in enumerate(invitations, start=1)]
    return {mandate.unit_id or 0: mandate.id for mandate in invite_units(work, conference_id, entries)}


def _newcomer(work: Work, conference_id: int, verdict: RowVerdict) -> Newcomer:
    row, unit = verdict.row, verdict.unit
    if unit is None:
        raise ValueError(f"row {row.number} is new without a unit")
    entry = DelegateEntry(
        full_name=row.full_name,
        mandate_id=unit.mandate_id or 0,
        position=row.position,
        phone=row.phone if row.phone_e164 else "",
        note=own_note(row),
    )
    columns = {**delegate_texts(entry, checked=(row.phone_e164, row.email if row.email_ok else "")), **fresh_link(work)}
    if row.phone and not row.phone_e164:
        columns["phone_typed"] = row.phone[:PHONE_TYPED_CHARACTERS]
    return Newcomer(unit.unit_id, unit.mandate_id, verdict.site_id, verdict.rank, columns, fresh_pass(work, conference_id))


def _changed_columns(verdict: RowVerdict) -> dict[str, Any]:
    """Each field the list says differently, and what follows from it."""
    columns: dict[str, Any] = {}
    for change in verdict.changes:
        field, value = change.field, change.new
        if field == "site":
            columns["site_id"] = int(value)
        elif field == "phone":
            # A number that cannot be right is kept as typed only.
            possible = verdict.row.phone_e164
            columns |= {"phone": possible, "phone_typed": (split_phones(value)[0] if possible else value)[:PHONE_TYPED_CHARACTERS]}
        else:
            columns[field] = value
            if field == "full_name":
                columns |= {"name_fold": fold(value)[:NAME_CHARACTERS], "name_sort": name_sort_key(value)}
            if field == "position":
                columns["position_fold"] = fold(value)[:NAME_CHARACTERS]
    return columns


def _change(work: Work, changes: Mapping[int, Mapping[str, Any]]) -> None:
    """One statement for each set of columns that change together."""
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for delegate_id, columns in changes.items():
        alike[tuple(columns)].append({"changed_id": delegate_id, **{f"new_{name}": value for name, value in columns.items()}})
    table: Table = Delegate.__table__  # type: ignore[assignment]  # of a mapped class it is a table
    for names, rows in alike.items():
        values = {name: bindparam(f"new_{name}", type_=table.c[name].type) for name in names}
        statement = update(table).where(table.c.id == bindparam("changed_id")).values(version=table.c.version + 1, **values)
        work.session.connection().execute(statement, rows)
