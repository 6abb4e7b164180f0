"""The steps of a unit's list, the same for the liaison's link and for an organiser who fills in for a unit."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from confsvc.boundary import begin_reading, runtime
from confsvc.domain.errors import InUse, Invalid, NotFound
from confsvc.domain.registration import change_person, decline_seats, name_people, name_substitute, remove_person, take_back_decline, why_not
from confsvc.domain.registration_mail import remind_person
from confsvc.domain.registration_page import Person, UnitList, read_by_link, read_unit
from confsvc.domain.work import LiaisonActor, Work
from confsvc.schemas.pasted_people import read_pasted
from confsvc.web.delegate_forms import flash_saved
from confsvc.web.forms import Form, carry_out
from confsvc.web.presses import press
from confsvc.web.registration_forms import BLANK, BLANK_ROWS_MOST, DeclineForm, PasteForm, PersonForm, Row, RowsForm, SubstituteForm, as_typed, ranked
from confsvc.web.registration_texts import time_left


@dataclass(frozen=True, slots=True)
class Door:
    """Where a list is changed from: `token` is the liaison's link, "" for an organiser. `place` fills the addresses of the pages."""

    unit: tuple[int, int]
    blueprint: str
    layout: str
    place: dict[str, Any] = field(default_factory=dict)
    token: str = ""

    @property
    def actor(self) -> LiaisonActor | None:
        """Who acts; None for the account that is signed in."""
        return LiaisonActor(self.unit[1]) if self.token else None

    def url(self, step: str, **values: Any) -> str:
        return url_for(f"{self.blueprint}.{step}", **self.place, **values)

    def read(self, work: Work) -> UnitList:
        return read_by_link(work, self.token) if self.token else read_unit(work, *self.unit)

    def render(self, template: str, found: UnitList, **values: Any) -> str:
        deadline, zone = found.conference.registration_deadline, found.conference.timezone
        left = time_left(deadline, runtime().clock(), zone) if deadline else ""
        return render_template(
            f"registration/{template}", door=self, layout=self.layout, found=found, conference=found.conference, mandate=found.mandate, time_left=left, **values
        )


Step = Callable[..., ResponseReturnValue]


def attach(pages: Blueprint, prefix: str, open_door: Callable[..., Door]) -> None:
    """Give these pages every step; `open_door` makes a door of what the address says."""

    def at(rule: str, step: Step, *methods: str) -> None:
        def view(delegate_id: int | None = None, **place: Any) -> ResponseReturnValue:
            door = open_door(**place)
            return step(door) if delegate_id is None else step(door, delegate_id)

        pages.add_url_rule(prefix + rule, step.__name__, view, methods=list(methods))

    at("/add", add, "GET", "POST")
    at("/paste", paste, "GET", "POST")
    at("/decline", decline, "GET", "POST")
    at("/take-back", take_back, "POST")
    at("/people/<int:delegate_id>", edit, "GET", "POST")
    at("/people/<int:delegate_id>/remove", remove, "POST")
    at("/people/<int:delegate_id>/substitute", substitute, "GET", "POST")
    at("/people/<int:delegate_id>/write", write, "POST")


def add(door: Door) -> ResponseReturnValue:
    """Rows to be filled in, also those that were pasted; nothing is saved until all of them can be."""
    with begin_reading() as work:
        found = door.read(work)
    if request.method == "GET":
        if not found.open:
            return _back(door)
        return _rows(door, found, RowsForm.of([BLANK] * max(1, min(BLANK_ROWS_MOST, found.open_seats))))
    form = RowsForm.sent()

    def save(work: Work) -> str:
        delegates = name_people(work, *door.unit, form.entries(found.mandate.unit_name))
        flash(ngettext("%(num)s delegate was put on the list.", "%(num)s delegates were put on the list.", len(delegates)), "success")
        return door.url("show", _anchor="list")

    step = request.form.get("step", "save")
    if step == "more":
        form.rows.append(Row(BLANK))
    elif step.startswith("drop."):
        form.rows = [row for place, row in enumerate(form.rows) if f"drop.{place}" != step] or [Row(BLANK)]
    elif form.validate_on_submit() and (done := carry_out(form, save, door.actor)):
        return done
    return _rows(door, found, form)


