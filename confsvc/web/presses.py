"""Buttons that post: carried out once, what went wrong is said on the page they came from."""

from collections.abc import Callable

from flask import flash, redirect, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from confsvc.domain.errors import InUse, WrongState
from confsvc.domain.work import Actor, Work
from confsvc.web.forms import Form, carry_out
from confsvc.web.language import local_path
from confsvc.web.messages import error_text


def press(action: Callable[[Work], str], back: str, form: Form | None = None, actor: Actor | None = None) -> Response:
    """Carry out a form of one button; `back` is where to go when it cannot be done, unless the form names a page (`next`). `actor` as in `carry_out`."""
    form = form or Form()
    try:
        done = carry_out(form, action, actor)
    except (InUse, WrongState) as error:
        flash(str(error_text(error.code, error.fields)), "error")
    else:
        if done:
            return done
        flash(_("Somebody else has changed this in the meantime.") if form.conflict else str(next(iter(form.errors.values()))[0]), "error")
    return redirect(page_pressed_on(back), 303)


def page_pressed_on(otherwise: str) -> str:
    """The page of this server that the button stands on, as the form says."""
    return local_path(request.form.get("next", otherwise))
