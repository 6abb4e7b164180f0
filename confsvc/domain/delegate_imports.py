"""Importing a delegate list: kept as sent, looked at with a verdict for each row, saved only when confirmed as seen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import undefer

from confsvc.domain.access import organised_conference, real_conference, signed_in_account
from confsvc.domain.delegate_import_ground import Ground, read_ground
from confsvc.domain.delegate_import_saving import Saving, save, work_out_saving
from confsvc.domain.delegate_lists import ListRow, SentList, SentSheet, pack, unpack
from confsvc.domain.delegate_matching import Standing
from confsvc.domain.delegate_places import Places
from confsvc.domain.delegate_verdicts import RowVerdict, count_verdicts, digest_verdicts, judge_rows
from confsvc.domain.errors import EditConflict, NotFound, WrongState
from confsvc.domain.planning import SETTLED_STATES, planned_conference
from confsvc.domain.unit_directory import SiteChoice, UnitChoice
from confsvc.domain.work import Work
from confsvc.models import Account, Conference, DelegateImport

# A list nobody confirmed holds names and phone numbers: it is not kept longer than this.
KEPT = timedelta(days=7)
LISTED = 20


@dataclass(frozen=True, slots=True)
class Preview:
    """What confirming would do as long as `ground` holds; `digest` stands for all of it."""

    staged: DelegateImport
    ground: Ground
    verdicts: Sequence[RowVerdict]
    counts: Mapping[str, int]
    digest: str
    sites: Mapping[int, str]

    @property
    def saves(self) -> int:
        """How many rows would be saved."""
        return self.counts["new"] + self.counts["changed"]

    @property
    def units_invited(self) -> int:
        """How many units would be invited because the list names them."""
        return len({verdict.unit.unit_id for verdict in self.verdicts if verdict.invites_at is not None and verdict.unit})


@dataclass(frozen=True, slots=True)
class ReadyImport:
    """A preview that was seen, worked out to be saved."""

    preview: Preview
    saving: Saving
    outcome: dict[str, Any]


def open_conference(work: Work, conference_id: int) -> Conference:
    """The conference, if a list may be imported into it; raises NotFound, or WrongState once it is closed or cancelled."""
    conference = real_conference(work, conference_id)
    if conference.state in SETTLED_STATES:
        raise WrongState(state=conference.state, step="import_delegates")
    return conference


def stage_import(work: Work, conference_id: int, sent: SentList) -> DelegateImport:
    """Keep a list that was sent, and nothing else; old ones that nobody confirmed are forgotten."""
    planned_conference(work, conference_id)
    account = signed_in_account(work)
    work.session.execute(delete(DelegateImport).where(DelegateImport.confirmed_at.is_(None), DelegateImport.created_at < work.now - KEPT))
    staged = DelegateImport(conference_id=conference_id, account_id=account.id, file_name=sent.file_name, file_digest=sent.file_digest, created_at=work.now)
    _keep(staged, sent)
    staged.sheets = [{"name": sheet.name, "rows": sheet.rows, "merged": sheet.merged} for sheet in sent.sheets]
    work.session.add(staged)
    work.session.flush()
    return staged


def sent_sheets(work: Work, conference_id: int, import_id: int) -> tuple[DelegateImport, list[SentSheet]]:
    """A list not confirmed yet and its sheets as sent, to be read in another way; raises WrongState after it was confirmed."""
    staged = _find(work, conference_id, import_id, with_sheets=True)
    if staged.confirmed_at is not None:
        raise WrongState(state="confirmed", step="read_again")
    return staged, [SentSheet(sheet["name"], sheet["rows"], [(a, b, c, d) for a, b, c, d in sheet["merged"]]) for sheet in staged.sheets]


def read_import_again(work: Work, conference_id: int, import_id: int, sent: SentList) -> DelegateImport:
    """Keep another reading of a list that is not confirmed yet; raises WrongState after it was."""
    staged = _find(work, conference_id, import_id)
    if staged.confirmed_at is not None:
        raise WrongState(state="confirmed", step="read_again")
    _keep(staged, sent)
    work.session.flush()
    return staged


def get_import(work: Work, conference_id: int, import_id: int) -> DelegateImport:
    """The import without its rows, if the actor organises the conference; raises NotFound."""
    return _find(work, conference_id, import_id)


def preview_import(work: Work, conference_id: int, import_id: int, known: Preview | None = None) -> Preview:
    """What would be done with each row as things stand now; the same number of queries however many rows.

    `known` is a preview of earlier: it is given back, not worked out again, while what it rests on is the same.
    """
    staged = _find(work, conference_id, import_id)
    if staged.confirmed_at is not None:
        raise WrongState(state="confirmed", step="preview")
    ground = read_ground(work, staged)
    if known is not None and known.ground == ground:
        return replace(known, staged=staged)
    rows = work.session.scalars(select(DelegateImport.rows).where(DelegateImport.id == staged.id)).one()
    return _judge(staged, ground, unpack(rows))


def prepare_import(work: Work, conference_id: int, import_id: int, seen_digest: str, known: Preview | None = None) -> ReadyImport | None:
    """Work out what `confirm_import` will save, in a reading unit: it is long work. None for a list that was confirmed already.

    Raises EditConflict with the fresh preview when it is no longer what was seen, WrongState once the conference is over.
    """
    open_conference(work, conference_id)
    if _find(work, conference_id, import_id).confirmed_at is not None:
        return None
    preview = preview_import(work, conference_id, import_id, known)
    if preview.digest != seen_digest:
        raise EditConflict(current=preview)
    outcome = {"counts": dict(preview.counts), "units_invited": preview.units_invited, "left_out": _left_out(preview.verdicts)}
    return ReadyImport(preview, work_out_saving(work, conference_id, preview.verdicts), outcome)


def confirm_import(work: Work, conference_id: int, import_id: int, ready: ReadyImport) -> DelegateImport:
    """Save what was prepared; a second time nothing more.

    Raises EditConflict when anything the verdicts rest on has changed since, so that it must be prepared anew, WrongState
    once the conference is over.
    """
    planned_conference(work, conference_id)
    staged = _find(work, conference_id, import_id)
    if staged.confirmed_at is not None:
        return staged
    if read_ground(work, staged) != ready.preview.ground:
        raise EditConflict(current=ready.preview)
    save(work, conference_id, ready.saving)
    staged.confirmed_at, staged.outcome = work.now, ready.outcome
    staged.rows, staged.sheets = [], []
    work.session.flush()
    return staged


def discard_import(work: Work, conference_id: int, import_id: int) -> None:
    """Forget a list that was not confirmed; raises WrongState for one that was."""
    staged = _find(work, conference_id, import_id)
    if staged.confirmed_at is not None:
        raise WrongState(state="confirmed", step="discard")
    work.session.execute(delete(DelegateImport).where(DelegateImport.id == staged.id))


def list_imports(work: Work, conference_id: int) -> list[tuple[DelegateImport, str]]:
    """The last imports of the conference and who sent them, the newest first."""
    organised_conference(work, conference_id)
    rows = work.session.execute(
        select(DelegateImport, Account.name)
        .join(Account, Account.id == DelegateImport.account_id)
        .where(DelegateImport.conference_id == conference_id)
        .order_by(DelegateImport.id.desc())
        .limit(LISTED)
    )
    return [(staged, name) for staged, name in rows]


def _find(work: Work, conference_id: int, import_id: int, *, with_sheets: bool = False) -> DelegateImport:
    organised_conference(work, conference_id)
    options = [undefer(DelegateImport.sheets)] if with_sheets else []
    statement = select(DelegateImport).where(DelegateImport.id == import_id, DelegateImport.conference_id == conference_id).options(*options)
    staged = work.session.scalar(statement, execution_options={"populate_existing": True})
    if staged is None:
        raise NotFound(kind="import")
    return staged


def _keep(staged: DelegateImport, sent: SentList) -> None:
    staged.encoding, staged.sheet, staged.header_row, staged.columns = sent.encoding, sent.sheet, sent.header_row, sent.columns
    staged.rows = pack(sent.rows)


def _judge(staged: DelegateImport, ground: Ground, rows: Sequence[ListRow]) -> Preview:
    sites = [SiteChoice(*site) for site in ground.sites]
    invited = [UnitChoice(unit, name, code, short, parent, "", mandate, site) for unit, name, code, short, parent, mandate, site in ground.invited]
    here, names = {unit.unit_id for unit in invited}, {unit[0]: unit[1] for unit in ground.units}
    others = [UnitChoice(unit, name, code, short, parent, names.get(parent, "")) for unit, name, code, short, parent in ground.units if unit not in here]
    mandates = {unit.mandate_id or 0: unit.name for unit in invited}
    verdicts = judge_rows(rows, Places(invited, others, sites), [Standing(*delegate) for delegate in ground.delegates], mandates)
    return Preview(staged, ground, verdicts, count_verdicts(verdicts), digest_verdicts(verdicts), {site.site_id: site.name for site in sites})


def _left_out(verdicts: Sequence[RowVerdict]) -> list[dict[str, object]]:
    """The rows that were wrong, to be mended by hand or in the next file."""
    return [
        {"row": verdict.row.number, "name": verdict.row.full_name, "unit": verdict.row.unit, "problems": [[p.code, dict(p.values)] for p in verdict.problems]}
        for verdict in verdicts
        if verdict.verdict == "error"
    ]
