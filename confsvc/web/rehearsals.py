"""The page of a conference's rehearsal: it begins, fills up, begins anew and ends here."""

from dataclasses import asdict
from uuid import uuid4

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from confsvc.boundary import begin_reading, begin_work
from confsvc.domain.access import real_conference
from confsvc.domain.figures import read_total
from confsvc.domain.rehearsal_arrivals import MOST_AT_ONCE, count_arrivals, let_arrive
from confsvc.domain.rehearsals import find_rehearsal, start_rehearsal, take_lists_anew, wipe_rehearsal
from confsvc.domain.work import Work
from confsvc.web.presses import press

pages = Blueprint("rehearsals", __name__, url_prefix="/conferences/<int:conference_id>/rehearsal")

# One press without a script lets so many people arrive.
PEOPLE_A_PRESS = 25


@pages.get("")
def show(conference_id: int) -> ResponseReturnValue:
    with begin_reading() as work:
        conference = real_conference(work, conference_id)
        rehearsal = find_rehearsal(work, conference_id)
        figures = read_total(work, rehearsal.id)[1] if rehearsal else None
        arrivals = count_arrivals(work, rehearsal) if rehearsal else None
    return render_template(
        "rehearsals/show.html",
        conference=conference,
        rehearsal=rehearsal,
        figures=figures,
        arrivals=arrivals,
        people=PEOPLE_A_PRESS,
        most=MOST_AT_ONCE,
        new_key=uuid4,
    )


@pages.post("/start")
def start(conference_id: int) -> ResponseReturnValue:
    def begin(work: Work) -> str:
        start_rehearsal(work, conference_id)
        flash(_("The rehearsal has begun. Pair its desks with links of its own."), "success")
        return _url(conference_id)

    return press(begin, _url(conference_id))


@pages.post("/lists")
def renew(conference_id: int) -> ResponseReturnValue:
    """Wipe the rehearsal and begin another one."""

    def begin(work: Work) -> str:
        take_lists_anew(work, conference_id)
        flash(_("A new rehearsal has begun with the lists as they stand now. Its desks have to be paired again."), "success")
        return _url(conference_id)

    return press(begin, _url(conference_id))


@pages.post("/wipe")
def wipe(conference_id: int) -> ResponseReturnValue:
    def end(work: Work) -> str:
        wipe_rehearsal(work, conference_id)
        flash(_("The rehearsal was wiped: nothing of it is left."), "success")
        return _url(conference_id)

    return press(end, _url(conference_id))


@pages.post("/arrivals")
def arrive(conference_id: int) -> ResponseReturnValue:
    """Let some people arrive: at once for a press, again and again for the page's script, which asks for JSON."""
    people = request.form.get("people", 0, type=int)
    if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        with begin_work() as work:
            return asdict(let_arrive(work, conference_id, people))

    def go(work: Work) -> str:
        came = let_arrive(work, conference_id, people).arrived
        flash(ngettext("%(num)s person has arrived.", "%(num)s people have arrived.", came), "success")
        return _url(conference_id)

    return press(go, _url(conference_id))


def _url(conference_id: int) -> str:
    return url_for("rehearsals.show", conference_id=conference_id)
