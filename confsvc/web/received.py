"""What came in by mail and needs a look: proposals, answers that cannot be trusted, what could not be delivered."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from confsvc.boundary import begin_reading
from confsvc.domain.access import organised_conference
from confsvc.domain.received_list import FILTERS, ReceivedLine, count_received, decline_proposal, list_received, reopen_received, settle_received
from confsvc.domain.work import Work
from confsvc.models import Conference
from confsvc.web.addresses import server_root
from confsvc.web.asked import asked_choice, asked_page, asked_text
from confsvc.web.presses import press
from confsvc.web.template_tools import clock_of_day, moment

pages = Blueprint("received", __name__, url_prefix="/conferences/<int:conference_id>/received")

ANSWERS: dict[str, LazyString] = {"ACCEPTED": _l("Accepts"), "DECLINED": _l("Declines"), "TENTATIVE": _l("Maybe"), "DELEGATED": _l("Sends somebody else")}
# What was made of it: the reasons of domain.calendar_replies and domain.received_mail.
REASONS: dict[str, LazyString] = {
    "": _l("Taken as this person's own answer."),
    "tentative": _l("“Maybe” sets no answer. Please ask."),
    "delegated": _l("Wants to be represented. Nothing was set: please enter the deputy."),
    "one_session": _l("Declines one session only. The answer for the conference stays as it was."),
    "proposal": _l("Proposes another time or place."),
    "not_possible": _l("Was not taken: this person has come already or was replaced."),
    "other_attendee": _l("Speaks for another address than the one that was invited. It cannot be trusted, and nothing was set."),
    "other_sender": _l("Was not sent from the address that was invited. It cannot be trusted, and nothing was set."),
    "address_changed": _l("Comes from an address that is no longer this person's. Nothing was set."),
    "earlier_version": _l("Answers an earlier version of the entry: something has changed since. Nothing was set."),
    "outdated": _l("This person has given a newer answer already."),
    "over": _l("The conference is over or cancelled."),
    "taken_out": _l("This entry was cancelled before."),
    "says_nothing": _l("Says neither yes nor no."),
    "automatic": _l("Was written by a machine, such as an absence notice."),
    "letter": _l("Wrote back."),
    "bounced": _l("A message could not be delivered."),
}
TITLES: dict[str, LazyString] = {"proposal": _l("Proposal"), "letter": _l("Letter"), "bounced": _l("Not delivered")}
DOUBTS = ("other_attendee", "other_sender", "address_changed")


@dataclass(frozen=True, slots=True)
class Shown:
    """A line of the page: what it is and how that looks, what was made of it, what it says, and what can be done."""

    line: ReceivedLine
    title: LazyString
    tone: str
    made: LazyString
    wished: str
    notes: list[str]
    text: str
    is_declined: bool


@pages.get("")
def index(conference_id: int) -> ResponseReturnValue:
    """What waits for a look, what was settled, or all of it."""
    show, query = asked_choice("show", FILTERS, "waiting"), asked_text()
    with begin_reading() as work:
        conference = organised_conference(work, conference_id)
        page = list_received(work, conference_id, show=show, query=query, page=asked_page())
        waiting = count_received(work, conference_id)
    shown = [present_line(line, conference) for line in page.items]
    return render_template("received/index.html", conference=conference, page=page, shown=shown, show=show, query=query, waiting=waiting, new_key=uuid4)


@pages.post("/<int:received_id>/<any(settle, reopen, decline):step>")
def act(conference_id: int, received_id: int, step: str) -> ResponseReturnValue:
    """Note that it was looked at, or take that back; or tell somebody that their proposal is not taken up."""
    here = url_for("received.index", conference_id=conference_id)

    def carry_out(work: Work) -> str:
        if step == "settle":
            settle_received(work, conference_id, received_id)
            flash(_("It is settled. It can be found among the settled ones."), "success")
        elif step == "reopen":
            reopen_received(work, conference_id, received_id)
            flash(_("It is to be looked at again."), "success")
        else:
            decline_proposal(work, conference_id, received_id, web_address=server_root())
            flash(_("The proposal is declined. A message that says so goes out."), "success")
        return here

    return press(carry_out, here)


def present_line(line: ReceivedLine, conference: Conference) -> Shown:
    row, said = line.received, line.received.detail
    title = TITLES.get(row.reason) or ANSWERS.get(said.get("partstat", "")) or _l("Answer")
    tone = "bad" if row.reason in DOUBTS or row.kind == "bounce" else "warn" if row.outcome == "shown" else ""
    text = said.get("comment") or said.get("text") or said.get("why") or ""
    return Shown(
        line, title, tone, REASONS.get(row.reason, REASONS["says_nothing"]), _wished(said, conference), _notes(said), text, "declined_by_message" in said
    )


def _wished(said: dict[str, Any], conference: Conference) -> str:
    """The time and place that are proposed, in words."""
    start, end = (_moment(said.get(name), conference.timezone) for name in ("starts_at", "ends_at"))
    parts = [moment(start, conference.timezone) if start else "", said.get("place", "")]
    if start and end:
        parts[0] = _("%(start)s until %(end)s", start=parts[0], end=clock_of_day(end, conference.timezone, start))
    return "; ".join(part for part in parts if part)


def _moment(written: str | None, zone: str) -> datetime | None:
    """A moment that was kept; one without a zone is on the conference's own clock."""
    read = datetime.fromisoformat(written) if written else None
    return read.replace(tzinfo=read.tzinfo or ZoneInfo(zone)) if read else None


def _notes(said: dict[str, Any]) -> list[str]:
    notes = [
        _("About the session “%(title)s”", title=said["session"]) if said.get("session") else "",
        _("Deputy: %(address)s", address=said["delegated_to"]) if said.get("delegated_to") else "",
        _("Sent to %(address)s", address=said["address"]) if said.get("address") else "",
    ]
    return [note for note in notes if note]
