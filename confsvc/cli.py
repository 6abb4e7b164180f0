"""The command line of the administrator."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import click
from flask import Flask, url_for
from flask_babel import force_locale

from confsvc.app import create_app
from confsvc.boundary import begin_reading, begin_work
from confsvc.domain.accounts import create_account, reset_password
from confsvc.domain.attendance_check import verify_every_conference
from confsvc.domain.demo import demo_password, load_example, open_doors
from confsvc.domain.demo_scenes import SCENES
from confsvc.domain.demo_upcoming import load_upcoming
from confsvc.domain.errors import Invalid
from confsvc.domain.work import System, Work
from confsvc.jobs.mail_receiver import MESSAGES, SET_ASIDE, UNREACHABLE, MailReceiver
from confsvc.jobs.mail_sender import MailSender
from confsvc.late_commands import LateCommands
from confsvc.migrating import bring_up_to_date, bring_up_to_date_apart
from confsvc.server import serve, work_alone
from confsvc.web.messages import reason_text
from confsvc.web.sign_in import passwords


def migrated_app() -> Flask:
    """The application, its database brought up to date first."""
    app = create_app()
    bring_up_to_date(app)
    return app


def lasting_app() -> Flask:
    """The same for a process that lives on."""
    app = create_app()
    bring_up_to_date_apart(app)
    return app


@contextmanager
def system_work(app: Flask | None = None, address: str | None = None) -> Iterator[Work]:
    """A unit of work of the server itself, links beginning with `address`; what it refuses is said in English, as everything here."""
    with (app or migrated_app()).test_request_context(base_url=address), force_locale("en"):
        try:
            with begin_work(System()) as work:
                yield work
        except Invalid as error:
            raise click.ClickException(f"{error.field}: {reason_text(error.reason)}") from error


@contextmanager
def system_reading(app: Flask) -> Iterator[Work]:
    """A unit of the server itself that only looks, and holds up nobody who writes."""
    with app.app_context(), begin_reading(System()) as work:
        yield work


def _desk() -> click.Command:
    from confsvc.terminal_desk.command import desk_command  # noqa: PLC0415  # no server needs it

    return desk_command


def _backup() -> click.Command:
    from confsvc.backup.command import backup_command  # noqa: PLC0415  # as above

    return backup_command


def _restore() -> click.Command:
    from confsvc.backup.command import restore_command  # noqa: PLC0415  # as above

    return restore_command


def _drill() -> click.Command:
    from confsvc.drill.command import Units, drill_group  # noqa: PLC0415  # as above

    def units() -> Units:
        """The way of a drill to the database."""
        app = migrated_app()
        return Units(partial(system_work, app), partial(system_reading, app))

    return drill_group(units)


@click.group(cls=LateCommands, late={"backup": _backup, "desk": _desk, "drill": _drill, "restore": _restore})
@click.version_option(package_name="confsvc")
def cli() -> None:
    """Online and hybrid conferences: invitations, check-in at every site, one live board."""


@cli.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, help="Port to listen on; 0 picks a free one.")
@click.option("--jobs/--no-jobs", default=True, show_default=True, help="Whether it also sends mail, reminds and so on; of several that do, one works.")
def serve_command(host: str, port: int, jobs: bool) -> None:
    """Bring the database up to date and serve."""
    serve(lasting_app(), host, port, lambda address: click.echo(f"confsvc listens on {address}"), jobs=jobs)


@cli.command("jobs")
def jobs_command() -> None:
    """Send mail, remind and so on, without serving anybody: for a cluster, whose workers are started with --no-jobs."""
    work_alone(lasting_app())


@cli.group("db")
def db_group() -> None:
    """The database."""


@db_group.command("upgrade")
def db_upgrade() -> None:
    """Bring the database up to date."""
    migrated_app()


@cli.command("demo")
@click.option("--conference", "key", type=click.Choice(sorted(SCENES)), default="binh-thuan", show_default=True, help="Which example.")
@click.option("--now", "live_now", is_flag=True, help="Move it to this hour of today, so that it is live.")
@click.option("--address", help="Where the server answers; by default the public_url of the settings.")
def demo(key: str, live_now: bool, address: str | None) -> None:
    """Load an example conference, unless it is there, and print who can open what."""
    app = migrated_app()
    here = app.extensions["confsvc"].settings
    with system_work(app, address or here.public_url or "http://127.0.0.1:8000") as work:
        example = load_example(work, passwords(), key, live_now=live_now)
        doors = open_doors(work, example, minutes=here.pairing_minutes)
        upcoming = load_upcoming(work, example)
        conference, password = example.conference, demo_password(work)
        shown = password if passwords().verify(example.account.password_hash, password) else "(the one you gave it)"
        found = [("organiser", url_for("sign_in.show", _external=True), f"{example.account.email}, password {shown}")]
        if doors.delegate:
            found.append(("delegate", url_for("invitation.show", token=doors.link, _external=True), doors.delegate.full_name))
        if upcoming.mandate:
            registration = url_for("registration.show", token=upcoming.token, _external=True)
            found.append(("liaison", registration, f"{upcoming.mandate.unit_name}; names delegates for: {upcoming.conference.title}"))
        for site, token in doors.pairings:
            found.append(("desk", url_for("desk.pair", token=token, _external=True), f"{site.name}; one device, {here.pairing_minutes} minutes"))
        found.append(("board", url_for("board.show", conference_id=conference.id, _external=True), "for organisers"))
        found.append(("public board", url_for("public_board.show", token=doors.board, _external=True), "counts only"))
    click.echo(f"{conference.title}: {'loaded' if example.is_new else 'was loaded before'}.")
    for who, link, note in found:
        click.echo(f"  {who:<13} {link}\n  {'':<13} {note}")


@cli.group("attendance")
def attendance_group() -> None:
    """The attendance log."""


@attendance_group.command("verify")
def attendance_verify() -> None:
    """Fold the log of every conference anew and compare it with what is kept; fails where they differ."""
    with migrated_app().app_context(), begin_reading(System()) as work:
        found = verify_every_conference(work)
    for conference_id, differences in found.items():
        for difference in differences:
            where = f"conference {conference_id}, {difference.what} {difference.id}, {difference.field}"
            click.echo(f"{where}: kept {difference.stored}, right {difference.right}")
    wrong = sum(map(len, found.values()))
    if wrong:
        raise click.ClickException(f"{wrong} differences in {len(found)} conferences.")
    click.echo(f"{len(found)} conferences: the log and what is kept of it agree.")


@cli.group("mail")
def mail_group() -> None:
    """Mail."""


@mail_group.command("send")
def mail_send() -> None:
    """Send what is due, and stop."""
    sender = MailSender(migrated_app())
    taken = sender.send_due()
    sender.close()
    click.echo(f"{taken} messages sent.")
    if sender.failures:
        raise click.ClickException("Not everything could be sent: the mail server did not take it. It stays in the outbox.")


@mail_group.command("receive")
def mail_receive() -> None:
    """Take the mail that has come in, once; fails where a mailbox cannot be reached or a message cannot be taken."""
    receiver = MailReceiver(migrated_app())
    if not receiver.has_boxes:
        raise click.ClickException("Neither inbox_dir nor imap_host is set: there is nowhere to look.")
    counts = receiver.receive()
    told = ", ".join(f"{number} {outcome.replace('_', ' ')}" for outcome, number in sorted(counts.items()) if outcome not in (MESSAGES, UNREACHABLE))
    click.echo(f"{counts[MESSAGES]} messages{': ' if told else ''}{told}.")
    if counts[UNREACHABLE] or counts[SET_ASIDE]:
        raise click.ClickException(f"{counts[UNREACHABLE]} mailboxes could not be reached, {counts[SET_ASIDE]} messages were set aside; the log says why.")


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
    with system_work() as work:
        create_account(work, passwords(), email=email, name=name, password=password, role=role)
    click.echo(f"{email} can sign in now.")


@account_group.command("reset-password")
@click.argument("email")
@click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True, help="At least 12 characters.")
def account_reset_password(email: str, password: str) -> None:
    """Give an account a new password and end its sign-ins."""
    with system_work() as work:
        reset_password(work, passwords(), email=email, password=password)
    click.echo(f"{email} has a new password.")
