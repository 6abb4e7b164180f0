"""Addresses of the built front-end files, whose names carry a digest of what is in them."""

import json
from pathlib import Path

from flask import Flask, current_app, url_for

ONE_YEAR_SECONDS = 365 * 24 * 3600


def init_app(app: Flask) -> None:
    app.extensions["confsvc.assets"] = json.loads((Path(app.static_folder or "") / "dist" / "manifest.json").read_text())
    app.jinja_env.globals["asset"] = asset
    # Typed as a method by Flask, meant to be replaced: https://flask.palletsprojects.com, "get_send_file_max_age".
    app.get_send_file_max_age = lambda filename: ONE_YEAR_SECONDS if (filename or "").startswith("dist/") else 0  # type: ignore[method-assign]


def asset(name: str) -> str:
    """The address of a built file, e.g. `asset("desk.js")`."""
    return url_for("static", filename=f"dist/{_names()[name]}")


def release() -> str:
    """Which build of the front end this is: another one has other files for the desk."""
    return _names()["release"]


def _names() -> dict[str, str]:
    names: dict[str, str] = current_app.extensions["confsvc.assets"]
    return names
