"""The HTTP door: each page parses, calls the domain and presents."""

from flask import Flask

from confsvc.web import assets, errors, health, language, security, sign_in, template_tools, tracing


def register(app: Flask) -> None:
    """Attach every page and everything that wraps them."""
    for module in (tracing, security, errors, language, assets, template_tools, sign_in):
        module.init_app(app)
    for blueprint in (health.pages, language.pages, sign_in.pages):
        app.register_blueprint(blueprint)
