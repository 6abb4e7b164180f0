"""What desks have handed over that may not act any more: organisers let each act count or not."""

from dataclasses import dataclass
from uuid import uuid4

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_babel.speaklater import LazyString

from confsvc.boundary import begin_reading
from confsvc.domain.access import organised_conference
from confsvc.domain.handed_over import (
    MOST_AT_ONCE,
    Decided,
    HandedLine,
    accept_handed_over,
    accept_waiting,
    list_handed_over,
    reject_handed_over,
    reject_waiting,
    waiting_now,
)
from confsvc.domain.work import Work
from confsvc.models import HandedOver
from confsvc.schemas.acts import parse_act
from confsvc.web.asked import asked_page, asked_text, row_id
from confsvc.web.messages import REFUSALS
from confsvc.web.presses import press

pages = Blueprint("handed_over", __name__, url_prefix="/conferences/<int:conference_id>/desks/handed-over")
ACTS: dict[str, LazyString] = {
    "check_in": _l("Check-in"),
    "undo_check_in": _l("Check-in was a mistake"),
    "leave": _l("Has left"),
    "undo_leave": _l("Leave was a mistake"),
    "substitute": _l("Substitute"),
    "withdraw_substitute": _l("Substitute was a mistake"),
    "walk_in": _l("Walk-in delegate"),
    "count_heads": _l("Heads counted"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A line of the page: what was done, about whom, what there is to say besides, and what has come of it (None: it waits)."""

    handed: HandedOver
    what: LazyString
    whom: str
    notes: list[str]
    outcome: tuple[LazyString, str] | None
    why: LazyString | None


@pages.get("")
def index(conference_id: int) -> ResponseReturnValue:
    """What waits, or what was decided about."""
    decided, query = request.args.get("show") == "decided", asked_text()
    with begin_reading() as work:
        conference = organised_conference(work, conference_id)
        page = list_handed_over(work, conference_id, decided=decided, query=query, page=asked_page())
        waiting, newest = waiting_now(work, conference_id)
    return render_template(
        "handed_over/index.html",
        conference=conference,
        page=page,
        shown=[_shown(line) for line in page.items],
        query=query,
        decided=decided,
        waiting=waiting,
        at_once=min(waiting, MOST_AT_ONCE),
        up_to=newest,
        new_key=uuid4,
    )


@pages.post("/<int:handed_id>/<any(accept, reject):step>")
def decide(conference_id: int, handed_id: int, step: str) -> ResponseReturnValue:
    """Let one act count or not."""
    here = url_for("handed_over.index", conference_id=conference_id)

    def carry_out(work: Work) -> str:
        if step == "accept":
            if accept_handed_over(work, conference_id, handed_id, parse_act):
                flash(_("It counts now, as if the desk had told it itself."), "success")
            else:
                flash(_("It cannot be recorded, because something in it cannot be read or is not allowed."), "error")
        else:
            reject_handed_over(work, conference_id, handed_id)
            flash(_("It does not count."), "success")
        return here

    return press(carry_out, here)


@pages.post("/<any(accept, reject):step>")
def decide_all(conference_id: int, step: str) -> ResponseReturnValue:
    """Let everything count that waited when the page was shown, or nothing of it."""
    here = url_for("handed_over.index", conference_id=conference_id)

    def carry_out(work: Work) -> str:
        up_to = row_id(request.form.get("up_to", ""))
        if step == "accept":
            _tell(accept_waiting(work, conference_id, up_to, parse_act), accepted=True)
        else:
            _tell(reject_waiting(work, conference_id, up_to), accepted=False)
        return here

    return press(carry_out, here)


def _tell(decided: Decided, *, accepted: bool) -> None:
    if accepted:
        flash(ngettext("%(num)s entry counts now.", "%(num)s entries count now.", decided.number), "success")
    else:
        flash(ngettext("%(num)s entry does not count.", "%(num)s entries do not count.", decided.number), "success")
    if decided.failed:
        told = ngettext(
            "%(num)s entry cannot be recorded, because something in it cannot be read or is not allowed.",
            "%(num)s entries cannot be recorded, because something in them cannot be read or is not allowed.",
            decided.failed,
        )
        flash(told, "error")
    if decided.waiting:
        flash(ngettext("%(num)s entry still waits.", "%(num)s entries still wait.", decided.waiting), "warning")


def _shown(line: HandedLine) -> Shown:
    handed, event = line.handed, line.event
    refusal = REFUSALS[event.refusal] if event and event.refusal in REFUSALS else None
    return Shown(handed, ACTS[handed.act], _whom(handed), _notes(handed), _outcome(line), refusal)


def _whom(handed: HandedOver) -> str:
    if handed.act == "count_heads":
        return str(_("The whole hall"))
    return handed.subject or str(_("Unknown code"))


def _notes(handed: HandedOver) -> list[str]:
    """What the act says besides the person."""
    told = handed.payload
    notes: list[str] = []
    if handed.act == "substitute":
        notes.append(_("%(name)s comes in this person's place.", name=", ".join(part for part in (told["name"], told["position"]) if part)))
    if handed.act == "walk_in":
        notes.append(", ".join(part for part in (told["position"], told["unit"]) if part))
    if handed.act == "count_heads":
        notes.append(ngettext("%(num)s person counted by eye", "%(num)s people counted by eye", told["count"]))
    return [*notes, *([told["reason"]] if told.get("reason") else [])]


def _outcome(line: HandedLine) -> tuple[LazyString, str] | None:
    if line.handed.decision is None:
        return None
    if line.handed.decision == "rejected":
        return _l("Does not count"), ""
    if line.event is None:
        return _l("Could not be recorded"), "bad"
    return (_l("Refused"), "bad") if line.event.verdict == "refused" else (_l("Counts"), "good")
