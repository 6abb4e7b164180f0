"""What a command may answer instead of being carried out: a stable code and fields, free of HTTP."""

from typing import Any, ClassVar


class DomainError(Exception):
    """`code` names the reason in protocol, log and translation; `fields` holds what a message needs to be said."""

    code: ClassVar[str] = "error"

    def __init__(self, **fields: Any) -> None:
        super().__init__(self.code, fields)
        self.fields = fields


class NotFound(DomainError):
    """There is no such thing, or this actor may not know of it."""

    code = "not_found"


class SignInRequired(DomainError):
    """Nobody is signed in, or the sign-in has ended."""

    code = "sign_in_required"


class NotAllowed(DomainError):
    """The actor is known and may not do this."""

    code = "not_allowed"


class LinkExpired(DomainError):
    """The link was right once: it has expired, was used or was revoked."""

    code = "link_expired"


class Invalid(DomainError):
    """The value of one field breaks a rule; `reason` is the stable code of the rule."""

    code = "invalid"

    def __init__(self, field: str, reason: str, **values: Any) -> None:
        super().__init__(field=field, reason=reason, **values)
        self.field = field
        self.reason = reason
        self.values = values


class EditConflict(DomainError):
    """The row was changed since the form was opened; `current` is the row as it stands."""

    code = "edit_conflict"

    def __init__(self, current: Any) -> None:
        super().__init__()
        self.current = current


class WrongState(DomainError):
    """The step is not allowed in the state the thing is in: fields `state` and `step`."""

    code = "wrong_state"


class InUse(DomainError):
    """It cannot be removed because something rests on it: field `by` says what kind of thing."""

    code = "in_use"


class DeskGone(DomainError):
    """The desk was revoked or its time is over: it may not act any more."""

    code = "desk_revoked"


class HandoverFull(DomainError):
    """So many acts of a desk wait for an organiser already that no more are kept: field `most`."""

    code = "handover_full"


class Malformed(DomainError):
    """What a program sent cannot be read: field `field` says where."""

    code = "malformed"
