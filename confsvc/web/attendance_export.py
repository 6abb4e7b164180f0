"""What the exported attendance list says, in the reader's language."""

from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from confsvc.domain.attendance_list import Roll, RollRow
from confsvc.domain.figures import Figures
from confsvc.schemas.attendance_workbook import Cell, Sheet
from confsvc.web import labels
from confsvc.web.mc_line import mc_line
from confsvc.web.template_tools import moment


def sheets(roll: Roll) -> list[Sheet]:
    """The list of people and the totals; everything that needs the request is said here."""
    return [_people(roll), _totals(roll)]


def _people(roll: Roll) -> Sheet:
    conference = roll.conference
    zone = ZoneInfo(conference.timezone)
    states = {state: str(labels.attendance_state(state, conference.state)) for state in labels.ATTENDANCE_STATES}
    online = str(labels.ATTENDANCE_MODES["online"])

    def cells(place: int, row: RollRow) -> list[Cell]:
        since = row.since.astimezone(zone).replace(tzinfo=None) if row.since and row.state == "present" else None
        state = f"{states[row.state]} ({online})" if row.state == "present" and row.mode == "online" else states[row.state]
        elsewhere = _("present at: %(site)s", site=row.hall) if row.hall and row.hall != row.site else ""
        remarks = "; ".join(part for part in (row.reason if row.state == "excused" else "", elsewhere, row.note) if part)
        return [place, row.full_name, row.position, row.unit, row.site, state, since, remarks]

    return Sheet(
        name=_("List"),
        title=f"{conference.title} – {moment(conference.starts_at, conference.timezone)}",
        heads=[_("No."), _("Full name"), _("Position"), _("Unit"), _("Site"), _("Attendance"), _("Checked in at"), _("Remarks")],
        widths=[6, 28, 28, 34, 30, 20, 18, 34],
        rows=[cells(place, row) for place, row in enumerate(roll.rows, 1)],
    )


def _totals(roll: Roll) -> Sheet:
    def cells(place: int | str, name: str, figures: Figures) -> list[Cell]:
        rate = figures.present / figures.summoned if figures.summoned else "–"
        return [place, name, figures.summoned, figures.named, figures.present, rate, figures.excused, figures.not_yet, figures.visiting]

    closed = roll.conference.state == "closed"
    rows = [cells(place, site.name, figures) for place, (site, figures) in enumerate(roll.by_site, 1)]
    return Sheet(
        name=_("Totals"),
        title=f"{roll.conference.title} – {moment(roll.conference.starts_at, roll.conference.timezone)}",
        heads=[
            _("No."),
            _("Site"),
            _("Summoned"),
            _("Named"),
            _("Present"),
            _("Rate (present / summoned)"),
            _("Excused"),
            str(labels.ABSENT) if closed else _("Not checked in"),
            _("From other sites"),
        ],
        widths=[6, 40, 14, 14, 14, 16, 16, 18, 18],
        rows=[*rows, cells("", _("Total"), roll.figures)],
        closing=[mc_line(roll.conference, roll.figures)],
    )
