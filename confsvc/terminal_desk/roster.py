"""The people of this site as the server told them, overlaid with what this desk has done since and nobody has answered."""

import unicodedata
from collections.abc import Iterable
from typing import Any, NamedTuple

from confsvc.terminal_desk.passes import Judgement, judge
from confsvc.terminal_desk.store import Act, Store

Row = dict[str, Any]
RANKS = ("head", "leader", "staff")
AFTER = {"check_in": "present", "undo_check_in": "not_yet", "leave": "left", "undo_leave": "present", "substitute": "substituted"}


class Presumed(NamedTuple):
    """Where somebody stands if the server agrees with what waits here."""

    state: str
    since: str


def fold(text: str) -> str:
    """Lower case, without marks: how names are compared."""
    plain = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return " ".join("".join(letter for letter in plain if not unicodedata.combining(letter)).split())


def marked(text: str) -> str:
    """Lower case, marks kept, whichever way they were typed."""
    return " ".join(unicodedata.normalize("NFC", text.casefold()).split())


def _has_words(text: str, wanted: str) -> bool:
    """Whether every word that is wanted begins a word of the text."""
    words = fold(text).split()
    return all(any(word.startswith(part) for word in words) for part in wanted.split())


class Roster:
    """Everything on disk, held in memory as well; the desk takes turns around it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._rows: dict[int, Row] = {}
        self._presumed: dict[int | str, Presumed] = {}
        self.load()

    def load(self) -> None:
        """Read what the disk has."""
        self._rows = {row["id"]: row for row in self._store.rows()}
        self._revoked = self._store.revoked()
        self._people = {row["pass"]: row["id"] for row in self._rows.values() if row["pass"]}
        self.passes: dict[str, Any] | None = self._store.fact("passes")
        self.presume()

    def presume(self) -> None:
        """Overlay what waits now, and nothing that has been answered."""
        self._presumed = {}
        for act in self._store.waiting():
            self.note(act)

    def note(self, act: Act) -> None:
        """Overlay this act, unless it is of nobody who is known, or of somebody whose pass is dead."""
        key = self._subject(act)
        state = AFTER.get(act.name)
        if key is None or state is None:
            return
        before = self.standing(key)
        if act.name == "check_in" and before and before.state == "present":
            return
        if act.name == "substitute" and not self._rank_is_enough(act):
            return
        self._presumed[key] = Presumed(state, str(act.payload["occurred_at"]))

    def _rank_is_enough(self, act: Act) -> bool:
        row = self._rows.get(act.payload["delegate_id"])
        required = row["required_rank"] if row else None
        return required not in RANKS or RANKS.index(act.payload["rank"]) <= RANKS.index(required)

    def _subject(self, act: Act) -> int | str | None:
        if "code" not in act.payload:
            return act.payload.get("delegate_id")
        found = self.judge(act.payload["code"])
        return {"person": found.person, "visitor": found.uid}.get(found.word) if found else None

    def judge(self, code: str) -> Judgement | None:
        """What this code is; None before the first `sync` has brought the key."""
        if not self.passes:
            return None
        return judge(code, key=self.passes["key"], conference_id=self.passes["conference_id"], revoked=self._revoked, people=self._people)

    def row(self, number: int | None) -> Row | None:
        return self._rows.get(number) if number is not None else None

    def standing(self, key: int | str | None) -> Presumed | None:
        """Where a person (their id) or a visitor (the uid of their pass) stands, as far as this desk knows."""
        if key is None or key in self._presumed:
            return self._presumed.get(key) if key is not None else None
        row = self._rows.get(key) if isinstance(key, int) else None
        return Presumed(row["state"], row["since"] or "") if row else None

    def people(self) -> list[Row]:
        """Everybody, in the order of the protocol, each as they stand now."""
        rows = sorted(self._rows.values(), key=lambda row: (row["order"] is None, row["order"] or 0, row["sort"] or ""))
        return [row | {"state": self._presumed[row["id"]].state} if row["id"] in self._presumed else row for row in rows]

    def search(self, text: str) -> list[Row]:
        """Whom a text may mean: those whose whole name it is, else whose name has its words, else whose line has; marks decide where they were typed."""
        wanted, exact = fold(text), marked(text)
        people = self.people()
        found = (
            [row for row in people if fold(row["name"]) == wanted]
            or [row for row in people if _has_words(row["name"], wanted)]
            or [row for row in people if _has_words(f"{row['name']} {row['position']} {row['unit']}", wanted)]
        )
        if exact != wanted:
            return [row for row in found if exact in marked(f"{row['name']} {row['position']} {row['unit']}")] or found
        return found

    def is_whole_name(self, text: str, row: Row) -> bool:
        return fold(text) == fold(row["name"])

    # What the server tells

    def replace(self, sync: dict[str, Any]) -> None:
        """The whole answer to `sync` since null."""
        revoked = {entry["pass"]: entry["by"] for entry in sync["passes"]["revoked"]}
        facts = {name: sync[name] for name in ("revision", "desk", "conference", "site", "counts")}
        passes = {name: sync["passes"][name] for name in ("key", "conference_id")}
        self._store.replace_roster(sync["roster"], revoked, passes=passes, **facts)
        self.load()

    def change(self, rows: Iterable[Row], revoked: Iterable[dict[str, Any]] = (), restored: Iterable[str] = (), **facts: Any) -> None:
        """Rows that changed, and passes that were revoked or came to life again; who has a seat is not forgotten where the word says nothing of it."""
        site = (self._store.fact("site") or {}).get("id")
        rows = list(rows)
        gone = [row["id"] for row in rows if not row["expected_here"] and row["at"] != site]
        stay = [row for row in rows if row["id"] not in gone]
        dead = {entry["pass"]: entry["by"] or self._revoked.get(entry["pass"]) for entry in revoked}
        valid = [*(row["pass"] for row in rows if row["pass"]), *restored]
        self._store.change_roster(stay, gone, dead, valid, **facts)
        for number in {row["id"] for row in rows} & set(self._rows):
            self._people.pop(self._rows.pop(number)["pass"], None)
        self._rows |= {row["id"]: row for row in stay}
        self._people |= {row["pass"]: row["id"] for row in stay if row["pass"]}
        self._revoked |= dead
        for uid in valid:
            self._revoked.pop(uid, None)
