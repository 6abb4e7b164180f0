"""The delegates of a conference: listed, added, changed, put in order, removed."""

from uuid import uuid4

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from confsvc.boundary import begin_reading
from confsvc.domain.access import organised_conference
from confsvc.domain.choosing import INVITED, MANDATES, SITES, Option, Subject
from confsvc.domain.delegate_page import read_delegate_page
from confsvc.domain.delegates import (
    add_delegates,
    change_delegate,
    get_delegate,
    remove_delegate,
    renew_pass,
    renew_personal_link,
    was_told_by_mail,
)
from confsvc.domain.mandates import get_mandate
from confsvc.domain.people import PEOPLE_SORTS, STATE_FILTERS, PeopleQuery, read_people
from confsvc.domain.protocol import move_delegate
from confsvc.domain.seating import possible_doubles, read_standings
from confsvc.domain.work import Work
from confsvc.models import Delegate
from confsvc.web import labels
from confsvc.web.addresses import absolute_url
from confsvc.web.asked import asked_choice, asked_id, asked_page, asked_text, row_id
from confsvc.web.attendance_story import latest
from confsvc.web.choosing import Narrowing, asked_one
from confsvc.web.delegate_forms import DelegateForm, as_typed, flash_saved, site_of_unit
from confsvc.web.forms import carry_out
from confsvc.web.presses import page_pressed_on, press

pages = Blueprint("delegates", __name__, url_prefix="/conferences/<int:conference_id>/delegates")


@pages.get("")
def index(conference_id: int) -> ResponseReturnValue:
    with begin_reading() as work:
        conference = organised_conference(work, conference_id)
        sites = asked_one(work, SITES, conference_id, "site")
        query = asked_people(sites)
        page = read_people(work, conference_id, query)
        doubles = possible_doubles(work, [attendance.delegate for attendance in page.items])
        mandate = get_mandate(work, conference_id, query.mandate_id) if query.mandate_id else None
    movable = query.sort == "order" and not filters(query)
    return render_template(
        "delegates/index.html",
        conference=conference,
        page=page,
        query=query,
        doubles=doubles,
        sites=sites,
        mandate=mandate,
        movable=movable,
        filtered=filters(query),
        new_key=uuid4,
    )


def asked_people(sites: Narrowing) -> PeopleQuery:
    """The list of people that the address asks for, of this site."""
    return PeopleQuery(
        text=asked_text(),
        sort=asked_choice("sort", PEOPLE_SORTS, "order"),
        site_id=sites.id,
        mandate_id=asked_id("mandate"),
        reply=asked_choice("reply", labels.REPLIES),
        state=asked_choice("state", STATE_FILTERS),
        page=asked_page(),
    )


def filters(query: PeopleQuery) -> bool:
    """Whether the list leaves anybody out."""
    return bool(query.text or query.site_id or query.mandate_id or query.reply or query.state)


@pages.route("/new", methods=["GET", "POST"])
def add(conference_id: int) -> ResponseReturnValue:
    form = DelegateForm(data={"mandate_id": asked_id("mandate")} if request.method == "GET" else None)
    with begin_reading() as work:
        conference = organised_conference(work, conference_id)
        _offer(work, form, conference_id, INVITED)

    def save(work: Work) -> str:
        form.warn_of_double(work, conference_id)
        [delegate] = add_delegates(work, conference_id, [form.entry()])
        flash(_("%(name)s was added.", name=delegate.full_name), "success")
        if request.form.get("more"):
            _flash_standing(work, conference_id, delegate)
            return url_for("delegates.add", conference_id=conference_id, mandate=delegate.mandate_id)
        return url_for("delegates.show", conference_id=conference_id, delegate_id=delegate.id)

    if form.validate_on_submit() and (done := carry_out(form, save)):
        return done
    return render_template("delegates/form.html", conference=conference, form=form, delegate=None), form.status


