"""What time does to a unit: renamed, merged, split on a day."""

from flask import Blueprint, flash, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from confsvc.boundary import begin_reading
from confsvc.domain.unit_changes import merge_units, rename_unit, split_unit
from confsvc.domain.unit_choice import unit_label
from confsvc.domain.unit_rules import known_unit
from confsvc.domain.work import Work
from confsvc.models import Unit
from confsvc.web.forms import carry_out
from confsvc.web.unit_forms import MergeForm, RenameForm, SplitForm, chosen_day

pages = Blueprint("unit_changes", __name__, url_prefix="/units/<int:unit_id>")


@pages.route("/rename", methods=["GET", "POST"])
def rename(unit_id: int) -> ResponseReturnValue:
    with begin_reading() as work:
        unit = known_unit(work, unit_id)
    form = RenameForm(obj=unit)
    if form.validate_on_submit():

        def go(work: Work) -> str:
            successor = rename_unit(work, unit_id, form.names(), on_date=chosen_day(form.on_date), version=form.version.data or 0)
            return url_for("units.show", unit_id=successor.id)

        done = carry_out(form, go)
        if done:
            flash(_("The old name stands in the history."), "success")
            return done
    return render_template("units/rename.html", form=form, unit=unit), form.status


@pages.route("/merge", methods=["GET", "POST"])
def merge(unit_id: int) -> ResponseReturnValue:
    with begin_reading() as work:
        unit = known_unit(work, unit_id)
        parent = work.session.get(Unit, unit.parent_id) if unit.parent_id else None
    form = MergeForm(data={"kind": unit.kind, "parent_unit": unit_label(parent) if parent else "", "version": unit.version})
    if form.validate_on_submit():

        def go(work: Work) -> str:
            ids = [unit_id, *form.other_ids(work)]
            successor = merge_units(work, ids, form.successor(work), on_date=chosen_day(form.on_date), version=form.version.data or 0)
            return url_for("units.show", unit_id=successor.id)

        done = carry_out(form, go)
        if done:
            return done
    return render_template("units/merge.html", form=form, unit=unit), form.status


@pages.route("/split", methods=["GET", "POST"])
def split(unit_id: int) -> ResponseReturnValue:
    with begin_reading() as work:
        unit = known_unit(work, unit_id)
    form = SplitForm(data={"version": unit.version})
    if form.validate_on_submit():

        def go(work: Work) -> str:
            split_unit(work, unit_id, form.entries(unit.kind), on_date=chosen_day(form.on_date), version=form.version.data or 0)
            return url_for("units.show", unit_id=unit_id)

        done = carry_out(form, go)
        if done:
            return done
    return render_template("units/split.html", form=form, unit=unit), form.status
