"""Where mail comes in: boxes of messages, each to be read, and then put where it is not found again."""

import os
import stat
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import structlog

log = structlog.get_logger()
# One look takes no more at once: whoever stops the server need not wait for ten thousand.
AT_ONCE = 500


class Unreachable(Exception):
    """The box cannot be looked into now."""


class Unreadable(Exception):
    """This message cannot be had."""


class Mailbox(Protocol):
    """`waiting` may be asked anew once all it gave was finished or set aside. All raise Unreachable."""

    name: str

    def waiting(self) -> Sequence[str]:
        """The keys of at most AT_ONCE messages, the oldest first."""

    def read(self, key: str, most: int) -> bytes:
        """The message, or its first `most` bytes. Raises Unreadable."""

    def finish(self, key: str) -> None:
        """What it says is kept: it is not to be found again."""

    def set_aside(self, key: str) -> None:
        """It cannot be taken: it is not to be found again, and not to be lost."""

    def close(self) -> None: ...


class MaildirBox:
    """A maildir on this machine: from `new` to `cur`, or to `aside`."""

    def __init__(self, folder: Path) -> None:
        self.name = str(folder)
        self._folder = folder
        # What could be moved nowhere would be found again and again.
        self._stuck: set[str] = set()

    def waiting(self) -> Sequence[str]:
        try:
            for name in ("tmp", "new", "cur"):
                (self._folder / name).mkdir(parents=True, exist_ok=True)
            with os.scandir(self._folder / "new") as entries:
                found = sorted(entry.name for entry in entries if not entry.name.startswith("."))
        except OSError as error:
            raise Unreachable(str(error)) from error
        return [name for name in found if name not in self._stuck][:AT_ONCE]

    def read(self, key: str, most: int) -> bytes:
        try:
            number = os.open(self._folder / "new" / key, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            if not stat.S_ISREG(os.fstat(number).st_mode):
                os.close(number)
                raise Unreadable("not a file")
            with os.fdopen(number, "rb") as file:
                return file.read(most)
        except OSError as error:
            raise Unreadable(str(error)) from error

    def finish(self, key: str) -> None:
        self._move(key, "cur", f"{key.partition(':')[0]}:2,S")

    def set_aside(self, key: str) -> None:
        self._move(key, "aside", key)

    def close(self) -> None:
        """Nothing is held open."""

    def _move(self, key: str, folder: str, name: str) -> None:
        target = self._folder / folder / name
        try:
            target.parent.mkdir(exist_ok=True)
            while target.exists():
                target = target.with_name(f"1{target.name}")
            # Another process may have been faster.
            with suppress(FileNotFoundError):
                (self._folder / "new" / key).rename(target)
        except OSError as error:
            log.exception("inbox_message_stuck", folder=self.name, file=key)
            self._stuck.add(key)
            raise Unreachable(str(error)) from error
