"""The HTTP door: each page parses, calls the domain and presents."""

from flask import Flask

from confsvc.web import (
    agenda,
    assets,
    attendance,
    attendance_history,
    board,
    conferences,
    delegate_imports,
    delegates,
    desk,
    desk_app,
    desks,
    errors,
    handed_over,
    health,
    invitation,
    language,
    mandates,
    members,
    missing,
    online,
    rehearsals,
    row_ids,
    security,
    sign_in,
    sites,
    template_tools,
    tracing,
    unit_changes,
    units,
)


def register(app: Flask) -> None:
    """Attach every page and everything that wraps them."""
    for module in (row_ids, tracing, security, errors, language, assets, template_tools, sign_in):
        module.init_app(app)
    for blueprint in (
        agenda.pages,
        attendance.pages,
        attendance_history.pages,
        board.pages,
        board.public_pages,
        conferences.pages,
        delegate_imports.pages,
        delegates.pages,
        desk.pages,
        desk_app.pages,
        desks.pages,
        handed_over.pages,
        health.pages,
        invitation.pages,
        language.pages,
        mandates.pages,
        members.pages,
        missing.pages,
        rehearsals.pages,
        online.pages,
        sign_in.pages,
        sites.pages,
        unit_changes.pages,
        units.pages,
    ):
        app.register_blueprint(blueprint)
