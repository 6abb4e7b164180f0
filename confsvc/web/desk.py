"""The desk's own pages: a pairing link makes this browser a desk, which needs no account."""

from flask import Blueprint, current_app, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms.validators import InputRequired, Length

from confsvc.boundary import begin_reading, begin_work, runtime
from confsvc.domain.desks import NAME_MAX_CHARACTERS, DeskView, find_desk, leave_desk
from confsvc.domain.errors import Invalid, LinkExpired
from confsvc.domain.handing_over import HANDOVER_DAYS
from confsvc.domain.pairings import open_pairing
from confsvc.domain.tokens import hash_token
from confsvc.domain.work import Anonymous, DeskActor
from confsvc.extensions import csrf, limiter
from confsvc.schemas.desk_cookie import DESK_COOKIE
from confsvc.schemas.json_values import present_moment
from confsvc.web.desk_app import mark_page
from confsvc.web.desk_json import become_desk, pair_program, sends_json, take_acts
from confsvc.web.forms import REQUIRED, TOO_LONG, Form, Text
from confsvc.web.rate_limits import link_limit

pages = Blueprint("desk", __name__)
ONE_DAY_SECONDS = 24 * 3600


class PairForm(Form):
    name = Text(_l("Name of this desk"), [InputRequired(REQUIRED), Length(max=NAME_MAX_CHARACTERS, message=TOO_LONG)])


def _pairing_limit() -> str:
    return runtime().settings.pairing_limit


@pages.route("/pair/<token>", methods=["GET", "POST"])
@csrf.exempt  # type: ignore[untyped-decorator]  # published without type information
@limiter.limit(_pairing_limit, deduct_when=lambda response: response.status_code >= 400)
def pair(token: str) -> ResponseReturnValue:
    """Say which site the link is for and, at the press of the button, make this browser its desk; looking at it uses nothing up."""
    current = paired_desk()
    if request.method == "POST" and sends_json():
        answer, status, cookie = pair_program(token, current)
        response = jsonify(answer)
        response.status_code = status
        return _with_cookie(response, cookie) if cookie else response
    if current_app.config["WTF_CSRF_ENABLED"]:
        csrf.protect()
    try:
        with begin_reading(Anonymous()) as work:
            view = open_pairing(work, token)
    except LinkExpired:
        # The second press of one button, or the link opened again on the device it has paired.
        if current and current.pairing_hash == hash_token(token):
            return redirect(url_for("desk.show"), 303)
        raise
    form = PairForm()
    if form.validate_on_submit():
        try:
            cookie = become_desk(token, form.name.data or "", current)
        except Invalid as error:
            form.put(error)
        else:
            return _with_cookie(redirect(url_for("desk.show"), 303), cookie)
    return render_template("desk/pair.html", form=form, conference=view.conference, site=view.site, current=current), form.status


@pages.get("/desk")
def show() -> ResponseReturnValue:
    """The desk at work, or a page that says how a device becomes one."""
    with begin_reading(Anonymous()) as work:
        current, served = find_desk(work, request.cookies.get(DESK_COOKIE, "")), work.now
    if current is None:
        return mark_page(make_response(render_template("desk/unpaired.html"), 403), None)
    texts = {"desk": current.desk, "conference": current.conference, "site": current.site, "served": present_moment(served)}
    return mark_page(make_response(render_template("desk/desk.html", **texts)), current.desk.uid)


@pages.post("/desk/leave")
# The page may come out of a cache that is older than the session; other origins cannot send the desk's cookie, which is SameSite=Strict.
@csrf.exempt  # type: ignore[untyped-decorator]  # published without type information
def leave() -> ResponseReturnValue:
    """Let this browser be a desk no longer; its dead cookie stays, so that what it has not sent can still be handed over."""
    current = paired_desk()
    if current:
        with begin_work(DeskActor(current.desk.id)) as work:
            leave_desk(work)
    return redirect(url_for("desk.show"), 303)


@pages.post("/desk/handover")
@csrf.exempt  # type: ignore[untyped-decorator]  # published without type information
@limiter.limit(link_limit, key_func=lambda: f"handover {hash_token(request.cookies.get(DESK_COOKIE, ''))}")
@limiter.limit(link_limit, deduct_when=lambda response: response.status_code >= 400)
def hand_over() -> ResponseReturnValue:
    """Keep what a desk recorded that may not act any more, until an organiser lets it count or not."""
    return take_acts()


def paired_desk() -> DeskView | None:
    """The desk that this browser is, if it may still act."""
    with begin_reading(Anonymous()) as work:
        return find_desk(work, request.cookies.get(DESK_COOKIE, ""))


def _with_cookie(response: Response, token: str) -> Response:
    settings = runtime().settings
    # It outlives its desk, which may still hand over what it recorded.
    age = (settings.desk_days + HANDOVER_DAYS) * ONE_DAY_SECONDS
    response.set_cookie(DESK_COOKIE, token, max_age=age, path="/", httponly=True, samesite="Strict", secure=settings.secure_cookies)
    return response
