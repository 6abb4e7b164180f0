"""The forms of units: what they are called, where they hang, what time does to them, whole lists."""

from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField, FileRequired
from wtforms import DateField, FieldList, RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from confsvc.domain.errors import Invalid
from confsvc.domain.unit_choice import chosen_unit
from confsvc.domain.unit_rows import RowError, RowsInvalid
from confsvc.domain.unit_rules import UnitEntry
from confsvc.domain.work import Work
from confsvc.web.fields import Number
from confsvc.web.forms import REQUIRED, TOO_LONG, Form, Text
from confsvc.web.messages import reason_text

NOT_A_DATE = _("Please enter a date.")
OTHERS = 6
PARTS = 8
TARGETS = [SelectChoice("new", _("a new unit")), SelectChoice("standing", _("part of a unit that goes on"))]


class Day(DateField):
    """A date or None."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data: date | None = None
        if valuelist and valuelist[0].strip():
            try:
                self.data = date.fromisoformat(valuelist[0].strip())
            except ValueError as error:
                raise ValueError(NOT_A_DATE) from error


class NamesForm(Form):
    """What a unit is called."""

    name = Text(_("Name of the unit"), [InputRequired(REQUIRED), Length(max=200, message=TOO_LONG)])
    code = Text(_("Code"), [Length(max=50, message=TOO_LONG)])
    kind = Text(_("Kind"), [Length(max=100, message=TOO_LONG)])
    short_name = Text(_("Short name"), [Length(max=80, message=TOO_LONG)])

    def names(self, **more: Any) -> UnitEntry:
        return UnitEntry(self.name.data or "", self.code.data or "", self.kind.data or "", self.short_name.data or "", **more)


class UnitForm(NamesForm):
    """A unit made or corrected; the parent is asked for only when it is made."""

    parent_unit = Text(_("Belongs to"))
    valid_from = Day(_("Exists since"))
    sort_order = Number(_("Order among its siblings"))

    def entry(self, work: Work) -> UnitEntry:
        return self.names(parent_id=chosen_id(work, self.parent_unit), valid_from=self.valid_from.data, sort_order=self.sort_order.data)


class MoveForm(Form):
    parent_unit = Text(_("Belongs to"))
    on_date = Day(_("From which day on"))


class RenameForm(NamesForm):
    on_date = Day(_("On which day"), [InputRequired(REQUIRED)])


class ListForm(Form):
    """A form with the same field several times; an error finds its way to the one it names, one of them all to the first."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        for many in self._lists():
            for number, entry in enumerate(many, start=1):
                entry.label.text = f"{many.label.text} {number}"

    def _lists(self) -> list[FieldList]:
        return [field for field in self if isinstance(field, FieldList)]

    def put(self, error: Invalid) -> None:
        for many in self._lists():
            for entry in many:
                if error.field in (entry.name, many.name):
                    entry.errors = many.errors = [reason_text(error.reason)]
                    return
        super().put(error)


class MergeForm(NamesForm, ListForm):
    """Units come together in a new one (`target` new) or in one that stands (`target` standing: `into`)."""

    name = Text(_("Name of the unit"), [Length(max=200, message=TOO_LONG)])
    others = FieldList(Text(""), _("Unit"), min_entries=OTHERS, max_entries=OTHERS)
    on_date = Day(_("On which day"), [InputRequired(REQUIRED)])
    target = RadioField(_("They become"), choices=TARGETS, default="new", validate_choice=False)
    into = Text(_("Unit that goes on"))
    parent_unit = Text(_("Belongs to"))

    def successor(self, work: Work) -> UnitEntry | int:
        if self.target.data == "standing":
            into = chosen_unit(work, "into", self.into.data or "")
            if into is None:
                raise Invalid("into", "required")
            return into.id
        return self.names(parent_id=chosen_id(work, self.parent_unit))

    def other_ids(self, work: Work) -> list[int]:
        found = [chosen_id(work, field) for field in self.others]
        return [unit_id for unit_id in found if unit_id is not None]


class SplitForm(ListForm):
    """The units one splits into; empty lines are left out."""

    on_date = Day(_("On which day"), [InputRequired(REQUIRED)])
    names = FieldList(Text("", [Length(max=200, message=TOO_LONG)]), _("Name of the unit"), min_entries=PARTS, max_entries=PARTS)
    codes = FieldList(Text("", [Length(max=50, message=TOO_LONG)]), _("Code"), min_entries=PARTS, max_entries=PARTS)

    def parts(self) -> list[tuple[Any, Any]]:
        return list(zip(self.names, self.codes, strict=True))

    def entries(self, kind: str) -> list[UnitEntry]:
        return [UnitEntry(name.data, code.data or "", kind) for name, code in self.parts() if name.data or code.data]


class ImportForm(Form):
    """A list of units; `rows` holds the lines that are wrong."""

    file = FileField(_("File"), [FileRequired(REQUIRED)])
    valid_from = Day(_("New units exist since"))
    rows: tuple[RowError, ...] | list[RowError] = ()

    def put(self, error: Invalid) -> None:
        super().put(error)
        if isinstance(error, RowsInvalid):
            self.rows = error.rows


def chosen_day(field: Day) -> date:
    """The date in the field; raises Invalid where there is none."""
    if field.data is None:
        raise Invalid(field.name, "required")
    return field.data


def chosen_id(work: Work, field: Any) -> int | None:
    """The id of the living unit typed into the field; raises Invalid."""
    unit = chosen_unit(work, field.name, field.data or "")
    return unit.id if unit else None
