"""The form of a letter's own words."""

from types import SimpleNamespace
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms.validators import InputRequired, Length

from confsvc.domain.letter_texts import BODY_MAX_CHARACTERS, SUBJECT_MAX_CHARACTERS
from confsvc.models import LetterText
from confsvc.schemas.letter_texts import Wording
from confsvc.web.forms import REQUIRED, TOO_LONG, Form, Lines, Text


class LetterForm(Form):
    """Plain text with {placeholders}; version 0 is the server's own text."""

    subject = Text(_("Subject"), [InputRequired(REQUIRED), Length(max=SUBJECT_MAX_CHARACTERS, message=TOO_LONG)])
    body = Lines(_("Text"), [InputRequired(REQUIRED), Length(max=BODY_MAX_CHARACTERS, message=TOO_LONG)])

    standard: Wording

    def show_conflict(self, current: Any) -> None:
        """A text that was reset meanwhile is the server's again."""
        super().show_conflict(as_typed(current if current.version else None, self.standard))


def as_typed(own: LetterText | None, standard: Wording) -> SimpleNamespace:
    """What the form of a text shows: the conference's own, else the server's."""
    shown = own or standard
    return SimpleNamespace(subject=shown.subject, body=shown.body, version=own.version if own else 0)
