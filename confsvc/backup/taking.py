"""A backup is taken, while the server runs or not."""

import re
import shutil
import tempfile
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from confsvc.backup.archive import DATABASES, KEY, MAIL, Manifest, fingerprint, mail_files, sha256, write_archive
from confsvc.backup.databases import copy_sqlite, dump_postgres
from confsvc.backup.errors import BackupFailed
from confsvc.settings import Settings

NAME = re.compile(r"confsvc-\d{8}T\d{6}\d{6}Z\.tar\.gz")


def take_backup(settings: Settings, folder: Path, now: datetime) -> Path:
    """Write one archive into `folder`, made if need be, and return it; raises BackupFailed and leaves nothing behind where it cannot.

    The mail is taken after the database: a message that went out in between is in the folder already, and laid down again it is one.
    """
    kind = database_kind(settings)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".part-", dir=folder) as name:
            gathered = Path(name)
            files = {DATABASES[kind]: gathered / DATABASES[kind]}
            if kind == "sqlite":
                copy_sqlite(sqlite_file(settings), files[DATABASES[kind]])
            else:
                dump_postgres(settings.database_url, files[DATABASES[kind]])
            if not settings.secret_key:
                files[KEY] = settings.data_dir / KEY
            files |= _kept_mail(settings.data_dir / MAIL, gathered)
            digests = {name: sha256(path) for name, path in files.items()}
            manifest = Manifest(version("confsvc"), now.astimezone(UTC).isoformat(), kind, fingerprint(settings.effective_secret_key()), digests)
            path = folder / f"confsvc-{now.astimezone(UTC):%Y%m%dT%H%M%S%f}Z.tar.gz"
            write_archive(path, manifest, files)
    except OSError as error:
        raise BackupFailed(f"{error.filename or folder}: {error.strerror}") from error
    return path


def drop_old(folder: Path, keep: int) -> list[Path]:
    """Delete all backups of the folder but the newest `keep`; the names of those that went."""
    old = sorted(path for path in folder.iterdir() if NAME.fullmatch(path.name))[:-keep]
    for path in old:
        path.unlink()
    return old


def database_kind(settings: Settings) -> str:
    """ "sqlite" or "postgresql"."""
    return "postgresql" if settings.database_url.startswith("postgresql") else "sqlite"


def sqlite_file(settings: Settings) -> Path:
    """Where the database of these settings lies."""
    return Path(settings.effective_database_url.removeprefix("sqlite:///"))


def _kept_mail(mail: Path, gathered: Path) -> dict[str, Path]:
    """The messages as they stand now, held fast: whoever opens one meanwhile renames it."""
    kept = {}
    for number, (name, path) in enumerate(mail_files(mail)):
        held = gathered / f"message-{number}"
        with suppress(FileNotFoundError):  # it was opened meanwhile: it follows as one of `cur`
            shutil.copyfile(path, held)
            kept[name] = held
    return kept
