"""The form in which something on the agenda takes longer or begins at another time."""

import hashlib
from datetime import datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField

from confsvc.domain.agenda_ripple_rules import RippleEntry
from confsvc.domain.moments import moment_in_zone
from confsvc.web.agenda_labels import RIPPLE_FIXED, RIPPLE_LATER
from confsvc.web.fields import Choice, Moment, Number
from confsvc.web.forms import Form


class RippleForm(Form):
    """One change and what is to follow; `mark` is that of the agenda a preview was made of, `seen` that of the values it was made by."""

    overrun = Number(_l("Takes longer by (minutes)"))
    minutes = Number(_l("Lasts (minutes)"))
    starts_at = Moment(_l("Begins at"))
    by_time = BooleanField(_l("Put it behind everything that begins before that"))
    fixed = Choice(_l("Fixed points that are reached too late"), choices=list(RIPPLE_FIXED.items()), default="hold")
    later = Choice(_l("The sessions after it"), choices=list(RIPPLE_LATER.items()), default="hold")
    extend = BooleanField(_l("The session ends later if its items do"), default=True)
    extend_conference = BooleanField(_l("The conference ends later if its sessions do"))
    # The present start, as it stood in the field: left as it is, it changes nothing.
    started = HiddenField()
    mark = HiddenField()
    seen = HiddenField()

    @classmethod
    def beginning(cls, starts_at: datetime, zone: str) -> "RippleForm":
        """A form that nobody has sent yet, with the present start."""
        local = starts_at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        return cls(formdata=None, data={"starts_at": local, "started": _minute(local)})

    @property
    def begins_anew(self) -> bool:
        """Whether another start was typed; the same one counts where the place in the order is to follow from it."""
        typed = self.starts_at.data
        return typed is not None and (_minute(typed) != self.started.data or (bool(self.by_time.data) and self.overrun.data is self.minutes.data is None))

    def entry(self, zone: str, *, item_id: int | None, session_id: int | None) -> RippleEntry:
        """What was typed; raises Invalid for a moment that no clock shows."""
        return RippleEntry(
            item_id=item_id,
            session_id=session_id,
            overrun=self.overrun.data,
            minutes=self.minutes.data,
            starts_at=moment_in_zone(self.starts_at.data, zone, "starts_at") if self.begins_anew else None,
            by_time=bool(self.by_time.data),
            fixed=self.fixed.data or "",
            later=self.later.data or "",
            extend=bool(self.extend.data),
            extend_conference=bool(self.extend_conference.data),
        )

    @property
    def typed(self) -> str:
        """A short sign of the values: a preview of others says nothing of these."""
        names = ("overrun", "minutes", "starts_at", "by_time", "fixed", "later", "extend", "extend_conference")
        return hashlib.sha256(repr([self[name].data for name in names]).encode()).hexdigest()[:16]

    def show_conflict(self, current: Any) -> None:
        """Keep what was typed; a new preview says what it would do to the agenda as it stands now."""
        self.conflict, self.standing = True, {}
        self.form_key.data = str(uuid4())


def _minute(moment: datetime) -> str:
    return moment.isoformat(timespec="minutes")
