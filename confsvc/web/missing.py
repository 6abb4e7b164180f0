"""The list of the missing: whom to call before the beginning, and what came of it."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.validators import InputRequired

from confsvc.boundary import begin_reading, runtime
from confsvc.domain.choosing import SITES
from confsvc.domain.follow_ups import MUSTER, FollowUpEntry, follow_up, send_deputy
from confsvc.domain.mandates import get_mandate
from confsvc.domain.missing_list import STANDINGS, MissingQuery, read_missing
from confsvc.domain.substitutions import SubstituteEntry
from confsvc.domain.text import clean
from confsvc.domain.work import Work
from confsvc.web import labels
from confsvc.web.asked import asked_choice, asked_page, asked_text, row_id
from confsvc.web.choosing import asked_one
from confsvc.web.fields import Choice
from confsvc.web.forms import REQUIRED, Form, Text, carry_out
from confsvc.web.presses import page_pressed_on, press

pages = Blueprint("missing", __name__, url_prefix="/conferences/<int:conference_id>/missing")


class DeputyForm(Form):
    name = Text(_l("Full name"), [InputRequired(REQUIRED)])
    position = Text(_l("Position"))
    rank = Choice(_l("Rank"), choices=list(labels.RANKS.items()), default="staff")
    reason = Text(_l("Reason"))


@dataclass(frozen=True, slots=True)
class Row:
    """Which row of the list a button or a form belongs to."""

    mandate_id: int
    delegate_id: int | None


@pages.get("")
def index(conference_id: int) -> ResponseReturnValue:
    return _page(conference_id)


@pages.post("/follow-up")
def note(conference_id: int) -> ResponseReturnValue:
    """Note what was found out; the button's value holds status, mandate, delegate and, of an excuse, the reason."""
    back = page_pressed_on(url_for("missing.index", conference_id=conference_id))
    status, row, reason = _pressed(request.form.get("mark", ""))
    form = Form()
    entry = FollowUpEntry(row.mandate_id, row.delegate_id, status, reason, str(form.form_key.data or uuid4())[:36])

    def put(work: Work) -> str:
        follow_up(work, conference_id, entry)
        return back

    return press(put, back, form)


@pages.post("/deputy/<int:mandate_id>/<int:delegate_id>")
def deputy(conference_id: int, mandate_id: int, delegate_id: int) -> ResponseReturnValue:
    """Put somebody into the seat of a missing person, in the very row; the address keeps what the list was filtered by."""
    form = DeputyForm()
    entry = FollowUpEntry(mandate_id, delegate_id, "sends_deputy", client_ref=str(form.form_key.data or uuid4())[:36])
    asked: dict[str, Any] = request.args.to_dict()
    back = url_for("missing.index", conference_id=conference_id, **asked)
    with begin_reading() as work:
        get_mandate(work, conference_id, mandate_id)

    def send(work: Work) -> str:
        send_deputy(work, conference_id, entry, SubstituteEntry(form.name.data, form.position.data, form.rank.data, form.reason.data))
        flash(_("%(name)s was put into the seat.", name=form.name.data), "success")
        return back

    if form.validate_on_submit() and (done := carry_out(form, send)):
        return done
    if form.refused:
        # The row is gone from the list: what is wrong is said above it.
        flash(str(form.form_key.errors[0]), "error")
        return redirect(back, 303)
    return _page(conference_id, form, Row(mandate_id, delegate_id))


def _page(conference_id: int, deputy_form: DeputyForm | None = None, deputy_row: Row | None = None) -> ResponseReturnValue:
    with begin_reading() as work:
        sites = asked_one(work, SITES, conference_id, "site")
        status, everybody = asked_choice("status", STANDINGS), request.args.get("who") == "all"
        query = MissingQuery(text=asked_text(), site_id=sites.id, everybody=everybody, status=status, page=asked_page())
        found = read_missing(work, conference_id, query)
    return render_template(
        "missing/index.html",
        conference=found.conference,
        found=found,
        query=query,
        sites=sites,
        standings=STANDINGS,
        muster_at=found.conference.starts_at - MUSTER,
        now=runtime().clock(),
        deputy_form=deputy_form,
        deputy_row=deputy_row,
        new_key=uuid4,
        new_deputy_form=lambda: DeputyForm(formdata=None),
    ), deputy_form.status if deputy_form else 200


def _pressed(mark: str) -> tuple[str, Row, str]:
    """Status, row and reason of a button; a reason that was typed stands in a field of the row. Delegate 0: seats without a name."""
    status, mandate, delegate, reason = [*mark.split(".", 3), "", "", ""][:4]
    row = Row(row_id(mandate), None if delegate == "0" else row_id(delegate))
    return status, row, clean(reason or request.form.get(f"reason.{mandate}.{delegate}", ""))
