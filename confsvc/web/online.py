"""Joining online from the personal page: the button, and the page's heartbeat."""

from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _

from confsvc.boundary import begin_reading, begin_work, runtime
from confsvc.domain.attendance_log import opens_at
from confsvc.domain.errors import NotFound, WrongState
from confsvc.domain.invitations import Invitation, find_invitation
from confsvc.domain.online import find_page, hear_page, join_online
from confsvc.domain.online_stages import JOINABLE, JOINED
from confsvc.domain.work import DelegateActor
from confsvc.extensions import csrf, limiter
from confsvc.web.forms import Form
from confsvc.web.rate_limits import asked_link, is_unknown, link_limit

pages = Blueprint("online", __name__)
HEARTBEAT_SECONDS_MOST = 30
# A page is heard three times within the grace: one message may be lost.
BEATS_IN_GRACE = 3
TABS_MOST = 20
JOIN_LIMIT = "12 per minute"
REFUSED = {
    "not_yet_open": _("Joining is not open yet. Please come back a little before the conference begins."),
    "closed": _("The conference is closed: nobody can join any more."),
    "substituted": _("Somebody else represents you at this conference, so you cannot join."),
    "not_admitted": _("You have not been admitted to this conference, so you cannot join."),
}
NOT_JOINED = _("You could not be registered as present. Please call the organiser.")


def keep_private(response: Response) -> Response:
    """No search engine keeps what a token opens."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def say_unknown(_error: NotFound) -> ResponseReturnValue:
    """One page for every link that opens nothing: mistyped, replaced or made up."""
    return render_template("invitation/unknown.html"), 404


pages.after_request(keep_private)
pages.register_error_handler(NotFound, say_unknown)


def heartbeat_seconds() -> int:
    """How often an open page speaks."""
    return max(1, min(HEARTBEAT_SECONDS_MOST, runtime().settings.online_grace_seconds // BEATS_IN_GRACE))


def online_values(token: str, invitation: Invitation) -> dict[str, Any]:
    """What the part of the page about joining online needs besides the invitation."""
    beat = heartbeat_seconds() if invitation.stage in JOINED else None
    return {"token": token, "join_key": uuid4(), "beat_seconds": beat, "grace_seconds": runtime().settings.online_grace_seconds, "opens_at": opens_at}


def _heartbeat_limit() -> str:
    return f"{TABS_MOST * 60 // heartbeat_seconds()} per minute"


# Hundreds may share one address: it is limited only in links that open nothing, each link in what it says.
_keep_from_trying = limiter.limit(link_limit, deduct_when=is_unknown)


@pages.post("/d/<token>/join")
@_keep_from_trying
@limiter.limit(JOIN_LIMIT, key_func=asked_link)
def join(token: str) -> ResponseReturnValue:
    """Record that the delegate is there, whatever becomes of the video call."""
    with begin_reading() as work:
        page = find_page(work, token)
    form = Form()
    if form.validate_on_submit():
        try:
            with begin_work(DelegateActor(page.delegate_id)) as work:
                verdict = join_online(work, str(form.form_key.data or uuid4()))
        except WrongState:
            flash(str(NOT_JOINED), "error")
        else:
            if verdict is not None and verdict.verdict == "refused":
                flash(str(REFUSED.get(verdict.reason or "", NOT_JOINED)), "error")
    return redirect(url_for("invitation.show", token=token), 303)


@pages.post("/d/<token>/heartbeat")
@_keep_from_trying
@limiter.limit(_heartbeat_limit, key_func=asked_link)
def heartbeat(token: str) -> ResponseReturnValue:
    """Hear that the page is open; answer what it should show, if that is not what it shows (`known`)."""
    with begin_reading() as work:
        page = find_page(work, token)
        is_due = page.is_due(work.now)
    if is_due and (page.heard_at is not None or page.stage in (*JOINED, *JOINABLE)):
        with begin_work(DelegateActor(page.delegate_id)) as work:
            hear_page(work)
    if page.heard_at is not None and request.form.get("known") == page.key:
        return {"key": page.key}
    with begin_reading() as work:
        invitation = find_invitation(work, token)
    panel = render_template(
        "invitation/_online.html",
        conference=invitation.conference,
        invitation=invitation,
        zone=ZoneInfo(invitation.conference.timezone),
        **online_values(token, invitation),
    )
    return {"key": invitation.stage_key, "panel": panel}


# Only whoever has the link knows this address; a page may stay open longer than the cookie that a token would rest on.
csrf.exempt(heartbeat)