def paste(door: Door) -> ResponseReturnValue:
    """Take rows as Excel puts them into the clipboard, and show them before anything is saved."""
    with begin_reading() as work:
        found = door.read(work)
    if not found.open:
        return _back(door)
    form = PasteForm()
    if form.validate_on_submit():
        try:
            people = read_pasted(form.pasted.data or "", found.mandate.unit_name)
        except Invalid as error:
            form.put(error)
        else:
            preview = RowsForm.of(people)
            with begin_reading() as work:
                if wrong := why_not(work, found.conference, found.mandate, people):
                    preview.put(wrong)
            return _rows(door, found, preview, pasted=True)
    return door.render("paste.html", found, form=form), form.status


def edit(door: Door, delegate_id: int) -> ResponseReturnValue:
    found, person = _find(door, delegate_id)
    form = PersonForm(obj=as_typed(person.delegate))

    def save(work: Work) -> str:
        flash_saved(person.delegate, change_person(work, *door.unit, delegate_id, form.entry(), version=form.version.data))
        return door.url("show", _anchor="list")

    if form.validate_on_submit() and (done := carry_out(form, save, door.actor)):
        return done
    return door.render("person.html", found, form=form, person=person), form.status


def remove(door: Door, delegate_id: int) -> ResponseReturnValue:
    form, back = Form(), door.url("show", _anchor="list")

    def take_out(work: Work) -> str:
        try:
            remove_person(work, *door.unit, delegate_id, version=form.version.data or 0)
        except InUse as error:
            raise Invalid("form_key", "person_has_history") from error
        flash(_("The delegate was taken off the list."), "success")
        return back

    return press(take_out, back, form, door.actor)


def substitute(door: Door, delegate_id: int) -> ResponseReturnValue:
    """Name whom somebody is replaced by, and why."""
    found, person = _find(door, delegate_id)
    form = SubstituteForm()

    def save(work: Work) -> str:
        named, waits = name_substitute(work, *door.unit, delegate_id, ranked(form.entry(), found.mandate.unit_name), form.reason.data, str(form.form_key.data))
        values = {"name": named.full_name, "before": person.delegate.full_name}
        if waits:
            flash(_("%(name)s was named. The organiser is asked first, as the rank is below what the invitation asks for.", **values), "success")
        else:
            flash(_("%(name)s has the seat now. The QR code of %(before)s does not hold any more.", **values), "success")
        return door.url("show", _anchor="list")

    if form.validate_on_submit() and (done := carry_out(form, save, door.actor)):
        return done
    return door.render("substitute.html", found, form=form, person=person), form.status


def decline(door: Door) -> ResponseReturnValue:
    """Say how many seats will stay empty, and why."""
    with begin_reading() as work:
        found = door.read(work)
    form = DeclineForm(data={"seats": found.free_seats, "version": found.mandate.version, "reason": found.mandate.declined_reason})

    def save(work: Work) -> str:
        decline_seats(work, *door.unit, form.seats.data, form.reason.data, version=form.version.data)
        flash(_("It was noted that these seats stay empty."), "success")
        return door.url("show")

    if form.validate_on_submit() and (done := carry_out(form, save, door.actor)):
        return done
    return door.render("decline.html", found, form=form), form.status


def take_back(door: Door) -> ResponseReturnValue:
    form, back = Form(), door.url("show")

    def reopen(work: Work) -> str:
        take_back_decline(work, *door.unit, version=form.version.data or 0)
        flash(_("The seats are open again."), "success")
        return back

    return press(reopen, back, form, door.actor)


def write(door: Door, delegate_id: int) -> ResponseReturnValue:
    """Have the invitation sent once more to somebody on the list."""
    back = door.url("show", _anchor="list")

    def send(work: Work) -> str:
        remind_person(work, *door.unit, delegate_id)
        flash(_("The invitation is sent once more."), "success")
        return back

    return press(send, back, actor=door.actor)


def _find(door: Door, delegate_id: int) -> tuple[UnitList, Person]:
    with begin_reading() as work:
        found = door.read(work)
    person = next((person for person in found.people if person.delegate.id == delegate_id), None)
    if person is None:
        raise NotFound(kind="delegate")
    return found, person


def _rows(door: Door, found: UnitList, form: RowsForm, *, pasted: bool = False) -> ResponseReturnValue:
    return door.render("rows.html", found, form=form, pasted=pasted), form.status


def _back(door: Door) -> Response:
    return redirect(door.url("show"), 303)
