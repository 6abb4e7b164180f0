"""The desk as a program on a device: its service worker and what a home screen must know of it."""

from pathlib import Path

from flask import Blueprint, Response, current_app, jsonify, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, gettext

from confsvc.web.assets import asset, release
from confsvc.web.language import LOCALES

pages = Blueprint("desk_app", __name__)
SCOPE = "/desk"
# Read by static/src/desk/offline.ts: only a page that carries them is ever kept for later.
DESK_HEADER = "Confsvc-Desk"
RELEASE_HEADER = "Confsvc-Release"
NO_DESK = "none"
GROUND_COLOUR = "#f6f7f9"
ACCENT_COLOUR = "#0b5cad"


def mark_page(response: Response, desk_uid: str | None) -> Response:
    """Say of which desk this page is (None: of none) and which build's files it needs."""
    response.headers[DESK_HEADER] = desk_uid or NO_DESK
    response.headers[RELEASE_HEADER] = release()
    return response


@pages.get("/desk/sw.js")
def service_worker() -> ResponseReturnValue:
    """The worker that opens the desk without a line; asked for anew at every load, so that a new release is found."""
    response = send_file(Path(current_app.static_folder or "") / "dist" / "sw.js", mimetype="text/javascript", max_age=0)
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Service-Worker-Allowed"] = SCOPE
    return response


@pages.get("/desk/manifest.webmanifest")
def manifest() -> ResponseReturnValue:
    """Name, colours and icons of the installed desk, in the language asked for: browsers fetch this without cookies."""
    locale = request.args.get("lang", "")
    with force_locale(locale if locale in LOCALES else current_app.config["BABEL_DEFAULT_LOCALE"]):
        names = {"name": gettext("Check-in desk"), "short_name": gettext("Check-in")}
    response = jsonify(
        **names,
        id=SCOPE,
        start_url=SCOPE,
        scope=SCOPE,
        display="standalone",
        background_color=GROUND_COLOUR,
        theme_color=ACCENT_COLOUR,
        icons=[
            {"src": url_for("static", filename="icon.svg"), "sizes": "any", "type": "image/svg+xml"},
            {"src": asset("icon-192.png"), "sizes": "192x192", "type": "image/png"},
            {"src": asset("icon-512.png"), "sizes": "512x512", "type": "image/png"},
            {"src": asset("icon-512-full.png"), "sizes": "512x512", "type": "image/png", "purpose": "maskable"},
        ],
    )
    response.mimetype = "application/manifest+json"
    return response
