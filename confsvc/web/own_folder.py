"""A folder of this process alone, among the system's temporary files: locked while the process lives, so that what one has left that was killed is known.

Cleaners of temporary files spare what is locked in this way too, however old it is (tmpfiles.d(5)).
"""

import fcntl
import os
import shutil
import tempfile
import weakref
from contextlib import suppress
from pathlib import Path

PREFIX = "confsvc-files-"


def own_folder(owner: object) -> Path:
    """A new folder that nobody else reads; it goes with its owner, at the latest when the process ends."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))  # made with mode 0700
        # Whoever removes what is left may have come before the lock.
        with suppress(BlockingIOError, FileNotFoundError):
            weakref.finalize(owner, _remove, folder, _lock(folder))
            return folder


def remove_left_folders() -> None:
    """Remove the folders of processes that ended without doing it by themselves."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        # It is in use, or another user's.
        with suppress(OSError):
            _remove(folder, _lock(folder))


def _lock(folder: Path) -> int:
    """Its lock, held until it is closed or the process ends.

    Raises BlockingIOError where somebody else has it, FileNotFoundError where the folder is gone, PermissionError where it is another user's,
    who may have put anything into it.
    """
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        if os.fstat(lock).st_uid != os.geteuid():
            raise PermissionError(folder)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        folder.stat()
    except OSError:
        os.close(lock)
        raise
    return lock


def _remove(folder: Path, lock: int) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    os.close(lock)
