"""The pages of the live board: the organisers' own and the public one, which shows counts only."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from confsvc.boundary import begin_reading
from confsvc.domain.access import organised_conference
from confsvc.domain.board import board_token, public_board, renew_board_link, revoke_board_link
from confsvc.domain.work import Anonymous, Work
from confsvc.extensions import limiter
from confsvc.web.addresses import absolute_url
from confsvc.web.forms import Form, carry_out
from confsvc.web.rate_limits import link_limit

pages = Blueprint("board", __name__, url_prefix="/conferences/<int:conference_id>/board")
public_pages = Blueprint("public_board", __name__)


@pages.get("")
def show(conference_id: int) -> ResponseReturnValue:
    """The board with who is missing, and the public link if there is one."""
    with begin_reading() as work:
        conference = organised_conference(work, conference_id)
        token = board_token(work, conference)
    public_url = absolute_url("public_board.show", token=token) if token else None
    return render_template("board/board.html", conference=conference, public_url=public_url)


@pages.post("/link")
def renew_link(conference_id: int) -> ResponseReturnValue:
    """Make a public link; one that was there before dies."""

    def renew(work: Work) -> str:
        renew_board_link(work, conference_id)
        flash(_("The public board has a new link."), "success")
        return url_for("board.show", conference_id=conference_id)

    return carry_out(Form(), renew) or redirect(url_for("board.show", conference_id=conference_id), 303)


@pages.post("/link/revoke")
def revoke_link(conference_id: int) -> ResponseReturnValue:
    """Let the public link die."""

    def end(work: Work) -> str:
        revoke_board_link(work, conference_id)
        flash(_("The public link does not work any more."), "success")
        return url_for("board.show", conference_id=conference_id)

    return carry_out(Form(), end) or redirect(url_for("board.show", conference_id=conference_id), 303)


@public_pages.get("/b/<token>", endpoint="show")
@limiter.limit(link_limit)
def show_public(token: str) -> ResponseReturnValue:
    """The board for whoever has the link: counts, no names."""
    with begin_reading(Anonymous()) as work:
        conference = public_board(work, token)
    return render_template("board/public.html", conference=conference, token=token)
