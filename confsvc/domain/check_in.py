"""What a desk may do: see its own site's roster, check people in there, take a check-in back."""

from dataclasses import dataclass
from datetime import datetime

from confsvc.domain.attendance import NewEvent, Verdict, record_attendance
from confsvc.domain.desks import DeskView, acting_desk
from confsvc.domain.figures import Figures
from confsvc.domain.roster import RosterRow, read_roster, roster_changes, roster_row, site_figures
from confsvc.domain.work import Work


@dataclass(frozen=True, slots=True)
class CheckIn:
    """A person at the desk, named by a scanned `code` or picked by `delegate_id`; one of the two is given."""

    client_ref: str
    occurred_at: datetime
    code: str | None = None
    delegate_id: int | None = None


@dataclass(frozen=True, slots=True)
class UndoCheckIn:
    """A check-in at this desk's site that was a mistake."""

    client_ref: str
    occurred_at: datetime
    delegate_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the desk is told: the verdict, the person as they stand now (None where nobody is meant) and the site's figures."""

    verdict: Verdict
    row: RosterRow | None
    revision: int
    figures: Figures


@dataclass(frozen=True, slots=True)
class DeskSync:
    """The roster at `revision`: `whole`, or only the rows that changed."""

    view: DeskView
    whole: bool
    rows: list[RosterRow]
    revision: int
    figures: Figures


def check_in(work: Work, command: CheckIn) -> Answer:
    """Check somebody in at the acting desk's own site; raises DeskGone. The same `client_ref` gets the same verdict."""
    view = acting_desk(work)
    return _record(
        work,
        view,
        NewEvent(
            command.client_ref,
            "check_in",
            "scan" if command.code is not None else "name",
            command.occurred_at,
            site_id=view.site.id,
            delegate_id=command.delegate_id,
            code=command.code,
            desk_id=view.desk.id,
        ),
    )


def undo_check_in(work: Work, command: UndoCheckIn) -> Answer:
    """Take back somebody's check-in at the acting desk's own site; raises DeskGone."""
    view = acting_desk(work)
    return _record(
        work,
        view,
        NewEvent(
            command.client_ref,
            "undo",
            "name",
            command.occurred_at,
            site_id=view.site.id,
            delegate_id=command.delegate_id,
            desk_id=view.desk.id,
            reason=command.reason,
        ),
    )


def sync_desk(work: Work, since: int | None) -> DeskSync:
    """The acting desk's roster: all of it, or what changed after revision `since` if that revision exists; raises DeskGone."""
    view = acting_desk(work)
    revision, figures = site_figures(work, view.site.id)
    if since is None or since > revision:
        return DeskSync(view, True, read_roster(work, view.site.id), revision, figures)
    return DeskSync(view, False, roster_changes(work, view.site.id, since), revision, figures)


def _record(work: Work, view: DeskView, event: NewEvent) -> Answer:
    [verdict] = record_attendance(work, view.conference.id, [event])
    known = verdict.delegate_id is not None and verdict.reason != "delegate_unknown"
    row = roster_row(work, view.site.id, verdict.delegate_id) if known and verdict.delegate_id else None
    revision, figures = site_figures(work, view.site.id)
    return Answer(verdict, row, revision, figures)
