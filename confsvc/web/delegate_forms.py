"""The form of one delegate, and how a delegate fills it."""

from types import SimpleNamespace
from typing import Any

from flask import flash
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField
from wtforms.validators import InputRequired

from confsvc.domain.delegates import NO_ORDER, DelegateEntry
from confsvc.domain.errors import Invalid
from confsvc.domain.seating import find_namesakes
from confsvc.domain.text import fold
from confsvc.domain.work import Work
from confsvc.models import Delegate
from confsvc.web import labels
from confsvc.web.choosing import Chosen
from confsvc.web.fields import Choice, Number
from confsvc.web.forms import REQUIRED, Form, Text


class DelegateForm(Form):
    full_name = Text(_l("Full name"), [InputRequired(REQUIRED)])
    mandate_id = Chosen(_l("Unit"))
    site_id = Chosen(_l("Site"))
    position = Text(_l("Position"))
    rank = Choice(_l("Rank"), choices=list(labels.RANKS.items()), default="staff")
    protocol_order = Number(_l("Protocol order"), [InputRequired(REQUIRED)], default=NO_ORDER)
    phone = Text(_l("Phone"))
    email = Text(_l("E-mail"))
    note = Text(_l("Note"))
    # The name and unit that the reader was warned about and saves again knowingly.
    known_double = HiddenField()

    def show_conflict(self, current: Any) -> None:
        super().show_conflict(as_typed(current))

    def entry(self) -> DelegateEntry:
        """What was typed, as the domain takes it."""
        return DelegateEntry(
            full_name=self.full_name.data,
            mandate_id=self.mandate_id.data or 0,
            site_id=self.site_id.data,
            position=self.position.data,
            rank=self.rank.data,
            protocol_order=self.protocol_order.data,
            phone=self.phone.data,
            email=self.email.data,
            note=self.note.data,
        )

    def warn_of_double(self, work: Work, conference_id: int, besides: int | None = None) -> None:
        """Say once that the unit may have named this person already; raises Invalid the first time only."""
        mark = f"{self.mandate_id.data} {fold(self.full_name.data)}"
        if self.known_double.data == mark:
            return
        found = find_namesakes(work, conference_id, self.mandate_id.data or 0, self.full_name.data, besides=besides)
        if found:
            self.known_double.data = mark
            raise Invalid("full_name", "possible_double", names=", ".join(described(delegate) for delegate in found))


def described(delegate: Delegate) -> str:
    """Name and position on one line."""
    return f"{delegate.full_name} ({delegate.position})" if delegate.position else delegate.full_name


def as_typed(delegate: Delegate) -> SimpleNamespace:
    """The delegate, mandate loaded, as the fields of the form hold it: the telephone as typed, no site where it is the unit's."""
    names = ("full_name", "mandate_id", "position", "rank", "protocol_order", "email", "note", "version")
    own_site = delegate.site_id if delegate.site_id != delegate.mandate.site_id else None
    return SimpleNamespace(**{name: getattr(delegate, name) for name in names}, phone=delegate.phone_typed or delegate.phone, site_id=own_site)


def flash_saved(before: Delegate, after: Delegate) -> None:
    """Say that a change was saved, and where it was so that the link sent to the address of before opens nothing any more."""
    flash(_("The changes were saved."), "success")
    if after.link_uid != before.link_uid:
        flash(_("The personal link that was sent to %(address)s does not open any more. There is a new one.", address=before.email), "warning")


def site_of_unit() -> str:
    """What the choice is called that leaves the site to the unit's invitation."""
    return str(_("The site of the unit"))