@pages.route("/<int:delegate_id>/edit", methods=["GET", "POST"])
def edit(conference_id: int, delegate_id: int) -> ResponseReturnValue:
    with begin_reading() as work:
        conference = organised_conference(work, conference_id)
        delegate = get_delegate(work, conference_id, delegate_id)
        mailed = was_told_by_mail(work, delegate)
        form = DelegateForm(obj=as_typed(delegate))
        _offer(work, form, conference_id, MANDATES if delegate.origin == "walk_in" else INVITED)

    def save(work: Work) -> str:
        if (form.full_name.data, form.mandate_id.data) != (delegate.full_name, delegate.mandate_id):
            form.warn_of_double(work, conference_id, delegate_id)
        flash_saved(delegate, change_delegate(work, conference_id, delegate_id, form.entry(), version=form.version.data))
        return url_for("delegates.show", conference_id=conference_id, delegate_id=delegate_id)

    if form.validate_on_submit() and (done := carry_out(form, save)):
        return done
    return render_template("delegates/form.html", conference=conference, form=form, delegate=delegate, mailed=mailed), form.status


@pages.get("/<int:delegate_id>")
def show(conference_id: int, delegate_id: int) -> ResponseReturnValue:
    with begin_reading() as work:
        found = read_delegate_page(work, conference_id, delegate_id)
        mailed = was_told_by_mail(work, found.delegate)
    return render_template(
        "delegates/show.html",
        conference=found.conference,
        found=found,
        delegate=found.delegate,
        mailed=mailed,
        told=latest(found.story),
        link=absolute_url("invitation.show", token=found.link_token),
        new_key=uuid4,
    )


@pages.post("/move")
def move(conference_id: int) -> ResponseReturnValue:
    """Put somebody one place earlier or later; the button's value holds the id and the version it was shown with."""
    step = -1 if "earlier" in request.form else 1
    delegate_id, _dot, version = request.form.get("earlier" if step < 0 else "later", "").partition(".")
    back = page_pressed_on(url_for("delegates.index", conference_id=conference_id))

    def put(work: Work) -> str:
        move_delegate(work, conference_id, row_id(delegate_id), step, version=row_id(version))
        return back

    return press(put, back)


@pages.post("/<int:delegate_id>/remove")
def remove(conference_id: int, delegate_id: int) -> ResponseReturnValue:
    def take_out(work: Work) -> str:
        remove_delegate(work, conference_id, delegate_id)
        flash(_("The delegate was removed."), "success")
        return url_for("delegates.index", conference_id=conference_id)

    return press(take_out, url_for("delegates.show", conference_id=conference_id, delegate_id=delegate_id))


@pages.post("/<int:delegate_id>/new-link")
def new_link(conference_id: int, delegate_id: int) -> ResponseReturnValue:
    page = url_for("delegates.show", conference_id=conference_id, delegate_id=delegate_id)

    def renew(work: Work) -> str:
        renew_personal_link(work, conference_id, delegate_id)
        flash(_("There is a new personal link. The old one does not open any more."), "success")
        return page

    return press(renew, page)


@pages.post("/<int:delegate_id>/new-pass")
def new_pass(conference_id: int, delegate_id: int) -> ResponseReturnValue:
    page = url_for("delegates.show", conference_id=conference_id, delegate_id=delegate_id)

    def renew(work: Work) -> str:
        renew_pass(work, conference_id, delegate_id)
        flash(_("There is a new QR code. Desks refuse the old one from now on."), "success")
        return page

    return press(renew, page)


def _offer(work: Work, form: DelegateForm, conference_id: int, units: Subject) -> None:
    form.mandate_id.offer(work, units, conference_id, _("Choose a unit"), _unit)
    form.site_id.offer(work, SITES, conference_id, site_of_unit())


def _unit(option: Option) -> str:
    return option.name if option.invited else _("%(unit)s (not invited)", unit=option.name)


def _flash_standing(work: Work, conference_id: int, delegate: Delegate) -> None:
    """Warn, as the delegate's own page does, of more people than seats and of nobody of the rank that was asked for."""
    mandate = get_mandate(work, conference_id, delegate.mandate_id)
    standing = read_standings(work, [mandate])[mandate.id]
    if standing.surplus:
        flash(_("More delegates are named (%(named)s) than there are seats (%(seats)s).", named=standing.named, seats=standing.seats), "warning")
    if standing.lacks_rank:
        flash(_("The invitation asks for: %(rank)s. Nobody of that rank is named.", rank=labels.REQUIRED_RANKS[standing.required_rank]), "warning")
