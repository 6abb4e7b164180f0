"""A site or a unit chosen from a list, or, where there are too many for one, by typing: in forms, and above lists that are narrowed to one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from markupsafe import Markup
from wtforms import ValidationError
from wtforms.widgets import Select, html_params

from confsvc.domain.choosing import Option, Subject
from confsvc.domain.errors import Invalid
from confsvc.domain.unit_choice import TYPED_CHARACTERS
from confsvc.domain.work import Work
from confsvc.web.asked import asked_id, asked_text
from confsvc.web.fields import NO_SUCH_ID, IdChoice
from confsvc.web.messages import reason_text

Words = Callable[[Option], str]
# A choice of none that needs no name.
NOTHING = "–"


def _offers(subject: Subject, conference_id: int) -> str:
    """The address that answers with what fits; the directory of units is that of all conferences."""
    return url_for("units.choices") if subject.kind == "units" else url_for(f"{subject.kind}.choices", conference_id=conference_id)


def answer(options: Sequence[Option]) -> dict[str, list[dict[str, str]]]:
    """What such an address answers."""
    return {"choices": [{"label": option.label, "path": option.beside} for option in options]}


def typing(value: str, name: str, address: str, **attributes: Any) -> Markup:
    """A field in which one types, with the list that the page's script fills."""
    known: dict[str, Any] = {
        "id": name,
        "name": name,
        "value": value,
        "data_choices": address,
        "maxlength": TYPED_CHARACTERS,
        "autocomplete": "off",
    } | attributes
    offered = f"{known['id']}-choices"
    return Markup(f"<input {html_params(type='text', list=offered, **known)}><datalist {html_params(id=offered)}></datalist>")  # noqa: S704  # html_params escapes


class _Widget:
    """A list, or a field in which one types."""

    def __call__(self, field: "Chosen", **attributes: Any) -> Markup:
        if field.address:
            return typing(field.shown, field.name, field.address, **{"id": field.id, "placeholder": field.nothing} | attributes)
        listed: Markup = Select()(field, **attributes)
        return listed


class Chosen(IdChoice):
    """The id of one that `offer` gave, or None for none; what was typed is read there."""

    widget = _Widget()

    def __init__(self, label: Any = None, validators: Any = None, **options: Any) -> None:
        super().__init__(label, validators, **options)
        self.data: int | None
        self.address = self.shown = self.nothing = ""
        self._wrong: Invalid | None = None

    def offer(self, work: Work, subject: Subject, conference_id: int, none: str | None = None, words: Words = lambda option: option.name) -> None:
        """Let one choose; `none` is what no choice is called (None: there must be one)."""
        listed = subject.listed(work, conference_id)
        nothing: list[tuple[Any, str]] = [] if none is None else [("", none)]
        if listed is not None:
            self.choices = [*nothing, *((option.id, words(option)) for option in listed)]
            missing = {self.data, self.object_data} - {option.id for option in listed} - {None, NO_SUCH_ID}
            self.choices += [(chosen, label) for chosen in missing if isinstance(chosen, int) and (label := subject.label(work, conference_id, chosen))]
            return
        self.nothing = _("Part of the name") if none in (None, NOTHING) else str(none)
        self.address, typed = _offers(subject, conference_id), str(self.raw_data[0]) if self.raw_data else None
        if typed is not None:
            try:
                self.data = subject.find(work, conference_id, self.short_name, typed)
            except Invalid as wrong:
                self.data, self._wrong = NO_SUCH_ID, wrong
        known = {chosen: subject.label(work, conference_id, chosen) for chosen in {self.data, self.object_data} - {None, NO_SUCH_ID}}
        self.shown = known.get(self.data) or typed or ""
        self.choices = [*nothing, *known.items()]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to choose from."""
        return not self.address and not any(value for value, _label in self.choices)

    def pre_validate(self, form: Any) -> None:  # the signature is the library's
        if self._wrong:
            raise ValidationError(str(reason_text(self._wrong.reason)))


@dataclass(frozen=True, slots=True)
class Narrowing:
    """The field above a list by which it is narrowed to one site or unit.

    `listed` is None where one types, in a field of its own (`typed_name`), so that links can name an id; `id` is None for all, and one that nothing has for
    what cannot be read.
    """

    name: str
    listed: Sequence[Option] | None
    id: int | None
    shown: str = ""
    address: str = ""
    wrong: str = ""

    @property
    def pairs(self) -> list[tuple[int, str]]:
        return [(option.id, option.name) for option in self.listed or ()]

    @property
    def typed_name(self) -> str:
        return f"{self.name}_name"

    def field(self, nothing: str) -> Markup:
        """The field in which one types; `nothing` is what an empty one means."""
        described = {"aria_invalid": "true", "aria_describedby": f"{self.name}-error"} if self.wrong else {}
        return typing(self.shown, self.typed_name, self.address, id=self.name, placeholder=nothing, **described)


def asked_one(work: Work, subject: Subject, conference_id: int, name: str) -> Narrowing:
    """What the address asks for, and what else there is to ask for; whoever calls it goes on to read a list, which asks whether the caller may see it."""
    listed, chosen = subject.listed(work, conference_id), asked_id(name)
    if listed is not None:
        return Narrowing(name, listed, chosen)
    typed, wrong = asked_text(f"{name}_name"), ""
    if typed:
        try:
            chosen = subject.find(work, conference_id, name, typed)
        except Invalid as problem:
            chosen, wrong = NO_SUCH_ID, str(reason_text(problem.reason))
    shown = typed if wrong else subject.label(work, conference_id, chosen)
    return Narrowing(name, None, chosen, shown, _offers(subject, conference_id), wrong)
