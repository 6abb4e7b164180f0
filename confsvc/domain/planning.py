"""What the plans of a conference (its sites, its agenda) have in common: who may change them, and until when."""

from confsvc.domain.access import real_conference
from confsvc.domain.errors import Invalid, WrongState
from confsvc.domain.text import clean
from confsvc.domain.work import Work
from confsvc.models import Conference

SETTLED_STATES = ("closed", "cancelled")


def planned_conference(work: Work, conference_id: int) -> Conference:
    """The conference, if the actor organises it and its plan may still change; other writers of it wait.

    Raises SignInRequired, NotFound, or WrongState for a rehearsal and for one that is closed or cancelled: its reports do not
    change later.
    """
    conference = real_conference(work, conference_id, lock=True)
    if conference.state in SETTLED_STATES:
        raise WrongState(state=conference.state, step="change_plan")
    return conference


def line(field: str, typed: str, limit: int, *, required: bool = False) -> str:
    """One cleaned line of at most `limit` characters; raises Invalid `required` or `too_long`."""
    text = clean(typed)
    if required and not text:
        raise Invalid(field, "required")
    if len(text) > limit:
        raise Invalid(field, "too_long")
    return text
