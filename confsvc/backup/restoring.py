"""The way back: an archive takes the place of what the data folder holds, all of it or nothing."""

import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from confsvc.backup.archive import DATABASES, KEY, MAIL, Manifest, fingerprint, sync_folder, unpack
from confsvc.backup.databases import check_sqlite, load_postgres, require_unused
from confsvc.backup.errors import BackupFailed
from confsvc.backup.taking import database_kind, sqlite_file
from confsvc.settings import Settings


def restore_backup(settings: Settings, archive: Path, now: datetime, *, replace: bool) -> Path | None:
    """Bring back what `archive` holds; with `replace`, what was there is moved to a folder beside it, which is returned.

    Raises BackupFailed, with everything as it was, for an archive that is not whole, for a server that runs, and for a place that is taken.
    """
    try:
        data = settings.data_dir
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".restore-", dir=data) as name:
            unpacked = Path(name)
            manifest = unpack(archive, unpacked)
            _check(settings, manifest, unpacked)
            taken = _taken(settings)
            if taken and not replace:
                raise BackupFailed(f"{data} is not empty ({', '.join(path.name for path in taken)}): name another folder, or say --replace")
            return _swap(data, unpacked, taken, now, partial(_load, settings, manifest, unpacked))
    except OSError as error:
        raise BackupFailed(f"{error.filename or archive}: {error.strerror}") from error


def _check(settings: Settings, manifest: Manifest, unpacked: Path) -> None:
    kind = database_kind(settings)
    if manifest.database != kind:
        raise BackupFailed(f"this is a backup of {manifest.database}, and CONFSVC_DATABASE_URL names {kind}")
    if kind == "sqlite" and settings.database_url:
        raise BackupFailed("with SQLite, a backup is restored into CONFSVC_DATA_DIR: unset CONFSVC_DATABASE_URL for it")
    key = settings.secret_key or ((unpacked / KEY).read_text() if KEY in manifest.files else "")
    if fingerprint(key) != manifest.key:
        raise BackupFailed("links of this backup were made with another secret key: set CONFSVC_SECRET_KEY to that one")
    if kind == "sqlite":
        check_sqlite(unpacked / DATABASES[kind])
        if sqlite_file(settings).exists():
            require_unused(sqlite_file(settings))


def _taken(settings: Settings) -> list[Path]:
    """What a restored data folder would hold, and this one holds already; journals go with their database."""
    database = DATABASES["sqlite"]
    names = [MAIL, *([] if settings.secret_key else [KEY]), *([] if settings.database_url else [database, f"{database}-wal", f"{database}-shm"])]
    return [path for path in (settings.data_dir / name for name in names) if path.exists()]


def _load(settings: Settings, manifest: Manifest, unpacked: Path) -> None:
    if manifest.database == "postgresql":
        load_postgres(settings.database_url, unpacked / DATABASES["postgresql"])


def _swap(data: Path, unpacked: Path, taken: list[Path], now: datetime, load: Callable[[], None]) -> Path | None:
    """Move what is there aside and what was unpacked in, then `load`; each way only renames, and undone where anything fails."""
    aside = data / f"replaced-{now.astimezone(UTC):%Y%m%dT%H%M%S%f}Z"
    moves = [(path, aside / path.name) for path in taken]
    moves += [(unpacked / name, data / name) for name in (MAIL, KEY, DATABASES["sqlite"]) if (unpacked / name).exists()]
    if taken:
        aside.mkdir(mode=0o700)
    done = []
    try:
        for old, new in moves:
            old.rename(new)
            done.append((old, new))
        # Last: it is done as a whole or not at all, and could not be undone.
        load()
    except BaseException:
        for old, new in reversed(done):
            new.rename(old)
        with suppress(OSError):
            aside.rmdir()
        raise
    sync_folder(data)
    return aside if taken else None
