"""Who organises a conference: added by e-mail address, taken off with a button."""

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from confsvc.domain.members import add_member, remove_member
from confsvc.domain.work import AccountActor, Work
from confsvc.web.conference_forms import MemberForm
from confsvc.web.conferences import show_overview
from confsvc.web.forms import Form, carry_out

pages = Blueprint("members", __name__, url_prefix="/conferences/<int:conference_id>/members")


@pages.post("")
def add(conference_id: int) -> ResponseReturnValue:
    form = MemberForm()
    if form.validate_on_submit():

        def enter(work: Work) -> str:
            add_member(work, conference_id, form.email.data or "")
            return url_for("conferences.show", conference_id=conference_id, _anchor="members")

        done = carry_out(form, enter)
        if done:
            return done
    return show_overview(conference_id, form, form.status)


@pages.post("/<int:account_id>/remove")
def remove(conference_id: int, account_id: int) -> ResponseReturnValue:
    """Take an organiser off; whoever takes off themselves goes back to the list."""
    form = Form()
    if form.validate_on_submit():

        def take_off(work: Work) -> str:
            remove_member(work, conference_id, account_id)
            mine = isinstance(work.actor, AccountActor) and work.actor.account_id == account_id
            return url_for("conferences.index") if mine else url_for("conferences.show", conference_id=conference_id, _anchor="members")

        done = carry_out(form, take_off)
        if done:
            return done
    return show_overview(conference_id, form, form.status)
