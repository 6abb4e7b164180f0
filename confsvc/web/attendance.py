"""The attendance list: who is here, corrected by organisers, read aloud, taken home as a workbook."""

from uuid import uuid4

from flask import Blueprint, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from confsvc.boundary import begin_reading, off_the_loop
from confsvc.domain import corrections
from confsvc.domain.attendance import Verdict
from confsvc.domain.attendance_list import read_attendance, read_roll
from confsvc.domain.delegate_page import read_delegate_page
from confsvc.domain.figures import figures_by_site
from confsvc.domain.mandates import get_mandate
from confsvc.domain.work import Work
from confsvc.schemas.attendance_workbook import write_workbook
from confsvc.web.asked import row_id
from confsvc.web.attendance_export import sheets
from confsvc.web.delegates import asked_people, filters
from confsvc.web.downloads import XLSX, attach
from confsvc.web.fields import IdChoice
from confsvc.web.forms import Form, Text, carry_out
from confsvc.web.language import local_path
from confsvc.web.mc_line import mc_lines
from confsvc.web.messages import REFUSALS
from confsvc.web.presses import page_pressed_on, press

pages = Blueprint("attendance", __name__, url_prefix="/conferences/<int:conference_id>/attendance")
CORRECTIONS = ("check_in", "excuse", "undo", "withdraw_excuse")


class CorrectionForm(Form):
    site_id = IdChoice(_l("Site"))
    reason = Text(_l("Reason"))


@pages.get("")
def index(conference_id: int) -> ResponseReturnValue:
    query = asked_people()
    with begin_reading() as work:
        found = read_attendance(work, conference_id, query)
        mandate = get_mandate(work, conference_id, query.mandate_id) if query.mandate_id else None
    return render_template(
        "attendance/index.html",
        conference=found.conference,
        found=found,
        query=query,
        filtered=filters(query),
        mandate=mandate,
        halls={site.id: site.name for site, _figures in found.by_site},
        site_pairs=[(site.id, site.name) for site, _figures in found.by_site],
        lines=mc_lines(found.conference, found.figures),
        new_key=uuid4,
    )


@pages.get("/export")
def export(conference_id: int) -> ResponseReturnValue:
    with begin_reading() as work:
        roll = read_roll(work, conference_id)
    content = sheets(roll)
    response = make_response(off_the_loop(lambda: write_workbook(content)))
    response.mimetype = XLSX
    attach(response, _("Attendance list – %(title)s", title=roll.conference.title), "xlsx")
    return response


@pages.post("/check-in")
def check_in(conference_id: int) -> ResponseReturnValue:
    """Check the person in at the site of the seat, from the list."""
    back = page_pressed_on(url_for("attendance.index", conference_id=conference_id))
    delegate_id = row_id(request.form.get("delegate_id", ""))
    form = Form()

    def correct(work: Work) -> str:
        _tell(corrections.check_in_delegate(work, conference_id, delegate_id, _client_ref(form)))
        return back

    return press(correct, back, form)


@pages.route("/<int:delegate_id>", methods=["GET", "POST"])
def correct(conference_id: int, delegate_id: int) -> ResponseReturnValue:
    """What an organiser may correct about one person; every correction is a line of the log."""
    kind = request.form.get("kind", "")
    forms = {name: CorrectionForm(formdata=request.form if name == kind else None, prefix=name) for name in CORRECTIONS}
    here = url_for("attendance.correct", conference_id=conference_id, delegate_id=delegate_id)
    back = local_path(request.args.get("next", here))
    form = forms.get(kind)
    if form and form.validate_on_submit() and (done := carry_out(form, lambda work: _correct(work, conference_id, delegate_id, kind, form, back))):
        return done
    with begin_reading() as work:
        found = read_delegate_page(work, conference_id, delegate_id)
        sites = [site for site, _figures in figures_by_site(work, conference_id)]
    forms["check_in"].site_id.choices = [(site.id, site.name) for site in sites]
    if forms["check_in"].site_id.data is None:
        forms["check_in"].site_id.data = found.delegate.site_id
    status = form.status if form else 200
    return render_template("attendance/correct.html", conference=found.conference, found=found, forms=forms, back=back, refusals=REFUSALS), status


def _correct(work: Work, conference_id: int, delegate_id: int, kind: str, form: CorrectionForm, back: str) -> str:
    reason, client_ref = form.reason.data, _client_ref(form)
    if kind == "check_in":
        site_id = form.site_id.data
        verdict = corrections.check_in_delegate(work, conference_id, delegate_id, client_ref, site_id=site_id, reason=reason)
    elif kind == "undo":
        verdict = corrections.undo_attendance(work, conference_id, delegate_id, reason, client_ref)
    elif kind == "excuse":
        verdict = corrections.excuse_delegate(work, conference_id, delegate_id, reason, client_ref)
    else:
        verdict = corrections.withdraw_excuse(work, conference_id, delegate_id, client_ref, reason)
    _tell(verdict)
    return back


def _client_ref(form: Form) -> str:
    """One line of the log for one opening of the form, however often it is sent."""
    return str(form.form_key.data or uuid4())[:36]


def _tell(verdict: Verdict) -> None:
    """Say what came of it at the top of the next page."""
    if verdict.verdict == "refused":
        flash(_("Nothing was changed: %(why)s", why=REFUSALS[verdict.reason or "delegate_unknown"]), "error")
    elif verdict.verdict == "repeated":
        flash(_("Nothing was changed: it was so already."), "warning")
    else:
        flash(_("The attendance was corrected."), "success")
