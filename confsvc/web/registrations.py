"""Who has registered and who has not, for organisers: reminding, links, and filling in for a unit that phones."""

from uuid import uuid4

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from confsvc.boundary import begin_reading, runtime
from confsvc.domain.access import organised_conference
from confsvc.domain.admissions import admit_person, count_asking, deny_person, units_asking
from confsvc.domain.choosing import SITES
from confsvc.domain.registration import person_on_list
from confsvc.domain.registration_changes import read_changes
from confsvc.domain.registration_links import make_link, organised_mandate, registration_token, revoke_link
from confsvc.domain.registration_list import REGISTRATION_SORTS, RegistrationQuery, read_registrations
from confsvc.domain.registration_mail import invited_people, make_missing_links, may_write, read_audience, send_link, write_to_units
from confsvc.domain.registration_status import STATUSES
from confsvc.domain.registration_writing import count_reminded, last_written
from confsvc.domain.text import clean
from confsvc.domain.work import Work
from confsvc.models import Mandate
from confsvc.web.addresses import absolute_url, server_root
from confsvc.web.asked import asked_choice, asked_page, asked_text
from confsvc.web.choosing import asked_one
from confsvc.web.forms import Form
from confsvc.web.messages import REFUSALS
from confsvc.web.presses import press
from confsvc.web.registration_steps import Door, attach
from confsvc.web.registration_texts import change_details, change_text, common_text, time_left, unit_text

pages = Blueprint("registrations", __name__, url_prefix="/conferences/<int:conference_id>/registrations")
FILTERS = (*STATUSES, "awaited")


@pages.get("")
def index(conference_id: int) -> ResponseReturnValue:
    with begin_reading() as work:
        sites = asked_one(work, SITES, conference_id, "site")
        status, sort = asked_choice("status", FILTERS), asked_choice("sort", REGISTRATION_SORTS, "order")
        query = RegistrationQuery(text=asked_text(), status=status, site_id=sites.id, sort=sort, page=asked_page())
        found = read_registrations(work, conference_id, query)
        writable, asking = may_write(work, found.conference), count_asking(work, conference_id)
        asking_units = units_asking(work, conference_id) if asking else []
    conference = found.conference
    deadline, now = conference.registration_deadline, runtime().clock()
    left = time_left(deadline, now, conference.timezone) if deadline else ""
    overdue = deadline is not None and now > deadline
    values = {"found": found, "query": query, "sites": sites, "writable": writable, "asking": asking, "time_left": left, "overdue": overdue}
    return render_template("registrations/index.html", conference=conference, asking_units=asking_units, **values)


@pages.get("/<any(registration, registration_reminder):purpose>")
def audience(conference_id: int, purpose: str) -> ResponseReturnValue:
    """Whom a run reaches by mail, and whom it does not: with a telephone number and a text to be sent by other means."""
    with begin_reading() as work:
        conference = organised_conference(work, conference_id)
        found = read_audience(work, conference, purpose)
        texts = {
            unit.mandate.id: unit_text(conference, unit.mandate, _link(work, unit.mandate), _missing(unit.mandate, unit.named)) for unit in found.unreached
        }
        writable = may_write(work, conference)
        lately = count_reminded(work, [unit.mandate.id for unit in found.by_mail])
    everybody = common_text(conference, [unit.mandate for unit in found.everybody])
    values = {"purpose": purpose, "found": found, "texts": texts, "common_text": everybody, "writable": writable, "new_key": uuid4}
    return render_template("registrations/audience.html", conference=conference, lately=lately, **values)


@pages.post("/<any(registration, registration_reminder):purpose>")
def write_all(conference_id: int, purpose: str) -> ResponseReturnValue:
    """Put the messages into the outbox, in one step."""
    page = url_for("registrations.audience", conference_id=conference_id, purpose=purpose)

    def send(work: Work) -> str:
        written = len(read_audience(work, organised_conference(work, conference_id), purpose).by_mail)
        write_to_units(work, conference_id, purpose, web_address=server_root())
        flash(ngettext("A message to %(num)s unit is on its way.", "Messages to %(num)s units are on their way.", written), "success")
        return url_for("registrations.index", conference_id=conference_id)

    return press(send, page)


