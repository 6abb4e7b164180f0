"""The page on which something on the agenda takes longer or begins at another time: first what follows from it, then all of it at once."""

from collections import Counter
from dataclasses import dataclass

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext

from confsvc.boundary import begin_reading, begin_work
from confsvc.domain.access import real_conference
from confsvc.domain.agenda import read_agenda
from confsvc.domain.agenda_ripple import Ripple, ripple_agenda
from confsvc.domain.agenda_ripple_rules import RippleEntry
from confsvc.domain.calendar_differences import Difference, find_differences
from confsvc.domain.calendar_holding import WHOLE, Ground
from confsvc.domain.errors import Invalid, NotFound, WrongState
from confsvc.domain.planning import SETTLED_STATES
from confsvc.domain.work import Work
from confsvc.web.agenda import warning_words
from confsvc.web.agenda_ripple_form import RippleForm
from confsvc.web.forms import carry_out

pages = Blueprint("agenda_ripple", __name__, url_prefix="/conferences/<int:conference_id>/agenda")
# So many recipients are named; of the others the page says how many they are.
NAMED_MOST = 50


@dataclass(frozen=True)
class Preview:
    """What would happen, and what recipients would be told of it: the title of an entry → how many, and who."""

    ripple: Ripple
    conflicts: list[str]
    entries: dict[str, int]
    recipients: list[str]
    unnamed: int


class _ThrownAwayError(Exception):
    """Ends the unit of a preview."""


@pages.route("/items/<int:item_id>/shift", methods=["GET", "POST"])
def item(conference_id: int, item_id: int) -> ResponseReturnValue:
    return _page(conference_id, item_id=item_id)


@pages.route("/sessions/<int:session_id>/shift", methods=["GET", "POST"])
def session(conference_id: int, session_id: int) -> ResponseReturnValue:
    return _page(conference_id, session_id=session_id)


def _page(conference_id: int, *, item_id: int | None = None, session_id: int | None = None) -> ResponseReturnValue:
    with begin_reading() as work:
        conference = real_conference(work, conference_id)
        if conference.state in SETTLED_STATES:
            raise WrongState(state=conference.state, step="change_plan")
        agenda = read_agenda(work, conference_id)
    planned = next((planned for planned in agenda if session_id == planned.session.id or item_id in [timed.item.id for timed in planned.items]), None)
    if planned is None:
        raise NotFound(kind="agenda_item" if item_id is not None else "agenda_session")
    timed = next((timed for timed in planned.items if timed.item.id == item_id), None)
    starts_at = timed.starts_at if timed else planned.session.starts_at
    form = RippleForm() if request.method == "POST" else RippleForm.beginning(starts_at, conference.timezone)
    preview, changed_since = None, False
    if form.validate_on_submit():

        def entry() -> RippleEntry:
            return form.entry(conference.timezone, item_id=item_id, session_id=session_id)

        def shift(work: Work) -> str:
            ripple = ripple_agenda(work, conference_id, entry(), mark=form.mark.data or "")
            moved = sum(not shift.holds for session in ripple.shifts for shift in session.items)
            flash(
                ngettext("The agenda was changed; %(num)s item has another time.", "The agenda was changed; %(num)s items have another time.", moved), "success"
            )
            return url_for("agenda.show", conference_id=conference_id, _anchor=f"item-{item_id}" if item_id else f"session-{session_id}")

        if "confirm" in request.form:
            changed_since = form.seen.data != form.typed
            done = None if changed_since else carry_out(form, shift)
            if done:
                return done
        try:
            preview = None if form.errors else _preview(conference_id, entry())
        except Invalid as error:
            form.put(error)
    if preview:
        form.mark.data, form.seen.data = preview.ripple.mark, form.typed
    shown = {"conference": conference, "planned": planned, "timed": timed, "form": form, "preview": preview, "changed_since": changed_since}
    return render_template("agenda/ripple.html", **shown, several=len(agenda) > 1), form.status


def _preview(conference_id: int, entry: RippleEntry) -> Preview:
    """The real thing, in a unit that is thrown away: a reading unit would have to wait for SQLite's lock without its turn."""
    try:
        with begin_work() as work:
            ripple = ripple_agenda(work, conference_id, entry)
            ground, found, _told = find_differences(work, conference_id)
            # What is let go of keeps the values that the rollback takes from everything else.
            work.session.expunge_all()
            raise _ThrownAwayError
    except _ThrownAwayError:
        zone = ripple.conference.timezone
        conflicts = [warning_words(warning, zone) for warning in ripple.conflicts]
        return Preview(ripple, conflicts, *_outdated(ground, [one for one in found if one.kind == "update"]))


def _outdated(ground: Ground | None, updates: list[Difference]) -> tuple[dict[str, int], list[str], int]:
    """How many entries of which title would be updated, the names of the first who hold them, and how many others do."""
    titles = {WHOLE: ground.conference.title, **{ground.scope_of(planned): planned.session.title for planned in ground.agenda}} if ground else {}
    names = list(dict.fromkeys(one.to_name or one.to_address for one in updates))
    return dict(Counter(titles[one.scope] for one in updates)), names[:NAMED_MOST], max(0, len(names) - NAMED_MOST)
