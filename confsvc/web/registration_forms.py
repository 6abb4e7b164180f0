"""The forms of a unit's list: many people at once, one person, a substitute, declined seats."""

from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

from flask import request
from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField
from wtforms.validators import InputRequired

from confsvc.domain.contacts import shown_phone
from confsvc.domain.delegate_ranks import infer_rank
from confsvc.domain.errors import Invalid
from confsvc.domain.registration_people import PersonEntry, WrongPeople
from confsvc.domain.text import clean
from confsvc.models import Delegate
from confsvc.web import labels
from confsvc.web.fields import Choice, Number
from confsvc.web.forms import REQUIRED, Form, Text
from confsvc.web.messages import reason_text

COLUMNS = ("full_name", "position", "rank", "phone", "email")
# More rows at once nobody fills in by hand; a longer list is pasted.
BLANK_ROWS_MOST = 5
ROWS_MOST = 500
# The choice of a rank that is left alone.
BY_POSITION = ""
BLANK = PersonEntry("", rank=BY_POSITION)


@dataclass(slots=True)
class Row:
    """One person as typed; `errors` says what is wrong, by column."""

    entry: PersonEntry
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def is_blank(self) -> bool:
        return not (self.entry.full_name or self.entry.position or self.entry.phone or self.entry.email)


class RowsForm(Form):
    """Rows of people, as many as there are; blank ones name nobody."""

    rows: list[Row]

    @classmethod
    def of(cls, entries: list[PersonEntry]) -> "RowsForm":
        """A form that shows these people, sent by nobody yet."""
        form = cls(formdata=None)
        form.rows = [Row(entry) for entry in entries]
        return form

    @classmethod
    def sent(cls) -> "RowsForm":
        """The form as it was sent."""
        form = cls()
        typed = [[clean(value) for value in request.form.getlist(column)[:ROWS_MOST]] for column in COLUMNS]
        others = set(request.form.getlist("is_another"))
        rows = zip(*typed, strict=False)
        form.rows = [Row(PersonEntry(values[0], values[1], values[2], values[3], values[4], str(place) in others)) for place, values in enumerate(rows)]
        return form

    def filled(self) -> list[Row]:
        return [row for row in self.rows if not row.is_blank]

    def entries(self, unit_name: str) -> list[PersonEntry]:
        """The people of the rows that are not blank; a rank that was left alone is that of the position."""
        return [ranked(row.entry, unit_name) for row in self.filled()]

    def put(self, error: Invalid) -> None:
        """Say what is wrong beside each row, and what is wrong with all of them above."""
        if isinstance(error, WrongPeople):
            for row, wrong in zip(self.filled(), error.rows, strict=False):
                row.errors = {one.field: str(reason_text(one.reason) % one.values) for one in wrong}
        super().put(error)


class PasteForm(Form):
    pasted = TextAreaField(_l("Rows from Excel"))


class PersonForm(Form):
    full_name = Text(_l("Full name"), [InputRequired(REQUIRED)])
    position = Text(_l("Position"))
    rank = Choice(_l("Rank"), choices=list(labels.RANKS.items()), default="staff")
    phone = Text(_l("Phone"))
    email = Text(_l("E-mail"))

    def entry(self) -> PersonEntry:
        return PersonEntry(self.full_name.data, self.position.data, self.rank.data, self.phone.data, self.email.data)

    def put(self, error: Invalid) -> None:
        for one in error.rows[0] if isinstance(error, WrongPeople) else [error]:
            super().put(one)

    def show_conflict(self, current: Any) -> None:
        super().show_conflict(as_typed(current))


class SubstituteForm(PersonForm):
    rank = Choice(_l("Rank"), choices=[(BY_POSITION, _l("By the position")), *labels.RANKS.items()], default=BY_POSITION)
    reason = Text(_l("Reason"), [InputRequired(REQUIRED)])


class DeclineForm(Form):
    seats = Number(_l("How many seats"), [InputRequired(REQUIRED)])
    reason = Text(_l("Reason"), [InputRequired(REQUIRED)])

    def show_conflict(self, current: Any) -> None:
        super().show_conflict(SimpleNamespace(seats=current.declined_seats, reason=current.declined_reason, version=current.version))


def ranked(entry: PersonEntry, unit_name: str) -> PersonEntry:
    """The person with the rank that was chosen, or that the position has in the unit."""
    return entry if entry.rank else replace(entry, rank=infer_rank(entry.position, unit_name))


def as_typed(delegate: Delegate) -> SimpleNamespace:
    """The person as the form shows them: the telephone as it was typed."""
    names = ("full_name", "position", "rank", "email", "version")
    return SimpleNamespace(**{name: getattr(delegate, name) for name in names}, phone=delegate.phone_typed or shown_phone(delegate.phone))
