"""What every stable code is called on screen; a test holds this list against the codes of the domain."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

ERRORS: dict[str, LazyString] = {
    "error": _("Something went wrong on our side. What you typed was not saved; please try again."),
    "bad_request": _("The browser sent something this page cannot read. Please go back and try again."),
    "not_found": _("This page does not exist, or it is not yours to see."),
    "method_not_allowed": _("This address cannot be opened this way."),
    "sign_in_required": _("Please sign in first."),
    "not_allowed": _("You may not do this."),
    "link_expired": _("This link has expired, was already used, or was withdrawn. Please ask for a new one."),
    "edit_conflict": _("Somebody else has changed this in the meantime."),
    "wrong_state": _("This step is not possible in the present state."),
    "in_use": _("It cannot be removed because other entries rest on it."),
    "invalid": _("This value is not possible."),
    "form_expired": _("The form has expired. Please go back, reload the page and send it again."),
    "too_large": _("The file is too large."),
    "too_many_requests": _("Too many attempts. Please wait a few minutes and try again."),
}

# Rules that one field of a form can break: the `reason` of `Invalid`.
REASONS: dict[str, LazyString] = {
    "required": _("Please fill in this field."),
    "too_long": _("This is too long."),
    "not_a_choice": _("Please choose one of the list."),
    "email_invalid": _("This is not an e-mail address."),
    "email_taken": _("There is already an account with this e-mail address."),
    "password_short": _("A password needs at least 12 characters."),
    "password_wrong": _("The present password is not right."),
    "reply_required": _("Please choose yes or no."),
    "reply_reason_required": _("Please say why you cannot attend."),
    "sign_in_wrong": _("The e-mail address or the password is not right."),
    "link_invalid": _("Please enter an address that begins with https:// or http://."),
    "main_site_taken": _("“%(name)s” is the main site already. Tick the box below to make this one the main site instead."),
    "main_site_needed": _("A conference has one main site. To replace it, make another site the main one."),
    "main_site_on_top": _("The main site belongs under no other site."),
    "parent_below_itself": _("A site cannot belong under itself or under a site below it."),
    "capacity_range": _("Please enter a number from 1 to %(most)s."),
    "minutes_range": _("Please enter a number of minutes from 1 to %(most)s."),
    "session_too_long": _("A session lasts at most 24 hours. Please make one session for each day."),
}


def error_text(code: str, fields: Mapping[str, object]) -> LazyString:
    """The sentence for an error code; for `invalid` the sentence of its reason."""
    if code == "invalid":
        return reason_text(str(fields.get("reason", "")))
    return ERRORS.get(code, ERRORS["error"])


def reason_text(reason: str) -> LazyString:
    """The sentence for the `reason` of an `Invalid`."""
    return REASONS.get(reason, ERRORS["invalid"])
