"""Calendars that follow by themselves: the feeds of links, and the pages on which links are made, copied and revoked."""

from uuid import uuid4

from flask import Blueprint, Response, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from confsvc.boundary import begin_reading, begin_work, runtime
from confsvc.domain.access import real_conference
from confsvc.domain.calendar import Origin, build_feed, serialize_calendar
from confsvc.domain.calendar_entries import Entry
from confsvc.domain.errors import NotFound
from confsvc.domain.feeds import hand_out_feed, host_feed, list_feeds, make_feed, make_host_feed, open_feed, revoke_feed, revoke_host_feed
from confsvc.domain.unit_rules import known_unit
from confsvc.domain.work import Anonymous, Work
from confsvc.extensions import limiter
from confsvc.schemas.calendar_words import calendar_words
from confsvc.schemas.letter_words import words_in
from confsvc.web.addresses import absolute_url
from confsvc.web.asked import row_id
from confsvc.web.online import keep_private, say_unknown
from confsvc.web.presses import press
from confsvc.web.rate_limits import asked_link, is_unknown, link_limit

pages = Blueprint("feeds", __name__)
public_pages = Blueprint("feed", __name__)
public_pages.after_request(keep_private)
public_pages.register_error_handler(NotFound, say_unknown)
ONE_LINK_LIMIT = "120 per minute"
EMPTY_TYPE = "text/calendar; charset=utf-8"
FEED_TYPE = f"{EMPTY_TYPE}; method=PUBLISH"


@public_pages.before_request
@limiter.limit(link_limit, deduct_when=is_unknown)
@limiter.limit(ONE_LINK_LIMIT, key_func=asked_link)
def keep_pace() -> None:
    """Tokens cannot be tried out, and no link keeps the server busy."""


@public_pages.get("/f/<token>.ics")
def show(token: str) -> ResponseReturnValue:
    """The calendar of a link: 304 while nothing has changed."""
    with begin_reading(Anonymous()) as work:
        _, calendar, entries = open_feed(work, token)
    if entries is None:
        with begin_work(Anonymous()) as work:
            calendar, entries = hand_out_feed(work, token)
    return feed_response(calendar.name, calendar.zone, entries)


def feed_response(name: str, zone: str, entries: list[Entry], *, personal_link: str = "") -> Response:
    """A feed that says when it has changed."""
    words, origin = calendar_words(words_in(str(get_locale()))), Origin(personal_link, runtime().settings.mail_from)
    response = make_response(serialize_calendar(build_feed(entries, words, origin, name, zone)))
    response.headers["Content-Type"] = FEED_TYPE if entries else EMPTY_TYPE
    response.headers["Cache-Control"] = "private, max-age=0, must-revalidate"
    response.add_etag()
    response.make_conditional(request)
    return response


@pages.get("/conferences/<int:conference_id>/calendar-links")
def index(conference_id: int) -> ResponseReturnValue:
    with begin_reading() as work:
        conference = real_conference(work, conference_id)
        links, free = list_feeds(work, conference_id)
    urls = {link.feed.id: absolute_url("feed.show", token=link.token) for link in links}
    return render_template("feeds/index.html", conference=conference, links=links, free=free, urls=urls, new_key=uuid4)


@pages.post("/conferences/<int:conference_id>/calendar-links")
def make(conference_id: int) -> ResponseReturnValue:
    kind, _colon, typed = request.form.get("place", "").partition(":")
    back = url_for("feeds.index", conference_id=conference_id)

    def go(work: Work) -> str:
        link = make_feed(work, conference_id, kind, row_id(typed))
        flash(_("The link is ready to be copied."), "success")
        return f"{back}#link-{link.feed.id}"

    return press(go, back)


@pages.post("/conferences/<int:conference_id>/calendar-links/<int:feed_id>/revoke")
def revoke(conference_id: int, feed_id: int) -> ResponseReturnValue:
    back = url_for("feeds.index", conference_id=conference_id)

    def go(work: Work) -> str:
        revoke_feed(work, conference_id, feed_id)
        flash(_("The link opens nothing any more."), "success")
        return back

    return press(go, back)


@pages.get("/units/<int:unit_id>/calendar-link")
def host(unit_id: int) -> ResponseReturnValue:
    with begin_reading() as work:
        link, unit = host_feed(work, unit_id), known_unit(work, unit_id)
    url = absolute_url("feed.show", token=link.token) if link else ""
    return render_template("feeds/host.html", unit=unit, link=link, url=url, new_key=uuid4)


@pages.post("/units/<int:unit_id>/calendar-link")
def make_host(unit_id: int) -> ResponseReturnValue:
    back = url_for("feeds.host", unit_id=unit_id)

    def go(work: Work) -> str:
        make_host_feed(work, unit_id)
        flash(_("The link is ready to be copied."), "success")
        return back

    return press(go, back)


@pages.post("/units/<int:unit_id>/calendar-link/revoke")
def revoke_host(unit_id: int) -> ResponseReturnValue:
    back = url_for("feeds.host", unit_id=unit_id)

    def go(work: Work) -> str:
        revoke_host_feed(work, unit_id)
        flash(_("The link opens nothing any more."), "success")
        return back

    return press(go, back)
