"""The invited units of a conference: listed, invited, changed, withdrawn."""

from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import SelectMultipleField
from wtforms.validators import InputRequired

from confsvc.boundary import begin_reading
from confsvc.domain.access import organised_conference
from confsvc.domain.choosing import MANDATES, SITES
from confsvc.domain.contacts import shown_phone
from confsvc.domain.errors import Invalid
from confsvc.domain.figures import read_total
from confsvc.domain.lists import read_page
from confsvc.domain.mail_trouble import undelivered_to_unit
from confsvc.domain.mandate_list import MANDATE_SORTS, NAMED, MandateQuery, UnitQuery, read_mandates, uninvited_units, units_above
from confsvc.domain.mandates import MOST_SEATS, MandateChange, SeatDefaults, change_mandate, entries_for, get_mandate, invite_units, withdraw_mandate
from confsvc.domain.seating import read_standings
from confsvc.domain.work import Work
from confsvc.models import Mandate
from confsvc.web import labels
from confsvc.web.asked import asked_choice, asked_id, asked_page, asked_text, row_id
from confsvc.web.choosing import Chosen, answer, asked_one
from confsvc.web.fields import Choice, Number
from confsvc.web.forms import REQUIRED, Form, Text, carry_out
from confsvc.web.presses import press

pages = Blueprint("mandates", __name__, url_prefix="/conferences/<int:conference_id>/mandates")


class SeatsForm(Form):
    seats = Number(_l("Seats"), [InputRequired(REQUIRED)], default=1)
    required_rank = Choice(_l("Who must come"), choices=list(labels.REQUIRED_RANKS.items()), default="any")


class InviteForm(SeatsForm):
    site_id = Chosen(_l("Site"))
    unit_id = SelectMultipleField(_l("Units"), coerce=row_id, validate_choice=False)


class MandateForm(SeatsForm):
    unit_name = Text(_l("Name of the unit in this conference"), [InputRequired(REQUIRED)])
    site_id = Chosen(_l("Site"))
    sort_order = Number(_l("Place in the list"), [InputRequired(REQUIRED)], default=0)
    liaison_name = Text(_l("Liaison"))
    liaison_phone = Text(_l("The liaison's telephone"))
    liaison_email = Text(_l("The liaison's e-mail"))

    def show_conflict(self, current: Any) -> None:
        super().show_conflict(as_typed(current))


def as_typed(mandate: Mandate) -> SimpleNamespace:
    """What the form shows of a mandate: the telephone number as people read it."""
    fields = ("unit_name", "site_id", "seats", "required_rank", "sort_order", "liaison_name", "liaison_email", "version")
    return SimpleNamespace(**{field: getattr(mandate, field) for field in fields}, liaison_phone=shown_phone(mandate.liaison_phone))


@pages.get("")
def index(conference_id: int) -> ResponseReturnValue:
    with begin_reading() as work:
        sites = asked_one(work, SITES, conference_id, "site")
        sort, named = asked_choice("sort", MANDATE_SORTS, "order"), asked_choice("named", NAMED)
        query = MandateQuery(text=asked_text(), sort=sort, site_id=sites.id, named=named, page=asked_page())
        found = read_mandates(work, conference_id, query)
        _count, figures = read_total(work, conference_id)
    return render_template("mandates/index.html", conference=found.conference, found=found, query=query, sites=sites, figures=figures)


@pages.get("/choices")
def choices(conference_id: int) -> ResponseReturnValue:
    """The units of the list that fit what is typed, for fields in which one is chosen."""
    with begin_reading() as work:
        return answer(MANDATES.offer(work, conference_id, asked_text()))


@pages.route("/invite", methods=["GET", "POST"])
def invite(conference_id: int) -> ResponseReturnValue:
    """Search units, tick some (or take all that were found), and invite them with the same seats, rank and rule for the site."""
    query = UnitQuery(text=asked_text(), under_id=asked_id("under"), deep=request.args.get("deep") == "1")
    form = InviteForm()
    with begin_reading() as work:
        conference = organised_conference(work, conference_id)
        form.site_id.offer(work, SITES, conference_id, _("Each unit's own site, else the main site"))
        page = read_page(work, uninvited_units(work, conference_id, query), asked_page())
        parents = units_above(work)
    if form.validate_on_submit() and (done := carry_out(form, lambda work: _invite(work, conference_id, query, form))):
        return done
    return render_template("mandates/invite.html", conference=conference, form=form, page=page, query=query, parents=parents), form.status


def _invite(work: Work, conference_id: int, query: UnitQuery, form: InviteForm) -> str:
    if request.form.get("which") == "all":
        unit_ids = [unit.id for unit in work.session.scalars(uninvited_units(work, conference_id, query))]
    else:
        unit_ids = form.unit_id.data or []
    if not unit_ids:
        raise Invalid("unit_id", "nothing_chosen")
    defaults = SeatDefaults(form.seats.data, form.required_rank.data, form.site_id.data)
    invited = invite_units(work, conference_id, entries_for(work, conference_id, unit_ids, defaults))
    flash(ngettext("%(num)s unit was invited.", "%(num)s units were invited.", len(invited)), "success")
    return url_for("mandates.index", conference_id=conference_id)


@pages.route("/<int:mandate_id>", methods=["GET", "POST"])
def edit(conference_id: int, mandate_id: int) -> ResponseReturnValue:
    with begin_reading() as work:
        conference = organised_conference(work, conference_id)
        mandate = get_mandate(work, conference_id, mandate_id)
        standing = read_standings(work, [mandate])[mandate.id]
        undelivered = undelivered_to_unit(work, mandate)
        form = MandateForm(obj=as_typed(mandate))
        form.site_id.offer(work, SITES, conference_id)

    def save(work: Work) -> str:
        change = MandateChange(
            form.unit_name.data,
            form.site_id.data or 0,
            form.seats.data,
            form.required_rank.data,
            form.sort_order.data,
            form.liaison_name.data,
            form.liaison_phone.data,
            form.liaison_email.data,
        )
        change_mandate(work, conference_id, mandate_id, change, version=form.version.data)
        flash(_("The changes were saved."), "success")
        return url_for("mandates.index", conference_id=conference_id)

    if form.validate_on_submit() and (done := carry_out(form, save)):
        return done
    return render_template(
        "mandates/edit.html",
        conference=conference,
        mandate=mandate,
        standing=standing,
        undelivered=undelivered,
        form=form,
        most=MOST_SEATS,
        new_key=uuid4,
    ), form.status


@pages.post("/<int:mandate_id>/withdraw")
def withdraw(conference_id: int, mandate_id: int) -> ResponseReturnValue:
    def take_back(work: Work) -> str:
        withdraw_mandate(work, conference_id, mandate_id)
        flash(_("The invitation was withdrawn."), "success")
        return url_for("mandates.index", conference_id=conference_id)

    return press(take_back, url_for("mandates.edit", conference_id=conference_id, mandate_id=mandate_id))