@pages.post("/links")
def links(conference_id: int) -> ResponseReturnValue:
    """Give a link to every unit that is waited for and has none, so that it can be handed over by other means."""
    page = url_for("registrations.audience", conference_id=conference_id, purpose="registration_reminder")

    def make(work: Work) -> str:
        made = make_missing_links(work, conference_id, web_address=server_root())
        flash(ngettext("%(num)s link was made.", "%(num)s links were made.", made), "success")
        return page

    return press(make, page)


@pages.get("/<int:mandate_id>")
def show(conference_id: int, mandate_id: int) -> ResponseReturnValue:
    """The list of one unit, its link, and who changed what."""
    door = _open(conference_id, mandate_id)
    with begin_reading() as work:
        found = door.read(work)
        link, written = _link(work, found.mandate), last_written(work, [mandate_id]).get(mandate_id)
        invited = invited_people(work, conference_id, [person.delegate.id for person in found.people])
        changes = read_changes(work, mandate_id, asked_page())
        writable = may_write(work, found.conference)
    text = unit_text(found.conference, found.mandate, link, found.open_seats)
    told = [(one, change_text(one), change_details(one)) for one in changes.items]
    values = {"invited": invited, "told": told, "changes": changes, "link": link, "written": written, "text": text, "writable": writable}
    return door.render("show.html", found, new_key=uuid4, **values)


@pages.post("/<int:mandate_id>/link")
def new_link(conference_id: int, mandate_id: int) -> ResponseReturnValue:
    """A new link; an old one opens nothing from now on."""
    page = _page(conference_id, mandate_id)

    def renew(work: Work) -> str:
        make_link(work, conference_id, mandate_id, web_address=server_root())
        flash(_("There is a new link. One that was given out before does not open any more."), "success")
        return page

    return press(renew, page)


@pages.post("/<int:mandate_id>/link/revoke")
def dead_link(conference_id: int, mandate_id: int) -> ResponseReturnValue:
    page = _page(conference_id, mandate_id)

    def revoke(work: Work) -> str:
        revoke_link(work, conference_id, mandate_id)
        flash(_("The link was revoked: nobody can change the list by it any more."), "success")
        return page

    return press(revoke, page)


@pages.post("/<int:mandate_id>/link/send")
def mail_link(conference_id: int, mandate_id: int) -> ResponseReturnValue:
    page = _page(conference_id, mandate_id)

    def send(work: Work) -> str:
        send_link(work, conference_id, mandate_id, web_address=server_root())
        flash(_("The link is on its way."), "success")
        return page

    return press(send, page)


@pages.post("/<int:mandate_id>/people/<int:delegate_id>/<any(admit, deny):decision>")
def decide(conference_id: int, mandate_id: int, delegate_id: int, decision: str) -> ResponseReturnValue:
    """Agree to somebody on the list who waits, or not, with a reason."""
    form = Form()
    ref = str(form.form_key.data or uuid4())[:36]

    def carry(work: Work) -> str:
        _conference, mandate = organised_mandate(work, conference_id, mandate_id)
        delegate, _attendance = person_on_list(work, mandate, delegate_id, any_state=True)
        if decision == "admit":
            verdict = admit_person(work, conference_id, delegate_id, ref)
        else:
            verdict = deny_person(work, conference_id, delegate_id, clean(request.form.get("reason", "")), ref)
        if verdict.verdict == "refused":
            flash(_("Nothing was changed: %(why)s", why=REFUSALS[verdict.reason or "delegate_unknown"]), "error")
        elif decision == "admit":
            flash(_("You have agreed to %(name)s.", name=delegate.full_name), "success")
        else:
            flash(_("You have not agreed to %(name)s.", name=delegate.full_name), "success")
        return url_for("registrations.show", conference_id=conference_id, mandate_id=mandate_id, _anchor="list")

    return press(carry, url_for("registrations.show", conference_id=conference_id, mandate_id=mandate_id, _anchor="list"), form)


def _open(conference_id: int, mandate_id: int) -> Door:
    place = {"conference_id": conference_id, "mandate_id": mandate_id}
    return Door((conference_id, mandate_id), "registrations", "registration/_organiser.html", place)


def _page(conference_id: int, mandate_id: int) -> str:
    return url_for("registrations.show", conference_id=conference_id, mandate_id=mandate_id, _anchor="link")


def _link(work: Work, mandate: Mandate) -> str:
    token = registration_token(work, mandate)
    return absolute_url("registration.show", token=token) if token else ""


def _missing(mandate: Mandate, named: int) -> int:
    return max(0, mandate.seats - named - mandate.declined_seats)


attach(pages, "/<int:mandate_id>", _open)
