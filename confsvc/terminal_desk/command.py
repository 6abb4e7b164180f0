"""The command `confsvc desk`: pair or go on, then one answer for each line until the lines end."""

import os
import platform
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from confsvc.terminal_desk import pairing
from confsvc.terminal_desk.harmless import harmless
from confsvc.terminal_desk.requests import Unreachable
from confsvc.terminal_desk.store import FolderDamaged, FolderTaken, Store
from confsvc.terminal_desk.texts import LANGUAGES, Texts, language_of_environment, texts_in

if TYPE_CHECKING:
    from confsvc.terminal_desk.session import Session

LONGEST_NAME = 80


def default_folder() -> Path:
    """Where programs of this user keep their data."""
    own = Path(os.environ["LOCALAPPDATA"]) if os.environ.get("LOCALAPPDATA") else Path.home() / ".local" / "share"
    return Path(os.environ.get("XDG_DATA_HOME") or own) / "confsvc-desk"


@click.command("desk")
@click.argument("link", required=False)
@click.option("--folder", type=click.Path(file_okay=False, path_type=Path), help="Where the desk keeps its files; by default a folder of this user.")
@click.option("--language", type=click.Choice(LANGUAGES), help="By default as LANG says.")
@click.option("--name", default=f"{platform.node() or 'terminal'}"[:LONGEST_NAME], show_default=True, help="What the desk is called when it is paired.")
def desk_command(link: str | None, folder: Path | None, language: str | None, name: str) -> None:
    """Check people in from this terminal; LINK is the organiser's pairing link, needed once.

    Exit status: 0 all went well, 1 something was refused or not understood, 2 the desk could not start, 3 something waits to be sent.
    """
    texts = texts_in(language or language_of_environment())
    if not find_spec("socketio"):
        _stop(texts["lacks_client"])
    store = _open(folder or default_folder(), texts)
    try:
        session = _session(store, link, name, texts)
        sys.exit(session.run(sys.stdin))
    finally:
        store.close()


def _open(folder: Path, texts: Texts) -> Store:
    try:
        return Store(folder)
    except FolderTaken:
        return _stop(texts["folder_taken"].format(folder=folder))
    except FolderDamaged as error:
        return _stop(texts["folder_damaged"].format(file=folder / "desk.sqlite3", why=error))


def _session(store: Store, link: str | None, name: str, texts: Texts) -> "Session":
    from confsvc.terminal_desk.session import Session  # noqa: PLC0415  # needs the extra `desk`

    if not link and not store.fact("desk"):
        _stop(texts["not_paired_yet"])
    if link and not pairing.is_paired_by(store, link):
        _settle_what_waits(store, texts)
        _pair(store, link, name, texts)
    return Session(store, texts)


def _settle_what_waits(store: Store, texts: Texts) -> None:
    """Before a desk becomes another one: what it still has goes to the server, where there is a line."""
    from confsvc.terminal_desk.session import Session  # noqa: PLC0415  # as above

    if store.count_waiting():
        Session(store, texts).deliver()


def _pair(store: Store, link: str, name: str, texts: Texts) -> None:
    try:
        pairing.pair(store, link, name)
    except pairing.NotALink:
        _stop(texts["not_a_link"].format(link=link))
    except pairing.ActsWait as error:
        _stop(texts["acts_wait"].format(count=error))
    except pairing.NotPaired as error:
        _stop(texts["pairing_refused"].format(why=texts.get(str(error), error)))
    except Unreachable as error:
        _stop(texts["unreachable"].format(why=error))


def _stop(message: str) -> NoReturn:
    """End with a clear sentence."""
    click.echo(harmless(message), err=True)
    sys.exit(2)
