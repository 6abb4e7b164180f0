"""Which language a page is in: the one chosen here, else the account's, else the server's own."""

from flask import Blueprint, Flask, Response, redirect, request
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from confsvc.boundary import runtime
from confsvc.extensions import babel

LOCALES = {"vi": "Tiếng Việt", "en": "English"}
COOKIE = "lang"
ONE_YEAR_SECONDS = 365 * 24 * 3600

pages = Blueprint("language", __name__)


def init_app(app: Flask) -> None:
    babel.init_app(app, locale_selector=select_locale)
    app.jinja_env.globals.update(LOCALES=LOCALES, current_locale=select_locale)


def select_locale() -> str:
    chosen = request.cookies.get(COOKIE, "") if request else ""
    if chosen in LOCALES:
        return chosen
    if request and current_user.is_authenticated:
        return str(current_user.locale)
    return runtime().settings.default_locale


@pages.get("/language/<locale>")
def choose(locale: str) -> BaseResponse:
    """Remember the language in a cookie and go back to the page asked for, on this server only."""
    response: Response = redirect(local_path(request.args.get("next", "/")), 303)  # type: ignore[assignment]  # Flask's redirect is typed by Werkzeug
    if locale in LOCALES:
        secure = runtime().settings.secure_cookies
        response.set_cookie(COOKIE, locale, max_age=ONE_YEAR_SECONDS, httponly=True, samesite="Lax", secure=secure)
    return response


def local_path(target: str) -> str:
    """`target` if it is a path of this server, else the start page: no redirect may leave it."""
    safe = target.startswith("/") and not target.startswith("//") and "\\" not in target and target.isprintable()
    return target if safe else "/"
