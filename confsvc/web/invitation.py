"""The delegate's page, reached by a personal link without an account, and what a scanned pass says to a stranger."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length

from confsvc.boundary import begin_reading, begin_work, runtime
from confsvc.domain.calendar import Origin, build_calendar, serialize_calendar
from confsvc.domain.calendar_entries import Entry, hand_out_entries, read_entries
from confsvc.domain.errors import Invalid, NotFound, WrongState
from confsvc.domain.invitations import Invitation, find_invitation, read_pass
from confsvc.domain.online import hear_page
from confsvc.domain.online_stages import JOINED
from confsvc.domain.qr import qr_png, qr_svg
from confsvc.domain.replies import ANSWERABLE, ANSWERING, BY_CALENDAR, REASON_MAX_CHARACTERS, answer_invitation
from confsvc.domain.text import clean
from confsvc.domain.work import DelegateActor
from confsvc.extensions import limiter
from confsvc.models import Conference
from confsvc.schemas.calendar_words import calendar_words
from confsvc.schemas.letter_words import words_in
from confsvc.web.addresses import absolute_url, capital_url
from confsvc.web.downloads import attach
from confsvc.web.feeds import FEED_TYPE, feed_response
from confsvc.web.forms import TOO_LONG, Form, Lines
from confsvc.web.online import keep_private, online_values, say_unknown
from confsvc.web.rate_limits import asked_link, is_unknown, link_limit

pages = Blueprint("invitation", __name__)
pages.after_request(keep_private)
pages.register_error_handler(NotFound, say_unknown)
ANSWERS = [SelectChoice("accepted", _l("Yes, I will attend")), SelectChoice("declined", _l("No, I cannot attend"))]
ONE_LINK_LIMIT = "120 per minute"


@pages.before_request
@limiter.limit(link_limit, deduct_when=is_unknown)
@limiter.limit(ONE_LINK_LIMIT, key_func=asked_link)
def keep_pace() -> None:
    """Tokens cannot be tried out, and no link keeps the server busy; a whole hall behind one address may open its own."""


class ReplyForm(Form):
    """Yes or no, and why not; the domain decides what is needed."""

    reply = RadioField(_l("Your answer"), choices=ANSWERS, validate_choice=False)
    reason = Lines(_l("Reason"), [Length(max=REASON_MAX_CHARACTERS, message=TOO_LONG)])


@pages.get("/d/<token>")
def show(token: str) -> ResponseReturnValue:
    """Everything a delegate needs, on one page for a phone; without scripts it is loaded again and again while somebody takes part online."""
    invitation = _open(token)
    if invitation.stage in JOINED:
        with begin_work(DelegateActor(invitation.delegate.id)) as work:
            hear_page(work)
    reason = invitation.delegate.reply_reason
    form = ReplyForm(reply=_chosen(invitation), reason="" if reason == BY_CALENDAR else reason)
    return _page(token, invitation, form)


@pages.post("/d/<token>")
def reply(token: str) -> ResponseReturnValue:
    """Take the answer; the same opening of the form counts once."""
    invitation = _open(token)
    form = ReplyForm()
    if form.validate_on_submit():
        try:
            with begin_work(DelegateActor(invitation.delegate.id)) as work:
                answer_invitation(work, reply=form.reply.data or "", reason=form.reason.data or "", client_ref=str(form.form_key.data or uuid4()))
        except Invalid as error:
            form.put(error)
        except WrongState:
            return _page(token, _open(token), form, 409)
        else:
            flash(_("Thank you, your answer was noted."), "success")
            return redirect(url_for("invitation.show", token=token), 303)
    return _page(token, invitation, form, 422)


@pages.get("/d/<token>/pass")
def print_pass(token: str) -> ResponseReturnValue:
    """The pass on one sheet, to be printed or kept as a picture."""
    invitation = _open(token)
    return _render("pass.html", invitation.conference, token=token, invitation=invitation)


@pages.get("/d/<token>/qr.svg", endpoint="qr_svg")
def show_qr_svg(token: str) -> ResponseReturnValue:
    return _picture(token, qr_svg, "image/svg+xml")


@pages.get("/d/<token>/qr.png", endpoint="qr_png")
def show_qr_png(token: str) -> ResponseReturnValue:
    return _picture(token, qr_png, "image/png")


@pages.get("/d/<token>/conference.ics")
def conference_ics(token: str) -> ResponseReturnValue:
    """The whole conference as one calendar entry."""
    return _download(token, lambda entry: entry.content.session_id is None)


@pages.get("/d/<token>/sessions/<int:session_id>.ics")
def session_ics(token: str, session_id: int) -> ResponseReturnValue:
    """One session of this conference as one calendar entry."""
    return _download(token, lambda entry: entry.content.session_id == session_id)


@pages.get("/d/<token>/feed.ics")
def feed(token: str) -> ResponseReturnValue:
    """All entries, for a calendar that looks again by itself: 304 while nothing has changed."""
    invitation, entries = _entries(token)
    conference, link = invitation.conference, _origin(invitation).personal_link
    return feed_response(clean(conference.title), conference.timezone, entries, personal_link=link)


@pages.get("/p/<token>")
@pages.get("/P/<token>", endpoint="scanned_pass")
def pass_page(token: str) -> ResponseReturnValue:
    """What any phone camera opens: the conference, nothing about the person."""
    with begin_reading() as work:
        notice = read_pass(work, token)
    return _render("pass_page.html", notice.conference, revoked=notice.revoked), 410 if notice.revoked else 200


def _open(token: str) -> Invitation:
    with begin_reading() as work:
        return find_invitation(work, token)


def _page(token: str, invitation: Invitation, form: ReplyForm, status: int = 200) -> ResponseReturnValue:
    feed_url = absolute_url("invitation.feed", token=token)
    can_answer = invitation.conference.state in ANSWERABLE and invitation.attendance.state in ANSWERING
    values = {"token": token, "invitation": invitation, "form": form, "can_answer": can_answer, "reason_max": REASON_MAX_CHARACTERS}
    values |= online_values(token, invitation)
    return _render("show.html", invitation.conference, **values, feed_url=feed_url, webcal_url="webcal" + feed_url[feed_url.index(":") :]), status


def _render(template: str, conference: Conference, **values: Any) -> str:
    return render_template(f"invitation/{template}", conference=conference, zone=ZoneInfo(conference.timezone), **values)


def _chosen(invitation: Invitation) -> str | None:
    return None if invitation.delegate.reply == "none" else invitation.delegate.reply


def _picture(token: str, draw: Callable[[str], bytes], mimetype: str) -> Response:
    invitation = _open(token)
    if not invitation.pass_token:
        raise NotFound(kind="pass")
    response = make_response(draw(capital_url("invitation.scanned_pass", token=invitation.pass_token.upper())))
    response.mimetype = mimetype
    if request.args.get("download"):
        attach(response, f"QR {invitation.delegate.full_name}", request.path.rpartition(".")[2])
    return response


def _entries(token: str) -> tuple[Invitation, list[Entry]]:
    with begin_reading() as work:
        invitation = find_invitation(work, token)
        entries = read_entries(work, invitation)
    if entries is None:
        with begin_work(DelegateActor(invitation.delegate.id)) as work:
            entries = hand_out_entries(work)
    return invitation, entries


def _download(token: str, wanted: Callable[[Entry], bool]) -> Response:
    invitation, entries = _entries(token)
    chosen = [entry for entry in entries if wanted(entry)]
    if not chosen:
        raise NotFound(kind="agenda_session")
    response = make_response(serialize_calendar(build_calendar(chosen, calendar_words(words_in(str(get_locale()))), _origin(invitation))))
    response.headers["Content-Type"] = FEED_TYPE
    attach(response, chosen[0].content.title, "ics")
    return response


def _origin(invitation: Invitation) -> Origin:
    return Origin(absolute_url("invitation.show", token=invitation.link_token), runtime().settings.mail_from)
