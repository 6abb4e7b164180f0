"""The liaison's pages, reached by the unit's link without an account: whoever holds it changes this one unit's list, and nothing else."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from confsvc.boundary import begin_reading, begin_work
from confsvc.domain.errors import LinkExpired, NotFound
from confsvc.domain.lists import Page
from confsvc.domain.registration_changes import Told, read_changes
from confsvc.domain.registration_links import find_liaison, is_opened_anew, note_opened
from confsvc.domain.registration_mail import invited_people
from confsvc.domain.work import LiaisonActor
from confsvc.extensions import limiter
from confsvc.web.online import keep_private, say_unknown
from confsvc.web.rate_limits import asked_link, is_unknown, link_limit
from confsvc.web.registration_steps import Door, attach
from confsvc.web.registration_texts import change_details, change_text

pages = Blueprint("registration", __name__, url_prefix="/r/<token>")
pages.after_request(keep_private)
pages.register_error_handler(NotFound, say_unknown)
ONE_LINK_LIMIT = "120 per minute"
# The latest changes are enough to see what a colleague did.
CHANGES_SHOWN = 10


@pages.before_request
@limiter.limit(link_limit, deduct_when=is_unknown)
@limiter.limit(ONE_LINK_LIMIT, key_func=asked_link)
def keep_pace() -> None:
    """Tokens cannot be tried out, and no link keeps the server busy."""


@pages.errorhandler(LinkExpired)
def say_expired(error: LinkExpired) -> ResponseReturnValue:
    """The link was right once: what became of it, and whom to ask."""
    return render_template("registration/expired.html", why=error.fields["why"], title=error.fields["title"]), 410


@pages.get("")
def show(token: str) -> ResponseReturnValue:
    """What is asked of the unit, and its list as it stands."""
    with begin_reading() as work:
        door = _open(token)
        found = door.read(work)
        invited = invited_people(work, found.conference.id, [person.delegate.id for person in found.people])
        changes: Page[Told] = read_changes(work, found.mandate.id)
        anew = is_opened_anew(work, found.mandate)
    if anew:
        with begin_work(LiaisonActor(found.mandate.id)) as work:
            note_opened(work, token)
    told = [(one, change_text(one), change_details(one)) for one in changes.items[:CHANGES_SHOWN] if not one.change.kind.startswith("link_")]
    return door.render("show.html", found, invited=invited, told=told)


def _open(token: str) -> Door:
    with begin_reading() as work:
        conference, mandate = find_liaison(work, token)
    return Door((conference.id, mandate.id), "registration", "registration/_liaison.html", {"token": token}, token)


attach(pages, "", _open)
