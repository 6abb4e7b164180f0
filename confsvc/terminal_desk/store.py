"""What the desk keeps on disk: acts, the roster, and who it is. A write has reached the disk when its method returns."""

import json
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

OWNER_ONLY_FILE, OWNER_ONLY_FOLDER = 0o600, 0o700
TABLES = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS acts (
    number INTEGER PRIMARY KEY AUTOINCREMENT, client_ref TEXT NOT NULL UNIQUE, act TEXT NOT NULL, payload TEXT NOT NULL, fate TEXT, answer TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS acts_waiting ON acts (number) WHERE fate IS NULL;
CREATE TABLE IF NOT EXISTS roster (id INTEGER PRIMARY KEY, row TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS revoked (pass TEXT PRIMARY KEY, taken_by TEXT) STRICT;
"""


class FolderTaken(Exception):
    """Another desk runs on this folder."""


class FolderDamaged(Exception):
    """The file of this folder cannot be read or written."""


class NotKept(Exception):
    """The disk did not take it."""


class Act(NamedTuple):
    """Something that happened at this desk; `payload` as it goes to the server."""

    name: str
    payload: dict[str, Any]

    @property
    def client_ref(self) -> str:
        return str(self.payload["client_ref"])


class Store:
    """One SQLite file, held by one process at a time until it ends."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "desk.sqlite3"
        self._turn = threading.RLock()
        try:
            folder.mkdir(mode=OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, OWNER_ONLY_FILE))
            self.path.chmod(OWNER_ONLY_FILE)
            self._base = sqlite3.connect(self.path, timeout=0, isolation_level=None, check_same_thread=False)
            self._prepare()
        except sqlite3.OperationalError as error:
            taken = error.sqlite_errorcode in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
            raise (FolderTaken if taken else FolderDamaged)(str(error)) from error
        except (sqlite3.DatabaseError, OSError) as error:
            raise FolderDamaged(str(error)) from error

    def _prepare(self) -> None:
        for setting in ("locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = FULL"):
            self._base.execute(f"PRAGMA {setting}")
        with self.writing():  # takes the lock, which is kept from now on
            for statement in TABLES.split(";\n"):
                self._base.execute(statement)
        [(found,)] = self._base.execute("PRAGMA quick_check(1)").fetchall()
        if found != "ok":
            raise FolderDamaged(found)

    def close(self) -> None:
        with self._turn:
            self._base.close()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Everything in the block reaches the disk together, or nothing does."""
        with self._turn:
            self._base.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._base.execute("COMMIT")
            except BaseException:
                if self._base.in_transaction:
                    self._base.execute("ROLLBACK")
                raise

    # Facts: who this desk is, where its server answers, what it last heard

    def fact(self, name: str) -> Any:
        with self._turn:
            found = self._base.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return json.loads(found[0]) if found else None

    def keep(self, **facts: Any) -> None:
        with self.writing():
            self._keep(facts)

    def begin_anew(self, **facts: Any) -> None:
        """Forget the desk that was here, and be this one."""
        with self.writing():
            for table in ("facts", "acts", "roster", "revoked"):
                self._base.execute(f"DELETE FROM {table}")  # noqa: S608  # our own names
            self._keep(facts)

    def _keep(self, facts: dict[str, Any]) -> None:
        self._base.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", [(name, json.dumps(value)) for name, value in facts.items()])

    # Acts: each waits until it has a fate

    def add(self, act: Act) -> None:
        """Note an act; raises NotKept where the disk does not take it, and then nothing of it is there."""
        try:
            with self.writing():
                self._base.execute("INSERT INTO acts (client_ref, act, payload) VALUES (?, ?, ?)", (act.client_ref, act.name, json.dumps(act.payload)))
        except sqlite3.Error as error:
            raise NotKept(str(error)) from error

    def waiting(self, most: int = -1) -> list[Act]:
        """The acts that nobody has answered, in the order in which they were done."""
        with self._turn:
            found = self._base.execute("SELECT act, payload FROM acts WHERE fate IS NULL ORDER BY number LIMIT ?", (most,)).fetchall()
        return [Act(name, json.loads(payload)) for name, payload in found]

    def count_waiting(self) -> int:
        with self._turn:
            return int(self._base.execute("SELECT count(*) FROM acts WHERE fate IS NULL").fetchone()[0])

    def settle(self, fates: Iterable[tuple[str, str, Any]]) -> None:
        """Give acts their fate: `(client_ref, "answered", "handed_over" or "malformed", what was answered)`."""
        with self.writing():
            told = [(fate, json.dumps(answer), ref) for ref, fate, answer in fates]
            self._base.executemany("UPDATE acts SET fate = ?, answer = ? WHERE client_ref = ? AND fate IS NULL", told)

    def substitutes(self) -> dict[int, str]:
        """The `client_ref` of the substitution of each person whom this desk has noted as a substitute."""
        with self._turn:
            found = self._base.execute("SELECT client_ref, answer FROM acts WHERE act = 'substitute' AND fate = 'answered' ORDER BY number").fetchall()
        answered = [(ref, json.loads(answer)) for ref, answer in found]
        return {answer["row"]["id"]: ref for ref, answer in answered if answer.get("row")}

    # The roster, and the passes that are dead

    def rows(self) -> list[dict[str, Any]]:
        with self._turn:
            return [json.loads(row) for (row,) in self._base.execute("SELECT row FROM roster")]

    def revoked(self) -> dict[str, str | None]:
        with self._turn:
            return dict(self._base.execute("SELECT pass, taken_by FROM revoked").fetchall())

    def replace_roster(self, rows: Iterable[dict[str, Any]], revoked: dict[str, str | None], **facts: Any) -> None:
        with self.writing():
            self._base.execute("DELETE FROM roster")
            self._base.execute("DELETE FROM revoked")
            self._change(rows, (), revoked, ())
            self._keep(facts)

    def change_roster(self, rows: Iterable[dict[str, Any]], gone: Iterable[int], revoked: dict[str, str | None], valid: Iterable[str], **facts: Any) -> None:
        with self.writing():
            self._change(rows, gone, revoked, valid)
            self._keep(facts)

    def _change(self, rows: Iterable[dict[str, Any]], gone: Iterable[int], revoked: dict[str, str | None], valid: Iterable[str]) -> None:
        self._base.executemany("INSERT OR REPLACE INTO roster VALUES (?, ?)", [(row["id"], json.dumps(row)) for row in rows])
        self._base.executemany("DELETE FROM roster WHERE id = ?", [(number,) for number in gone])
        self._base.executemany("INSERT OR REPLACE INTO revoked VALUES (?, ?)", revoked.items())
        self._base.executemany("DELETE FROM revoked WHERE pass = ?", [(uid,) for uid in valid])
