"""The attendance list: who is here, corrected by organisers, read aloud, taken home as a workbook."""

from uuid import uuid4

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from confsvc.boundary import begin_reading
from confsvc.domain import corrections
from confsvc.domain.attendance import Verdict
from confsvc.domain.attendance_history import read_story
from confsvc.domain.attendance_list import read_attendance
from confsvc.domain.choosing import SITES
from confsvc.domain.delegate_page import read_delegate_page
from confsvc.domain.mandates import get_mandate
from confsvc.domain.work import Work
from confsvc.web.asked import row_id
from confsvc.web.attendance_corrections import correct as carry_correction
from confsvc.web.attendance_corrections import forms_of, needs_reason, offer_sites, offered
from confsvc.web.attendance_story import latest
from confsvc.web.choosing import asked_one
from confsvc.web.delegates import asked_people, filters
from confsvc.web.forms import Form, carry_out
from confsvc.web.language import local_path
from confsvc.web.mc_line import mc_lines
from confsvc.web.messages import REFUSALS
from confsvc.web.presses import page_pressed_on, press

pages = Blueprint("attendance", __name__, url_prefix="/conferences/<int:conference_id>/attendance")


@pages.get("")
def index(conference_id: int) -> ResponseReturnValue:
    with begin_reading() as work:
        sites = asked_one(work, SITES, conference_id, "site")
        query = asked_people(sites)
        found = read_attendance(work, conference_id, query)
        mandate = get_mandate(work, conference_id, query.mandate_id) if query.mandate_id else None
    return render_template(
        "attendance/index.html",
        conference=found.conference,
        found=found,
        query=query,
        filtered=filters(query),
        mandate=mandate,
        sites=sites,
        lines=mc_lines(found.conference, found.figures),
        new_key=uuid4,
    )


@pages.post("/check-in")
def check_in(conference_id: int) -> ResponseReturnValue:
    """Check the person in at the site of the seat, from the list."""
    back = page_pressed_on(url_for("attendance.index", conference_id=conference_id))
    delegate_id = row_id(request.form.get("delegate_id", ""))
    form = Form()

    def correct(work: Work) -> str:
        client_ref = str(form.form_key.data or uuid4())[:36]
        _tell(corrections.check_in_delegate(work, conference_id, delegate_id, client_ref))
        return back

    return press(correct, back, form)


@pages.route("/<int:delegate_id>", methods=["GET", "POST"])
def correct(conference_id: int, delegate_id: int) -> ResponseReturnValue:
    """What an organiser may correct about one person; every correction is a line of the log."""
    kind = request.form.get("kind", "")
    forms = forms_of(kind, request.form)
    here = url_for("attendance.correct", conference_id=conference_id, delegate_id=delegate_id)
    back = local_path(request.args.get("next", here))

    def carry(work: Work) -> str:
        story = read_story(work, conference_id, delegate_id)
        _tell(carry_correction(work, story.conference, story.attendance, kind, forms[kind]))
        return back

    form = forms.get(kind)
    with begin_reading() as work:
        found = read_delegate_page(work, conference_id, delegate_id)
        offer_sites(work, forms["check_in"], found.delegate)
    if form and form.validate_on_submit():
        if done := carry_out(form, carry):
            return done
        # It may have been refused because of what others did meanwhile.
        with begin_reading() as work:
            found = read_delegate_page(work, conference_id, delegate_id)
    kinds = offered(found.attendance, found.delegate)
    return render_template(
        "attendance/correct.html",
        conference=found.conference,
        found=found,
        told=latest(found.story),
        forms=forms,
        kinds=[*kinds, kind] if form and form.errors and kind not in kinds else kinds,
        needs_reason=needs_reason,
        back=back,
    ), form.status if form else 200


def _tell(verdict: Verdict) -> None:
    """Say what came of it at the top of the next page."""
    if verdict.verdict == "refused":
        flash(_("Nothing was changed: %(why)s", why=REFUSALS[verdict.reason or "delegate_unknown"]), "error")
    elif verdict.verdict == "repeated":
        flash(_("Nothing was changed: it was so already."), "warning")
    else:
        flash(_("The attendance was corrected."), "success")
