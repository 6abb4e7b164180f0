"""The file of a backup: a compressed tar that begins with a list of what it holds, written whole or not at all.

`manifest.json`: `{format, version, created_at, database, key, files: {name: sha256}}`. `database` is "sqlite" or "postgresql", `key` a fingerprint
of the secret key, which is in the archive (`secret.key`) only where the server keeps it in its data folder.
"""

import hashlib
import json
import os
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath

from confsvc.backup.errors import BackupFailed

FORMAT = 1
MANIFEST, KEY, MAIL = "manifest.json", "secret.key", "mail"
DATABASES = {"sqlite": "confsvc.sqlite3", "postgresql": "database.dump"}
# Letters are half of what a database of conferences holds: the lowest level takes most of that, at the speed of a disk.
COMPRESSION = 1


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an archive holds."""

    version: str
    created_at: str
    database: str
    key: str
    files: dict[str, str]
    format: int = FORMAT


def fingerprint(key: str) -> str:
    """What two keys are compared by; nobody can tell the key from it."""
    return hashlib.sha256(b"confsvc backup " + key.encode()).hexdigest()


def write_archive(path: Path, manifest: Manifest, files: dict[str, Path]) -> None:
    """Make the archive with the files of `manifest.files`; it has its name once it would survive a power cut, and not before."""
    number, part = tempfile.mkstemp(prefix=".part-", dir=path.parent)  # made with mode 0600
    try:
        with os.fdopen(number, "wb") as out:
            with tarfile.open(fileobj=out, mode="w:gz", compresslevel=COMPRESSION) as tar:
                listed = json.dumps(asdict(manifest), ensure_ascii=False, indent=1).encode()
                header = tarfile.TarInfo(MANIFEST)
                header.size = len(listed)
                tar.addfile(header, BytesIO(listed))
                for name in manifest.files:
                    tar.add(files[name], name, recursive=False, filter=_plain)
            out.flush()
            os.fsync(out.fileno())
        Path(part).replace(path)
        sync_folder(path.parent)
    finally:
        Path(part).unlink(missing_ok=True)


def unpack(path: Path, folder: Path) -> Manifest:
    """Lay the archive's files down in `folder`; raises BackupFailed unless each is there, whole, and nothing else."""
    try:
        with tarfile.open(path, "r:gz") as tar:
            manifest = _read_manifest(tar)
            while member := tar.next():
                if member.name not in manifest.files or not member.isreg():
                    raise BackupFailed(f"{path.name} holds {member.name}, which its list does not name")
                tar.extract(member, folder, filter="data")
    except (tarfile.TarError, EOFError, zlib.error, OSError, ValueError, KeyError, TypeError) as error:
        raise BackupFailed(f"{path.name} cannot be unpacked: {error}") from error
    for name, digest in manifest.files.items():
        file = folder / name
        if not file.is_file() or sha256(file) != digest:
            raise BackupFailed(f"{path.name} is damaged: {name} is missing or not what it was")
    return manifest


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync_folder(folder: Path) -> None:
    """Make changes of names in this folder last."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _read_manifest(tar: tarfile.TarFile) -> Manifest:
    first = tar.next()
    content = tar.extractfile(first) if first and first.name == MANIFEST else None
    if content is None:
        raise BackupFailed("this is no backup of confsvc")
    read = json.load(content)
    if read["format"] != FORMAT:
        raise BackupFailed("this backup was made by another release: restore it with that one")
    manifest = Manifest(**read)
    database = DATABASES.get(manifest.database)
    if database not in manifest.files or not all(map(_is_ours, manifest.files)):
        raise BackupFailed("the list of this backup names what no backup holds")
    return manifest


def _is_ours(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return name in (KEY, *DATABASES.values()) or (len(parts) == 3 and parts[0] == MAIL and parts[1] in ("new", "cur"))


def _plain(header: tarfile.TarInfo) -> tarfile.TarInfo:
    """Nobody's name, and readable by its owner only."""
    header.uid = header.gid = 0
    header.uname = header.gname = ""
    header.mode = 0o600
    return header


def mail_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """The messages that are laid down, by their name in an archive; what is being written is not one yet."""
    # `new` first: a message that is opened meanwhile moves to `cur`, and is then found there.
    for part in ("new", "cur"):
        for path in sorted((folder / part).glob("*")):
            yield f"{MAIL}/{part}/{path.name}", path
