"""The tree of units: looked through, searched, made, corrected, moved, removed, taken in and given out as a list."""

from datetime import date

from flask import Blueprint, Response, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from confsvc.boundary import begin_reading
from confsvc.domain.access import require_organiser
from confsvc.domain.errors import InUse, Invalid
from confsvc.domain.unit_changes import read_history
from confsvc.domain.unit_choice import offer_units, unit_label
from confsvc.domain.unit_imports import export_units, import_units, prepare_units
from confsvc.domain.unit_rules import known_unit
from confsvc.domain.unit_tree import Branch, read_tree, search_units, units_above
from confsvc.domain.units import change_unit, create_unit, move_unit, remove_unit, what_rests_on
from confsvc.domain.work import Work
from confsvc.loop import off_the_loop
from confsvc.models import Unit
from confsvc.schemas.units import read_units, write_units
from confsvc.web.downloads import attach
from confsvc.web.fields import read_id
from confsvc.web.forms import Form, carry_out
from confsvc.web.unit_forms import ImportForm, MoveForm, UnitForm, chosen_id

pages = Blueprint("units", __name__, url_prefix="/units")


@pages.get("")
def index() -> ResponseReturnValue:
    """The tree of today, of a day, or of all times; with a search the units that fit it."""
    query, ended = request.args.get("q", "").strip()[:100], request.args.get("ended") == "1"
    on, number = _day(request.args.get("on", "")), request.args.get("page", 1, type=int)
    branches: list[Branch] = []
    with begin_reading() as work:
        if query:
            page = search_units(work, query, number, on=on, ended=ended)
        else:
            branches, page = read_tree(work, number, on=on, ended=ended)
    return render_template("units/list.html", branches=branches, page=page, query=query, on=on, ended=ended)


@pages.get("/choices")
def choices() -> ResponseReturnValue:
    """The living units that fit what is typed, for fields in which one is chosen."""
    with begin_reading() as work:
        units = offer_units(work, request.args.get("q", "")[:100])
        return {"choices": [{"label": unit_label(unit), "path": unit.parent.name if unit.parent else ""} for unit in units]}


@pages.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    with begin_reading() as work:
        require_organiser(work)
        parent = work.session.get(Unit, read_id(request.args.get("parent")) or 0)
    form = UnitForm(data={"parent_unit": unit_label(parent)} if parent else None)
    if form.validate_on_submit():
        done = carry_out(form, lambda work: _show_url(create_unit(work, form.entry(work)).id))
        if done:
            return done
    return render_template("units/edit.html", form=form, unit=None, parent=parent), form.status


@pages.get("/<int:unit_id>")
def show(unit_id: int) -> ResponseReturnValue:
    with begin_reading() as work:
        unit = known_unit(work, unit_id)
        above = units_above(work, unit_id)
        history = read_history(work, unit_id)
        branches, page = read_tree(work, request.args.get("page", 1, type=int), under=unit_id, ended=unit.valid_to is not None)
        rests = what_rests_on(work, unit_id)
    return render_template("units/show.html", unit=unit, above=above, history=history, branches=branches, page=page, rests=rests)


@pages.route("/<int:unit_id>/edit", methods=["GET", "POST"])
def edit(unit_id: int) -> ResponseReturnValue:
    """Put right what was entered wrongly; what time changes has its own pages."""
    with begin_reading() as work:
        unit = known_unit(work, unit_id)
    form = UnitForm(obj=unit)
    if form.validate_on_submit():

        def change(work: Work) -> str:
            names = form.names(valid_from=form.valid_from.data, sort_order=form.sort_order.data)
            return _show_url(change_unit(work, unit_id, names, version=form.version.data or 0).id)

        done = carry_out(form, change)
        if done:
            return done
    return render_template("units/edit.html", form=form, unit=unit, parent=None), form.status


@pages.route("/<int:unit_id>/move", methods=["GET", "POST"])
def move(unit_id: int) -> ResponseReturnValue:
    with begin_reading() as work:
        unit = known_unit(work, unit_id)
        parent = work.session.get(Unit, unit.parent_id) if unit.parent_id else None
    form = MoveForm(data={"parent_unit": unit_label(parent) if parent else "", "version": unit.version})
    if form.validate_on_submit():

        def go(work: Work) -> str:
            version, on_date = form.version.data or 0, form.on_date.data
            return _show_url(move_unit(work, unit_id, chosen_id(work, form.parent_unit), version=version, on_date=on_date).id)

        done = carry_out(form, go)
        if done:
            return done
        if form.conflict:
            form.standing = {str(form.parent_unit.label.text): unit_label(parent) if parent else "–"}
    return render_template("units/move.html", form=form, unit=unit), form.status


@pages.route("/<int:unit_id>/remove", methods=["GET", "POST"])
def remove(unit_id: int) -> ResponseReturnValue:
    """Ask, then remove; what rests on the unit is said instead."""
    with begin_reading() as work:
        unit = known_unit(work, unit_id)
        rests = what_rests_on(work, unit_id)
    form = Form(obj=unit)
    if form.validate_on_submit():

        def take_away(work: Work) -> str:
            remove_unit(work, unit_id, version=form.version.data or 0)
            return url_for("units.index")

        try:
            done = carry_out(form, take_away)
        except InUse as error:
            rests, done = str(error.fields["by"]), None
        if done:
            flash(_("“%(name)s” was removed.", name=unit.name), "success")
            return done
    status = 409 if request.method == "POST" and rests else form.status
    return render_template("units/remove.html", form=form, unit=unit, rests=rests), status


@pages.route("/import", methods=["GET", "POST"])
def import_list() -> ResponseReturnValue:
    """Take in a CSV list, as a whole or not at all."""
    with begin_reading() as work:
        require_organiser(work)
    form = ImportForm()
    if form.validate_on_submit():
        try:
            done = _take_in(form, form.file.data.read(), form.valid_from.data)
        except Invalid as error:
            form.put(error)
            done = None
        if done:
            return done
    return render_template("units/import.html", form=form), form.status


@pages.get("/export.csv")
def export_list() -> ResponseReturnValue:
    with begin_reading() as work:
        data = write_units(export_units(work))
    response = Response(data, mimetype="text/csv; charset=utf-8")
    attach(response, _("Units"), "csv")
    return response


def _take_in(form: ImportForm, data: bytes, valid_from: date | None) -> ResponseReturnValue | None:
    """Read the list and hold it against the units while others write; what is left for the writers' turn is short."""
    rows = off_the_loop(lambda: read_units(data))
    with begin_reading() as work:
        ready = off_the_loop(lambda: prepare_units(work, rows, valid_from=valid_from))

    def take_in(work: Work) -> str:
        told = off_the_loop(lambda: import_units(work, rows, valid_from=valid_from, ready=ready))
        flash(_("%(new)s new, %(changed)s changed, %(unchanged)s unchanged.", new=told.new, changed=told.changed, unchanged=told.unchanged), "success")
        return url_for("units.index")

    return carry_out(form, take_in)


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None


def _show_url(unit_id: int) -> str:
    return url_for("units.show", unit_id=unit_id)
