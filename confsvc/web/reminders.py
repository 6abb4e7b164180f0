"""Who is reminded before a conference, and when: a list that organisers change."""

import re
from typing import Any
from uuid import uuid4

from flask import Blueprint, flash, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField
from wtforms.validators import InputRequired

from confsvc.boundary import begin_reading
from confsvc.domain.access import organised_conference, real_conference
from confsvc.domain.reminder_moments import DAY_MINUTES
from confsvc.domain.reminders import (
    ReminderEntry,
    add_reminder,
    add_usual_reminders,
    change_reminder,
    list_reminders,
    organised_reminder,
    remove_reminder,
)
from confsvc.domain.work import Work
from confsvc.models import Reminder
from confsvc.web.fields import Choice, Number
from confsvc.web.forms import REQUIRED, Form, carry_out
from confsvc.web.labels import REMINDER_AUDIENCES, REMINDER_UNITS
from confsvc.web.presses import press
from confsvc.web.template_tools import lead_time

pages = Blueprint("reminders", __name__, url_prefix="/conferences/<int:conference_id>/reminders")
SEEN_MINUTES = re.compile("[0-9]{1,9}")
UNITS = {"minutes": 1, "hours": 60, "days": DAY_MINUTES}


class ReminderForm(Form):
    """Whom, and how long before the start; `seen` is what the reminder said when the form was opened."""

    audience = Choice(_l("Whom"), choices=list(REMINDER_AUDIENCES.items()), default="delegates")
    amount = Number(_l("How long before the start"), [InputRequired(REQUIRED)], default=1)
    unit = Choice(_l("Unit of time"), choices=list(REMINDER_UNITS.items()), default="days")
    seen = HiddenField()

    @classmethod
    def of(cls, reminder: Reminder) -> "ReminderForm":
        amount, unit = _in_units(reminder.minutes_before)
        return cls(data={"audience": reminder.audience, "amount": amount, "unit": unit, "seen": f"{reminder.audience}:{reminder.minutes_before}"})

    def entry(self) -> ReminderEntry:
        """What was typed; a unit that there is not makes an amount that cannot be."""
        return ReminderEntry(self.audience.data or "", (self.amount.data or 0) * UNITS.get(self.unit.data or "", 0))

    @property
    def seen_entry(self) -> ReminderEntry:
        """What the reminder said; 0 minutes, which no reminder says, for what no page of ours has sent."""
        audience, _colon, minutes = (self.seen.data or "").partition(":")
        return ReminderEntry(audience, int(minutes) if SEEN_MINUTES.fullmatch(minutes) else 0)

    def show_conflict(self, current: Any) -> None:
        """Keep what was typed and show what stands now; to save again puts the one in place of the other."""
        self.conflict = True
        self.standing = {
            str(self.audience.label.text): str(REMINDER_AUDIENCES[current.audience]),
            str(self.amount.label.text): lead_time(current.minutes_before),
        }
        self.seen.data = f"{current.audience}:{current.minutes_before}"
        self.form_key.data = str(uuid4())


def _in_units(minutes: int) -> tuple[int, str]:
    """An amount in the largest unit that it is a whole number of."""
    return next((minutes // size, unit) for unit, size in reversed(UNITS.items()) if minutes % size == 0)


@pages.route("", methods=["GET", "POST"])
def index(conference_id: int) -> ResponseReturnValue:
    """The reminders of a conference, and a form that adds one."""
    form = ReminderForm()
    with begin_reading() as work:
        real_conference(work, conference_id)
    if form.validate_on_submit():

        def add(work: Work) -> str:
            add_reminder(work, conference_id, form.entry())
            return url_for("reminders.index", conference_id=conference_id)

        done = carry_out(form, add)
        if done:
            return done
    with begin_reading() as work:
        conference = organised_conference(work, conference_id)
        reminders = list_reminders(work, conference_id)
    return render_template("reminders/list.html", conference=conference, reminders=reminders, form=form, now=work.now), form.status


@pages.post("/usual")
def add_usual(conference_id: int) -> ResponseReturnValue:
    back = url_for("reminders.index", conference_id=conference_id)

    def add(work: Work) -> str:
        add_usual_reminders(work, conference_id)
        return back

    return press(add, back)


@pages.route("/<int:reminder_id>", methods=["GET", "POST"])
def edit(conference_id: int, reminder_id: int) -> ResponseReturnValue:
    with begin_reading() as work:
        conference = real_conference(work, conference_id)
        form = ReminderForm.of(organised_reminder(work, conference_id, reminder_id))
    if form.validate_on_submit():

        def change(work: Work) -> str:
            change_reminder(work, conference_id, reminder_id, form.entry(), seen=form.seen_entry)
            return url_for("reminders.index", conference_id=conference_id)

        done = carry_out(form, change)
        if done:
            return done
    return render_template("reminders/edit.html", conference=conference, form=form, reminder_id=reminder_id), form.status


@pages.post("/<int:reminder_id>/remove")
def remove(conference_id: int, reminder_id: int) -> ResponseReturnValue:
    back = url_for("reminders.index", conference_id=conference_id)

    def drop(work: Work) -> str:
        remove_reminder(work, conference_id, reminder_id)
        flash(_("The reminder was removed."), "success")
        return back

    return press(drop, back)
