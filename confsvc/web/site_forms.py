"""The forms of sites."""

from typing import Any

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField
from wtforms.validators import InputRequired, Length

from confsvc.domain.choosing import SITES, UNITS
from confsvc.domain.site_list import kinds_of_children, units_with_children
from confsvc.domain.sites import SiteEntry
from confsvc.domain.work import Work
from confsvc.models import Site
from confsvc.web.choosing import NOTHING, Chosen
from confsvc.web.fields import Choice, IdChoice, Number
from confsvc.web.forms import REQUIRED, TOO_LONG, Form, Text
from confsvc.web.labels import SITE_KINDS

NONE = ("", "–")


class SiteForm(Form):
    name = Text(_l("Name of the site"), [InputRequired(REQUIRED), Length(max=200, message=TOO_LONG)])
    kind = Choice(_l("Kind"), choices=list(SITE_KINDS.items()), default="remote")
    replace_main = BooleanField(_l("Make the present main site a remote site"))
    parent_id = Chosen(_l("Belongs under"))
    unit_id = Chosen(_l("Unit"))
    address = Text(_l("Address"), [Length(max=300, message=TOO_LONG)])
    video_link = Text(_l("Video link"), [Length(max=500, message=TOO_LONG)])
    contact_name = Text(_l("Contact at the site"), [Length(max=200, message=TOO_LONG)])
    contact_phone = Text(_l("Phone"), [Length(max=60, message=TOO_LONG)])
    contact_email = Text(_l("E-mail"), [Length(max=254, message=TOO_LONG)])
    capacity = Number(_l("Seats in the hall"))
    attends = BooleanField(_l("The site takes part"), default=True)

    def offer(self, work: Work, conference_id: int, site: Site | None = None) -> None:
        """Let one choose the site above and the unit."""
        self.parent_id.offer(work, SITES, conference_id, NOTHING)
        self.parent_id.choices = [(other, name) for other, name in self.parent_id.choices if site is None or other != site.id]
        self.unit_id.offer(work, UNITS, conference_id, NOTHING)

    def entry(self) -> SiteEntry:
        return SiteEntry(
            name=self.name.data or "",
            kind=self.kind.data or "",
            parent_id=self.parent_id.data,
            unit_id=self.unit_id.data,
            address=self.address.data or "",
            video_link=self.video_link.data or "",
            contact_name=self.contact_name.data or "",
            contact_phone=self.contact_phone.data or "",
            contact_email=self.contact_email.data or "",
            capacity=self.capacity.data,
            attends=bool(self.attends.data),
        )

    def show_conflict(self, current: Any) -> None:
        super().show_conflict(current)
        label = str(self.attends.label.text)
        if label in self.standing:
            self.standing[label] = gettext("Yes") if current.attends else gettext("No")


class SitesOfUnitsForm(Form):
    unit_id = IdChoice(_l("Unit above them"), [InputRequired(REQUIRED)])
    kind = Choice(_l("Kind of unit"), choices=[], default="")
    prefix = Text(_l("What stands before the name of the unit"), [Length(max=80, message=TOO_LONG)])
    parent_id = Chosen(_l("Belong under"))

    def offer(self, work: Work, conference_id: int) -> None:
        """Fill the lists one chooses from."""
        parents = [(unit.id, unit.name, ngettext("%(num)s unit", "%(num)s units", children)) for unit, children in units_with_children(work)]
        self.unit_id.choices = [NONE, *((unit_id, f"{name} ({size})") for unit_id, name, size in parents)]
        self.kind.choices = [("", gettext("All kinds")), *((kind, kind) for kind in kinds_of_children(work))]
        self.parent_id.offer(work, SITES, conference_id, NOTHING)
