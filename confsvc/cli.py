"""The command line of the administrator."""

import click
import flask_migrate
from flask import Flask

from confsvc.app import create_app
from confsvc.boundary import begin_work
from confsvc.domain.accounts import create_account, reset_password
from confsvc.domain.errors import Invalid
from confsvc.domain.work import System
from confsvc.server import serve
from confsvc.web.messages import reason_text
from confsvc.web.sign_in import passwords


def migrated_app() -> Flask:
    """The application, its database brought up to date first."""
    app = create_app()
    with app.app_context():
        flask_migrate.upgrade()
    return app


@click.group()
@click.version_option(package_name="confsvc")
def cli() -> None:
    """Online and hybrid conferences: invitations, check-in at every site, one live board."""


@cli.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, help="Port to listen on; 0 picks a free one.")
def serve_command(host: str, port: int) -> None:
    """Bring the database up to date and serve."""
    serve(migrated_app(), host, port, lambda address: click.echo(f"confsvc listens on {address}"))


@cli.group("db")
def db_group() -> None:
    """The database."""


@db_group.command("upgrade")
def db_upgrade() -> None:
    """Bring the database up to date."""
    migrated_app()


@cli.group("account")
def account_group() -> None:
    """Organisers' accounts."""


@account_group.command("create")
@click.argument("email")
@click.option("--name", prompt=True, help="The person's name.")
@click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True, help="At least 12 characters.")
@click.option("--administrator", is_flag=True, help="May see and change every conference.")
def account_create(email: str, name: str, password: str, administrator: bool) -> None:
    """Make an account that can sign in."""
    role = "administrator" if administrator else "organiser"
    with migrated_app().test_request_context():
        try:
            with begin_work(System()) as work:
                create_account(work, passwords(), email=email, name=name, password=password, role=role)
        except Invalid as error:
            raise click.ClickException(f"{error.field}: {reason_text(error.reason)}") from error
    click.echo(f"{email} can sign in now.")


@account_group.command("reset-password")
@click.argument("email")
@click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True, help="At least 12 characters.")
def account_reset_password(email: str, password: str) -> None:
    """Give an account a new password and end its sign-ins."""
    with migrated_app().test_request_context():
        try:
            with begin_work(System()) as work:
                reset_password(work, passwords(), email=email, password=password)
        except Invalid as error:
            raise click.ClickException(f"{error.field}: {reason_text(error.reason)}") from error
    click.echo(f"{email} has a new password.")
