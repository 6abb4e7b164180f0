"""What the exported attendance list says, in the reader's language."""

from collections.abc import Iterable
from datetime import datetime
from itertools import chain
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from confsvc.domain.attendance_history import LoggedLine
from confsvc.domain.attendance_list import MOST_LINES, Roll, RollRow
from confsvc.domain.figures import Figures
from confsvc.models import Conference
from confsvc.schemas.attendance_workbook import Row, Sheet
from confsvc.web import labels
from confsvc.web.attendance_story import actor, happened, remarks, turned_away
from confsvc.web.mc_line import mc_line
from confsvc.web.template_tools import marked, moment


def sheets(roll: Roll) -> list[Sheet]:
    """The list of people, the totals, what was changed after the close, what was refused; their rows are read as they are taken."""
    found = [_people(roll), _totals(roll)]
    if roll.conference.closed_at is not None:
        found.append(_lines(_("Changed after the close"), roll.conference, roll.changes()))
    return [*found, _lines(_("Refusals"), roll.conference, roll.refusals())]


def _people(roll: Roll) -> Sheet:
    conference = roll.conference
    state_of = {
        (state, mode): str(labels.attendance_state(state, conference.state, mode)) for state in labels.ATTENDANCE_STATES for mode in labels.ATTENDANCE_MODES
    }
    words = {mark: str(label) for mark, label in labels.ATTENDANCE_MARKS.items()}

    def cells(place: int, row: RollRow) -> Row:
        marks = roll.marks_of(row)
        left = row.since if row.state == "left" else None
        beside = [words[mark] for mark in marks.of(row, row)]
        notes = [
            _("in the place of %(name)s", name=marks.replaced_by(row)) if marks.replaced_by(row) else "",
            _("in the seat: %(name)s", name=marks.sitting_for(row)) if marks.sitting_for(row) else "",
            labels.given_reason(row.reason) if row.state == "excused" else "",
            _("present at: %(site)s", site=row.hall) if row.hall and row.hall != row.site else "",
            row.note,
        ]
        shown = (row.full_name, row.position, row.unit, row.site, state_of[row.state, row.mode], "; ".join(beside))
        return [place, *shown, _wall(row.arrived_at, conference), _wall(left, conference), "; ".join(note for note in notes if note)]

    return Sheet(
        name=_("List"),
        title=_title(conference),
        heads=[
            *(_("No."), _("Full name"), _("Position"), _("Unit"), _("Site"), _("Attendance"), _("Marks")),
            *(_("Came at"), _("Left at"), _("Remarks")),
        ],
        widths=[6, 28, 28, 34, 30, 20, 24, 18, 18, 34],
        rows=(cells(place, row) for place, row in enumerate(roll.people(), 1)),
    )


def _totals(roll: Roll) -> Sheet:
    further = labels.FURTHER_FIGURES

    def cells(place: int | str, name: str, figures: Figures) -> Row:
        rate = figures.present / figures.summoned if figures.summoned else "–"
        counts = (figures.summoned, figures.named, figures.present, rate, figures.excused, figures.not_yet)
        return [place, name, *counts, *(getattr(figures, key) for key in further)]

    closed = roll.conference.state == "closed"
    by_site = (cells(place, name, figures) for place, (name, figures) in enumerate(roll.by_site(), 1))
    heads = [
        *(_("No."), _("Site"), _("Summoned"), _("Named"), _("Present"), _("Rate (present / summoned)"), _("Excused")),
        str(labels.ABSENT) if closed else _("Not checked in"),
        *(str(label) for label in further.values()),
    ]
    closing = [
        mc_line(roll.conference, roll.figures),
        _("Summoned = present + came and left + excused + not come. Those online and substitutes are among the present, the late among those who came."),
    ]
    return Sheet(
        name=_("Totals"),
        title=_title(roll.conference),
        heads=heads,
        widths=[6, 40, *(16 for _head in heads[2:])],
        rows=chain(by_site, [cells("", _("Total"), roll.figures)]),
        closing=lambda _count: closing,
    )


def _lines(name: str, conference: Conference, lines: Iterable[LoggedLine]) -> Sheet:
    def cells(line: LoggedLine) -> Row:
        told = (
            line.person or turned_away(line) or "–",
            happened(line),
            str(labels.VERDICTS[line.event.verdict]),
            "; ".join(remarks(line, conference)),
            actor(line),
            line.site,
        )
        return [line.event.revision, _wall(line.moment, conference), _wall(line.event.recorded_at, conference), *told]

    return Sheet(
        name=name,
        title=_title(conference),
        heads=[
            *(_("Line"), _("When"), _("Recorded at"), _("Full name"), _("What"), _("Outcome"), _("Remarks"), _("By whom"), _("Site")),
        ],
        widths=[8, 18, 18, 28, 40, 16, 50, 28, 30],
        rows=(cells(line) for line in lines),
        closing=lambda count: [_("Only the first %(most)s lines are shown.", most=MOST_LINES)] if count >= MOST_LINES else [],
    )


def _title(conference: Conference) -> str:
    return marked(f"{conference.title} – {moment(conference.starts_at, conference.timezone)}", conference)


def _wall(value: datetime | None, conference: Conference) -> datetime | None:
    return value.astimezone(ZoneInfo(conference.timezone)).replace(tzinfo=None) if value else None
