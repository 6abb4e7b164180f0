"""Signing in and out, and changing one's own password."""

from dataclasses import dataclass
from typing import cast

from flask import Blueprint, Flask, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_limiter.util import get_remote_address
from flask_login import current_user, login_user, logout_user
from wtforms import PasswordField
from wtforms.validators import InputRequired, Length

from confsvc.boundary import begin_reading, begin_work, runtime
from confsvc.domain.access import signed_in_account
from confsvc.domain.accounts import PASSWORD_MAX_CHARACTERS, account_email, change_password, find_account, get_account, prepare_password
from confsvc.domain.errors import Invalid
from confsvc.domain.passwords import Passwords
from confsvc.domain.work import System
from confsvc.extensions import login
from confsvc.loop import off_the_loop
from confsvc.models import Account
from confsvc.web.forms import REQUIRED, TOO_LONG, Form, Text
from confsvc.web.language import local_path
from confsvc.web.rate_limits import give_back_attempt, take_attempt

pages = Blueprint("sign_in", __name__)


@dataclass(frozen=True)
class SignedIn:
    """What a request knows of its account; the epoch in the id lets a changed password end older sign-ins."""

    id: int
    name: str
    email: str
    locale: str
    role: str
    epoch: int
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False

    @classmethod
    def of(cls, account: Account) -> "SignedIn":
        return cls(account.id, account.name, account.email, account.locale, account.role, account.session_epoch)

    def get_id(self) -> str:
        return f"{self.id}:{self.epoch}"


class PasswordsApart(Passwords):
    """Passwords hashed in an OS thread: the sockets of desks and boards are served meanwhile."""

    def hash(self, password: str) -> str:
        return off_the_loop(lambda: super(PasswordsApart, self).hash(password))

    def verify(self, stored: str | None, password: str) -> bool:
        return off_the_loop(lambda: super(PasswordsApart, self).verify(stored, password))


class SignInForm(Form):
    email = Text(_l("E-mail"), [InputRequired(REQUIRED), Length(max=254, message=TOO_LONG)])
    password = PasswordField(_l("Password"), [InputRequired(REQUIRED), Length(max=PASSWORD_MAX_CHARACTERS, message=TOO_LONG)])


class PasswordForm(Form):
    current = PasswordField(_l("Present password"), [InputRequired(REQUIRED), Length(max=PASSWORD_MAX_CHARACTERS, message=TOO_LONG)])
    new = PasswordField(_l("New password"), [InputRequired(REQUIRED), Length(max=PASSWORD_MAX_CHARACTERS, message=TOO_LONG)])


def init_app(app: Flask) -> None:
    with app.app_context():
        app.extensions["passwords"] = PasswordsApart(runtime().settings.argon2_memory_kib)
    login.init_app(app)
    login.user_loader(_load)


def passwords() -> Passwords:
    return cast("Passwords", current_app.extensions["passwords"])


def _load(identity: str) -> SignedIn | None:
    account_id, _, epoch = identity.partition(":")
    if not (account_id.isascii() and account_id.isdigit()):
        return None
    with begin_reading(System()) as work:
        account = get_account(work, int(account_id))
    return SignedIn.of(account) if account and str(account.session_epoch) == epoch else None


@pages.get("/sign-in")
def show() -> ResponseReturnValue:
    if current_user.is_authenticated:
        return redirect(local_path(request.args.get("next", "/")), 303)
    return render_template("accounts/sign_in.html", form=SignInForm())


@pages.post("/sign-in")
def sign_in() -> ResponseReturnValue:
    """Open the account; wrong passwords count against both the address asked from and the account asked for."""
    form = SignInForm()
    if form.validate_on_submit():
        email = form.email.data or ""
        keys = f"address:{get_remote_address()}", f"account:{account_email(email)}"
        take_attempt(*keys)
        with begin_reading(System()) as work:
            account = find_account(work, email)
        if passwords().verify(account.password_hash if account else None, form.password.data or "") and account:
            give_back_attempt(*keys)
            login_user(SignedIn.of(account))
            return redirect(local_path(request.args.get("next", "/")), 303)
        form.put(Invalid("password", "sign_in_wrong"))
    return render_template("accounts/sign_in.html", form=form), 422


@pages.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    logout_user()
    return redirect(url_for("sign_in.show"), 303)


@pages.route("/account", methods=["GET", "POST"])
def account() -> ResponseReturnValue:
    """Change one's own password; every other browser that is signed in with it is signed out."""
    if not current_user.is_authenticated:
        return redirect(url_for("sign_in.show", next=url_for("sign_in.account")), 303)
    form = PasswordForm()
    if form.validate_on_submit():
        try:
            changed = _change_password(form.current.data or "", form.new.data or "")
        except Invalid as error:
            form.put(error)
        else:
            login_user(SignedIn.of(changed))
            flash(_("The password was changed."), "success")
            return redirect(url_for("sign_in.account"), 303)
    return render_template("accounts/account.html", form=form), form.status


def _change_password(current: str, new: str) -> Account:
    """The password is checked and hashed between two units of work: others write meanwhile."""
    with begin_reading() as work:
        account = signed_in_account(work)
    # Not the key of signing in: who locks an account from outside does not keep its owner from a new password.
    keys = f"address:{get_remote_address()}", f"own:{account.id}"
    take_attempt(*keys)
    try:
        change = prepare_password(account, passwords(), current=current, new=new)
    except Invalid as error:
        if error.field != "current":
            give_back_attempt(*keys)
        raise
    give_back_attempt(*keys)
    with begin_work() as work:
        return change_password(work, change)
