"""What the verdicts of an import rest on, as plain rows: a few quick queries, and told at a glance whether it still holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Executable, select

from confsvc.domain.delegate_matching import Standing
from confsvc.domain.work import Work
from confsvc.models import Delegate, DelegateImport, Mandate, Site, Unit

Rows = Sequence[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Ground:
    """Two that are equal give the same verdicts. `reading` says which file was read and how.

    The columns: `sites` id, name, kind, unit; `invited` unit, name, code, short name, parent, mandate, site; `units`, all
    that live, id, name, code, short name, parent; `delegates` as in `Standing`.
    """

    reading: tuple[Any, ...]
    sites: Rows
    invited: Rows
    units: Rows
    delegates: Rows


def read_ground(work: Work, staged: DelegateImport) -> Ground:
    """The ground as it is now; four queries."""
    conference_id = staged.conference_id
    invited = select(Unit.id, Mandate.unit_name, Unit.code, Unit.short_name, Unit.parent_id, Mandate.id, Mandate.site_id).join(
        Mandate, Mandate.unit_id == Unit.id
    )
    delegates = select(*[getattr(Delegate, name) for name in Standing.__slots__])
    return Ground(
        (staged.id, staged.created_at, staged.file_digest, staged.sheet, staged.encoding, staged.header_row, staged.columns),
        _rows(work, select(Site.id, Site.name, Site.kind, Site.unit_id).where(Site.conference_id == conference_id).order_by(Site.id)),
        _rows(work, invited.where(Mandate.conference_id == conference_id).order_by(Mandate.id)),
        _rows(work, select(Unit.id, Unit.name, Unit.code, Unit.short_name, Unit.parent_id).where(Unit.valid_to.is_(None)).order_by(Unit.id)),
        _rows(work, delegates.where(Delegate.conference_id == conference_id).order_by(Delegate.id)),
    )


def _rows(work: Work, statement: Executable) -> Rows:
    return [tuple(row) for row in work.session.execute(statement)]
