"""Sending invitations: whom they reach, who has no address, what they say, and the one press that sends them."""

from uuid import uuid4

from flask import Blueprint, flash, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from confsvc.boundary import begin_reading
from confsvc.domain.inviting import read_reach, send_invitations, why_not_yet
from confsvc.domain.work import Work
from confsvc.web.addresses import server_root
from confsvc.web.asked import asked_page
from confsvc.web.presses import press
from confsvc.web.template_tools import number

pages = Blueprint("invitations", __name__, url_prefix="/conferences/<int:conference_id>/invitations")


@pages.get("")
def show(conference_id: int) -> ResponseReturnValue:
    with begin_reading() as work:
        reach = read_reach(work, conference_id, page=asked_page())
        reason = why_not_yet(work, reach)
    return render_template("invitations/show.html", conference=reach.conference, reach=reach, reason=reason, new_key=uuid4)


@pages.post("")
def send(conference_id: int) -> ResponseReturnValue:
    """Put the invitations into the outbox; the same opening of the page once."""
    back = url_for("invitations.show", conference_id=conference_id)

    def go(work: Work) -> str:
        people = read_reach(work, conference_id).people
        if send_invitations(work, conference_id, web_address=server_root()) is None:
            flash(_("Everybody has been told already: nothing was sent."), "success")
            return back
        flash(
            ngettext(
                "Invitations to %(people)s person were put into the outbox.",
                "Invitations to %(people)s people were put into the outbox.",
                people,
                people=number(people),
            ),
            "success",
        )
        return url_for("mail.index", conference_id=conference_id)

    return press(go, back)
