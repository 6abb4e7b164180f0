"""Every refusal as an ack: one map from code to sentence; the reader's page has sentences of its own for most of them."""

from typing import Any

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from confsvc.domain.errors import DomainError, Invalid, Malformed


class UnknownEvent(DomainError):
    """The namespace has no such event."""

    code = "unknown_event"


class TooManyRequests(DomainError):
    """The sender is over its limit; the same event may be sent again a little later."""

    code = "too_many_requests"


class DeskUnknown(DomainError):
    """The browser that connects is no paired desk."""

    code = "desk_unknown"


class BoardUnknown(DomainError):
    """There is no such board, or this viewer may not see it."""

    code = "board_unknown"


# What nobody foresaw; it may go well next time.
FAILED = "error"
MESSAGES: dict[str, LazyString] = {
    FAILED: _("Something went wrong on our side. Please try again."),
    "unknown_event": _("The server does not know this event."),
    "malformed": _("The server cannot read this."),
    "too_many_requests": _("Too much at once. Please wait a moment."),
    "desk_unknown": _("This device is not a paired desk."),
    "desk_revoked": _("This desk may not act any more."),
    "board_unknown": _("There is no such board, or it is not yours to see."),
}


def error_ack(error: DomainError | None = None) -> dict[str, Any]:
    """The ack that says no; without an error the one for what nobody foresaw. A value that breaks a rule is as final as one that cannot be read."""
    if isinstance(error, Invalid):
        error = Malformed(field=error.field)
    code = error.code if error and error.code in MESSAGES else FAILED
    fields = {key: value for key, value in (error.fields if error else {}).items() if isinstance(value, str | int)}
    return {"ok": False, "error": {**fields, "code": code, "message": str(MESSAGES[code])}}
