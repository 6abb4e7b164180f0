"""Calendars that are out of date: who is to be told what, in words, and the one press that tells them."""

from dataclasses import dataclass, replace
from uuid import uuid4

from flask import Blueprint, flash, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from confsvc.boundary import begin_reading
from confsvc.domain.calendar_watch import Telling, read_updates, send_updates
from confsvc.domain.letters import about_person
from confsvc.domain.lists import Page
from confsvc.domain.work import Work
from confsvc.models import Conference
from confsvc.schemas.letter_parts import Changed, changed
from confsvc.schemas.letter_words import words_in
from confsvc.web.addresses import server_root
from confsvc.web.asked import asked_page
from confsvc.web.presses import press
from confsvc.web.template_tools import number

pages = Blueprint("calendar_updates", __name__, url_prefix="/conferences/<int:conference_id>/calendars")
# So many are named on the overview, and counted there in conferences with no more people than this: beyond it the page itself says it.
NAMED_ON_OVERVIEW, COUNTED_ON_OVERVIEW = 3, 2_000
ENTRIES_A_PAGE = 200


@dataclass(frozen=True, slots=True)
class Update:
    """Calendars that are out of date alike, and in words what has changed for them."""

    tellings: list[Telling]
    changes: tuple[Changed, ...]


@pages.get("")
def show(conference_id: int) -> ResponseReturnValue:
    with begin_reading() as work:
        conference, updates = updates_in_words(work, conference_id, page=asked_page())
    return render_template("calendar_updates/show.html", conference=conference, updates=updates, new_key=uuid4)


@pages.post("")
def send(conference_id: int) -> ResponseReturnValue:
    """Put what is to be told into the outbox; the same opening of the page once."""
    back = url_for("calendar_updates.show", conference_id=conference_id)

    def go(work: Work) -> str:
        sent = send_updates(work, conference_id, web_address=server_root())
        if sent:
            words = ngettext("%(num)s message was put into the outbox.", "%(num)s messages were put into the outbox.", sent)
            flash(words.replace(str(sent), number(sent), 1), "success")
        else:
            flash(_("All calendars are up to date already: nothing was sent."), "success")
        return back

    return press(go, back)


def updates_on_overview(work: Work, conference: Conference, *, people: int) -> Page[Update] | None:
    """The first few, where something is marked as changed; None in a conference of too many people to compare for it."""
    if conference.calendar_stale_at is None:
        return Page([], 0, 1)
    if people > COUNTED_ON_OVERVIEW:
        return None
    found = updates_in_words(work, conference.id)[1]
    return replace(found, items=found.items[:NAMED_ON_OVERVIEW])


def updates_in_words(work: Work, conference_id: int, *, page: int = 1) -> tuple[Conference, Page[Update]]:
    """One page of the calendars that are out of date, those together for which the same has changed; raises NotFound.

    The figures of the page count calendar entries.
    """
    conference, found = read_updates(work, conference_id, page=page, size=ENTRIES_A_PAGE)
    words = words_in(str(get_locale()))
    groups: dict[tuple[str, str, tuple[Changed, ...]], list[Telling]] = {}
    for telling in found.items:
        matter = about_person(conference, telling.content, telling.to_name, kind="update", changes=telling.changes)
        groups.setdefault((telling.kind, telling.content.title, tuple(changed(matter, words))), []).append(telling)
    items = [Update(tellings, changes) for (_kind, _title, changes), tellings in groups.items()]
    return conference, Page(items, found.total, found.number, found.size)
