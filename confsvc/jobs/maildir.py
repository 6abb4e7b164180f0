"""Mail laid down on disk where no mail server is set: a maildir, which every mail program can open."""

import os
from pathlib import Path

from confsvc.domain.outbox import Outgoing
from confsvc.jobs.delivery import Unreachable

FOLDERS = ("tmp", "new", "cur")


class Maildir:
    """One folder with `tmp`, `new` and `cur`; a message is named by its Message-ID, so that one laid down twice is one message."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def deliver(self, outgoing: Outgoing) -> None:
        """Write the message, and return once it would survive a power cut."""
        try:
            self._lay_down(file_name(outgoing.name), outgoing.data)
        except OSError as error:
            raise Unreachable(f"{self._folder}: {error.strerror}") from error

    def close(self) -> None:
        """Nothing is kept open."""

    def _lay_down(self, name: str, data: bytes) -> None:
        for folder in FOLDERS:
            (self._folder / folder).mkdir(mode=0o700, parents=True, exist_ok=True)
        if any((self._folder / "cur").glob(f"{name}*")):
            return  # somebody has opened it already
        written = self._folder / "tmp" / name
        with written.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        written.replace(self._folder / "new" / name)
        _sync_folder(self._folder / "new")


def file_name(message_id: str) -> str:
    """The file of the message with this Message-ID of ours: `<uuid@domain>` without its brackets."""
    return message_id.strip("<>")


def _sync_folder(folder: Path) -> None:
    """Make a change of name in this folder last."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
