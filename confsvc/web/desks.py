"""Organisers and the desks of their conference: pair, rename, revoke."""

from dataclasses import dataclass

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.validators import InputRequired, Length

from confsvc.boundary import begin_reading, runtime
from confsvc.domain.access import organised_conference
from confsvc.domain.desks import NAME_MAX_CHARACTERS, list_desks, organised_desk, rename_desk, revoke_desk
from confsvc.domain.handing_over import count_waiting
from confsvc.domain.pairings import PairingView, create_pairing, desk_of_pairing, organised_pairing, pairing_token, revoke_pairing
from confsvc.domain.qr import qr_svg
from confsvc.domain.text import clean
from confsvc.domain.work import Work
from confsvc.models import Desk, HandedOver
from confsvc.web.addresses import absolute_url
from confsvc.web.forms import REQUIRED, TOO_LONG, Form, Text, carry_out
from confsvc.web.presses import press

pages = Blueprint("desks", __name__, url_prefix="/conferences/<int:conference_id>")
QUERY_MAX_CHARACTERS = 100


class DeskForm(Form):
    name = Text(_l("Name of this desk"), [InputRequired(REQUIRED), Length(max=NAME_MAX_CHARACTERS, message=TOO_LONG)])


@dataclass(frozen=True)
class PairingPage:
    """A pairing link as its page shows it: `state` is open, used, revoked or expired."""

    view: PairingView
    url: str
    state: str
    desk: Desk | None


@pages.get("/desks")
def index(conference_id: int) -> ResponseReturnValue:
    """The sites, each with its desks: who is connected, who may still be paired."""
    query = clean(request.args.get("q", ""))[:QUERY_MAX_CHARACTERS]
    with begin_reading() as work:
        conference = organised_conference(work, conference_id)
        page = list_desks(work, conference_id, query, request.args.get("page", 1, type=int))
        waiting = count_waiting(work, HandedOver.conference_id == conference_id)
    connected = runtime().connected_desks()
    return render_template("desks/index.html", conference=conference, page=page, query=query, connected=connected, waiting=waiting)


@pages.post("/sites/<int:site_id>/pairings")
def pair(conference_id: int, site_id: int) -> ResponseReturnValue:
    """Make a pairing link for one device and show it."""

    def make(work: Work) -> str:
        pairing, _token = create_pairing(work, conference_id, site_id, minutes=runtime().settings.pairing_minutes)
        return url_for("desks.pairing", conference_id=conference_id, pairing_id=pairing.id)

    return press(make, url_for("desks.index", conference_id=conference_id))


@pages.get("/pairings/<int:pairing_id>")
def pairing(conference_id: int, pairing_id: int) -> ResponseReturnValue:
    """The link and its QR code, until it is used, revoked or expired."""
    page = _pairing_page(conference_id, pairing_id)
    return render_template("desks/pairing.html", conference=page.view.conference, page=page)


@pages.get("/pairings/<int:pairing_id>/qr.svg")
def pairing_qr(conference_id: int, pairing_id: int) -> ResponseReturnValue:
    """The QR code of the link."""
    return Response(qr_svg(_pairing_page(conference_id, pairing_id).url), mimetype="image/svg+xml")


@pages.post("/pairings/<int:pairing_id>/revoke")
def revoke_link(conference_id: int, pairing_id: int) -> ResponseReturnValue:
    """Make the link useless."""

    def revoke(work: Work) -> str:
        revoke_pairing(work, conference_id, pairing_id)
        flash(_("The pairing link does not work any more."), "success")
        return url_for("desks.index", conference_id=conference_id)

    return carry_out(Form(), revoke) or redirect(url_for("desks.index", conference_id=conference_id), 303)


@pages.route("/desks/<int:desk_id>", methods=["GET", "POST"])
def rename(conference_id: int, desk_id: int) -> ResponseReturnValue:
    """Give the desk another name."""
    with begin_reading() as work:
        conference = organised_conference(work, conference_id)
        desk = organised_desk(work, conference_id, desk_id)
    form = DeskForm(name=desk.name)
    if form.validate_on_submit():

        def change(work: Work) -> str:
            rename_desk(work, conference_id, desk_id, form.name.data or "")
            return url_for("desks.index", conference_id=conference_id)

        if done := carry_out(form, change):
            return done
    return render_template("desks/rename.html", conference=conference, desk=desk, form=form), form.status


@pages.post("/desks/<int:desk_id>/revoke")
def revoke(conference_id: int, desk_id: int) -> ResponseReturnValue:
    """Stop the desk at once."""

    def stop(work: Work) -> str:
        revoke_desk(work, conference_id, desk_id)
        flash(_("The desk was revoked. What it recorded stays."), "success")
        return url_for("desks.index", conference_id=conference_id)

    return carry_out(Form(), stop) or redirect(url_for("desks.index", conference_id=conference_id), 303)


def _pairing_page(conference_id: int, pairing_id: int) -> PairingPage:
    with begin_reading() as work:
        view = organised_pairing(work, conference_id, pairing_id)
        desk = desk_of_pairing(work, view.pairing)
        url = absolute_url("desk.pair", token=pairing_token(work, view.pairing))
        expired = view.pairing.expires_at <= work.now
    state = "used" if view.pairing.used_at else "revoked" if view.pairing.revoked_at else "expired" if expired else "open"
    return PairingPage(view, url, state, desk)
