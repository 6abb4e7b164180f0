"""Form fields for numbers, choices and wall-clock times; the rules themselves are the domain's."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import DateTimeLocalField, IntegerField, SelectField, TimeField
from wtforms.fields.choices import Choice as Option

NOT_A_NUMBER = _("Please enter a whole number.")
NOT_A_MOMENT = _("Please enter a date and a time.")
NOT_A_TIME = _("Please enter a time, such as 14:30.")
ID_MAX = 2**31 - 1
NO_SUCH_ID = -1


class Number(IntegerField):
    """A whole number or None."""

    def process_formdata(self, valuelist: list[str]) -> None:
        _read(self, valuelist, int, NOT_A_NUMBER)


class Moment(DateTimeLocalField):
    """A date and a time of day as clocks show them, without a zone, or None."""

    def __init__(self, label: Any = None, validators: Any = None, **options: Any) -> None:
        super().__init__(label, validators, format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"], **options)

    def process_formdata(self, valuelist: list[str]) -> None:
        _read(self, valuelist, lambda typed: datetime.fromisoformat(typed).replace(tzinfo=None, second=0, microsecond=0), NOT_A_MOMENT)


class Clock(TimeField):
    """A time of day or None."""

    def process_formdata(self, valuelist: list[str]) -> None:
        _read(self, valuelist, lambda typed: datetime.strptime(typed[:5], "%H:%M").time(), NOT_A_TIME)  # noqa: DTZ007  # a time of day has no zone


class Choice(SelectField):
    """One of a list of (value, label); whether it is one of it is asked by the domain."""

    def __init__(self, label: Any = None, validators: Any = None, *, choices: Iterable[tuple[Any, Any]] = (), **options: Any) -> None:
        super().__init__(label, validators, validate_choice=False, **options)
        self.choices = list(choices)

    def iter_choices(self) -> list[Option]:
        return [Option(value, label, self.coerce(value) == self.data, {}) for value, label in self.choices]

    def has_groups(self) -> bool:
        return False


class IdChoice(Choice):
    """The id of one of a list, or None for none of it."""

    def __init__(self, label: Any = None, validators: Any = None, **options: Any) -> None:
        super().__init__(label, validators, coerce=read_id, **options)


def read_id(value: object) -> int | None:
    """An id as typed; None for nothing; an id nobody has for what can be none."""
    text = str(value if value is not None else "").strip()
    if text in ("", "None"):
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 11 and int(text) <= ID_MAX else NO_SUCH_ID


def _read(field: Any, typed: list[str], parse: Callable[[str], Any], message: Any) -> None:
    field.data = None
    if typed and typed[0].strip():
        try:
            field.data = parse(typed[0].strip())
        except (ValueError, OverflowError) as error:
            raise ValueError(message) from error
