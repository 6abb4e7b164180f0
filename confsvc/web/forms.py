"""Forms: one look for every field, one way to carry them out."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from flask import redirect
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import HiddenField, IntegerField, StringField, TextAreaField

from confsvc.boundary import begin_work
from confsvc.domain.errors import EditConflict, Invalid, WrongState
from confsvc.domain.submissions import earlier_outcome, remember_outcome
from confsvc.domain.text import clean, clean_lines
from confsvc.domain.work import Actor, Work
from confsvc.web.messages import error_text, reason_text


class Text(StringField):
    """One line of text, cleaned as it comes in (NFC, no control or invisible characters)."""

    def __init__(self, label: Any = None, validators: Any = None, **options: Any) -> None:
        super().__init__(label, validators, filters=[lambda value: clean(value or "")], **options)


class Lines(TextAreaField):
    """Several lines of text, each cleaned."""

    def __init__(self, label: Any = None, validators: Any = None, **options: Any) -> None:
        super().__init__(label, validators, filters=[lambda value: clean_lines(value or "")], **options)


class Form(FlaskForm):
    """A form that remembers which opening it came from (`form_key`) and which version of the row it shows (`version`)."""

    form_key = HiddenField(default=lambda: str(uuid4()))
    version = IntegerField(default=0)
    conflict: bool = False
    refused: bool = False
    # What stands in the database now where it differs from what was typed: label → value. Set on a conflict.
    standing: dict[str, str]

    def put(self, error: Invalid) -> None:
        """Show a domain error beside the field it names."""
        field = self._fields.get(error.field, self.form_key)
        field.errors = [*field.errors, reason_text(error.reason) % error.values if error.values else reason_text(error.reason)]

    def show_conflict(self, current: Any) -> None:
        """Keep what was typed, show what stands now, and let the next press save over it knowingly."""
        self.conflict = True
        typed = {name: field for name, field in self._fields.items() if name not in ("form_key", "version", "csrf_token") and hasattr(current, name)}
        self.standing = {
            str(field.label.text): _in_words(field, getattr(current, name)) for name, field in typed.items() if getattr(current, name) != field.data
        }
        self.version.data = current.version
        self.version.raw_data = None
        self.form_key.data = str(uuid4())

    def refuse(self, error: WrongState) -> None:
        """Keep what was typed and say that the state of things does not allow it."""
        self.refused = True
        self.form_key.errors = [*self.form_key.errors, error_text(error.code, error.fields)]

    @property
    def status(self) -> int:
        """The HTTP status of a page that shows this form."""
        return 409 if self.conflict or self.refused else 422 if self.errors else 200


def _in_words(field: Any, value: Any) -> str:
    """A value as the reader of this field knows it: the label of a choice, else the value itself."""
    label = dict(field.choices).get(value) if getattr(field, "choices", None) else None
    return str(label or value or "–")


def carry_out(form: Form, action: Callable[[Work], str], actor: Actor | None = None) -> Response | None:
    """Run `action` (it returns where to go next) in one unit of work, once for this opening of the form.

    For an `actor` without an account (the bearer of a link) nothing is remembered: the action itself makes sure of the "once".

    Returns the redirect, or None with the errors put into the form. Raises WrongState for a bare `Form`: a button has
    nothing typed that a page of errors would lose.
    """
    key = str(form.form_key.data or uuid4())[:36]
    try:
        with begin_work(actor) as work:
            location = earlier_outcome(work, key) if actor is None else None
            if location is None:
                location = action(work)
                if actor is None:
                    remember_outcome(work, key, location)
    except Invalid as error:
        form.put(error)
        return None
    except EditConflict as error:
        form.show_conflict(error.current)
        return None
    except WrongState as error:
        if type(form) is Form:
            raise
        form.refuse(error)
        return None
    return redirect(location, 303)


REQUIRED = _("Please fill in this field.")
TOO_LONG = _("This is too long.")
