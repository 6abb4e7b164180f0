"""Addresses of the built front-end files, whose names carry a digest of what is in them."""

import json
from pathlib import Path

from flask import Flask, url_for

ONE_YEAR_SECONDS = 365 * 24 * 3600


def init_app(app: Flask) -> None:
    names = json.loads((Path(app.static_folder or "") / "dist" / "manifest.json").read_text())

    def asset(name: str) -> str:
        """The address of an entry point, e.g. `asset("desk.js")`."""
        return url_for("static", filename=f"dist/{names[name]}")

    app.jinja_env.globals["asset"] = asset
    # Typed as a method by Flask, meant to be replaced: https://flask.palletsprojects.com, "get_send_file_max_age".
    app.get_send_file_max_age = lambda filename: ONE_YEAR_SECONDS if (filename or "").startswith("dist/") else 0  # type: ignore[method-assign]
