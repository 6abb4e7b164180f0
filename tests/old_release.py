"""The tables of the first release, filled as that release filled them, and whatever any table holds."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, Table

from confsvc.domain.tokens import derive_token, hash_token
from tests.conftest import SECRET
from tests.factories import ENDS, STARTS

STATES = ("draft", "published", "in_progress", "closed", "postponed", "cancelled")
OPENED = STARTS - timedelta(minutes=30)
PEOPLE = ("early", "late", "mover", "undone", "excused", "missing")


def contents(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    """Table → its rows, whatever the models of now say; moments in UTC."""
    tables = MetaData()
    tables.reflect(engine)
    with engine.connect() as connection:
        return {
            table.name: sorted(([_plain(row) for row in connection.execute(table.select()).mappings()]), key=repr)
            for table in tables.sorted_tables
            if table.name != "alembic_version"
        }


def _plain(row: Any) -> dict[str, Any]:
    return {key: value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value for key, value in sorted(row.items())}


def fill(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    """Put rows into every table of the first release: a conference in each state, each with the same people and log; returns all rows."""
    tables = MetaData()
    tables.reflect(engine)
    with engine.begin() as connection:
        old = _OldRelease(connection, tables)
        old.add("accounts", email="olga@example.org", name="Olga", password_hash="!", role="organiser", locale="vi", session_epoch=0, created_at=OPENED)
        for name in ("Sở Nội vụ", "Sở Y tế"):
            old.add("units", code="", kind="", name=name, name_fold=name, short_name="", search_fold=name, sort_order=0, version=1)
        old.add("unit_successions", from_id=1, to_id=2, on_date=OPENED.date(), kind="rename")
        old.add("unit_moves", unit_id=1, on_date=OPENED.date(), from_parent_id=2)
        old.add("submissions", key="k", account_id=1, location="/", created_at=OPENED)
        for state in STATES:
            old.add_conference(state)
    return contents(engine)


class _OldRelease:
    """The tables of 0001 and what that release wrote into them."""

    def __init__(self, connection: Connection, tables: MetaData) -> None:
        self._connection = connection
        self._tables = tables
        self._numbers = count(1)

    def add(self, table: str, **values: Any) -> Any:
        """Insert a row and give the first part of its key."""
        known: Table = self._tables.tables[table]
        key: Any = self._connection.execute(known.insert().values(values)).inserted_primary_key
        return key[0]

    def uid(self) -> str:
        return f"00000000-0000-4000-9000-{next(self._numbers):012d}"

    def add_conference(self, state: str) -> None:
        texts = dict.fromkeys(("host_name", "chair_name", "chair_position", "video_link", "notes"), "")
        named: dict[str, Any] = {"uid": self.uid(), "title": "Hội nghị", "title_fold": "hoi nghi", "title_sort": "hoi nghi"}
        times: dict[str, Any] = {"timezone": "Asia/Ho_Chi_Minh", "starts_at": STARTS, "ends_at": ENDS, "created_at": OPENED, "check_in_minutes": 120}
        rest: dict[str, Any] = {"address_form": "delegate", "mode": "hybrid", "revision": 9, "board_serial": 0, "version": 1, "state": state}
        conference_id = self.add("conferences", **texts, **named, **times, **rest)
        self.add("conference_members", conference_id=conference_id, account_id=1)
        table: dict[str, Any] = {"header_row": 0, "columns": {}, "sheets": [], "rows": [], "created_at": OPENED}
        listed: dict[str, Any] = {"file_name": "ds.csv", "file_digest": "", "encoding": "unicode", "sheet": 0, "account_id": 1}
        self.add("delegate_imports", conference_id=conference_id, **listed, **table)
        site_texts = dict.fromkeys(("address", "video_link", "contact_name", "contact_phone"), "")
        here, there = (
            self.add("sites", conference_id=conference_id, kind=kind, name=kind, name_fold=kind, attends=True, sort_order=0, version=1, **site_texts)
            for kind in ("main", "remote")
        )
        unit: dict[str, Any] = {"unit_id": 1, "unit_name": "Sở Nội vụ", "unit_name_fold": "so noi vu", "unit_name_sort": "so noi vu"}
        rank: dict[str, Any] = {"required_rank": "any", "sort_order": 0, "version": 1, "seats": 6}
        mandate_id = self.add("mandates", conference_id=conference_id, site_id=here, **unit, **rank)
        desks = {site_id: self._add_desk(conference_id, site_id) for site_id in (here, there)}
        people = {name: self._add_delegate(conference_id, mandate_id, here, name) for name in PEOPLE}
        self._add_agenda(conference_id, here, people["early"])
        late = STARTS + timedelta(minutes=20)
        self.add("site_tallies", site_id=here, conference_id=conference_id, named=6, vacant=0, present=3, excused=1, visiting=0)
        self.add("site_tallies", site_id=there, conference_id=conference_id, named=0, vacant=0, present=0, excused=0, visiting=1)
        self._log(conference_id, 1, "check_in", people["early"], here, desks[here], OPENED)
        self._log(conference_id, 2, "check_in", people["late"], here, desks[here], late)
        self._log(conference_id, 3, "check_in", people["mover"], here, desks[here], OPENED)
        self._log(conference_id, 4, "check_in", people["mover"], there, desks[there], late, verdict="moved")
        self._log(conference_id, 5, "check_in", people["undone"], here, desks[here], OPENED)
        self._log(conference_id, 6, "undo", people["undone"], here, desks[here], late)
        self._log(conference_id, 7, "excuse", people["excused"], None, None, OPENED, account_id=1, method="organiser", reason="ốm")
        self._log(conference_id, 8, "check_in", None, here, desks[here], OPENED, verdict="refused", code="pass_unknown", code_hash="0" * 64)
        after_the_end = ENDS + timedelta(minutes=4)
        self._log(conference_id, 9, "undo", people["undone"], here, desks[here], after_the_end, verdict="refused", code="not_present")
        stands = {"early": (here, OPENED, 1), "late": (here, late, 2), "mover": (there, late, 4)}
        for name, delegate_id in people.items():
            site_id, since, revision = stands.get(name, (None, None, {"undone": 6, "excused": 7}.get(name, 0)))
            state = "present" if site_id else "excused" if name == "excused" else "not_yet"
            reason, since = ("ốm", OPENED) if state == "excused" else ("", since)
            keys = {"delegate_id": delegate_id, "conference_id": conference_id, "site_id": site_id, "desk_id": desks.get(site_id or 0)}
            self.add("attendances", **keys, state=state, mode="in_person", since=since, reason=reason, revision=revision)

    def _add_desk(self, conference_id: int, site_id: int) -> int:
        place = {"conference_id": conference_id, "site_id": site_id}
        pairing = {"created_by_id": 1, "created_at": OPENED, "expires_at": ENDS, "used_at": OPENED}
        pairing_id = self.add("pairings", **place, **pairing, uid=self.uid(), token_hash=self.uid())
        desk_id: int = self.add("desks", **place, pairing_id=pairing_id, uid=self.uid(), name="Bàn 1", token_hash=self.uid(), paired_at=OPENED, expires_at=ENDS)
        return desk_id

    def _add_delegate(self, conference_id: int, mandate_id: int, site_id: int, name: str) -> int:
        texts = dict.fromkeys(("position", "position_fold", "phone", "phone_typed", "email", "note", "reply_reason"), "")
        place = {"conference_id": conference_id, "mandate_id": mandate_id, "site_id": site_id}
        rest: dict[str, Any] = {"rank": "staff", "protocol_order": 1000, "reply": "none", "created_at": OPENED, "version": 1}
        names = {"full_name": name, "name_fold": name, "name_sort": name}
        delegate_id: int = self.add("delegates", **texts, **place, **rest, **names, link_uid=self.uid(), link_token_hash=self.uid())
        for revoked_at in (OPENED, None):
            uid = self.uid()
            token_hash = hash_token(derive_token(SECRET, "pass", uid))
            issued = {"uid": uid, "token_hash": token_hash, "issued_at": OPENED, "revoked_at": revoked_at, "revoked_reason": ""}
            self.add("passes", conference_id=conference_id, delegate_id=delegate_id, **issued)
        return delegate_id

    def _add_agenda(self, conference_id: int, site_id: int, delegate_id: int) -> None:
        times: dict[str, Any] = {"title": "Phiên họp", "starts_at": STARTS, "ends_at": ENDS, "version": 1}
        session_id = self.add("agenda_sessions", conference_id=conference_id, uid=self.uid(), **times)
        told: dict[str, Any] = {"sort_order": 0, "kind": "report", "title": "Báo cáo", "presenter_name": "", "planned_minutes": 10, "version": 1}
        self.add("agenda_items", conference_id=conference_id, session_id=session_id, presenter_id=delegate_id, site_id=site_id, **told)
        for of_session in (session_id, None):
            entry: dict[str, Any] = {"uid": self.uid(), "sequence": 3, "fingerprint": "0" * 64, "changed_at": OPENED}
            self.add("calendar_entries", delegate_id=delegate_id, session_id=of_session, **entry)

    def _log(
        self, conference_id: int, revision: int, kind: str, delegate_id: int | None, site_id: int | None, desk_id: int | None, at: datetime, **more: Any
    ) -> None:
        code = more.pop("code", None)
        values: dict[str, Any] = {"method": "scan", "mode": "in_person", "verdict": "accepted", "reason": "", "clock_offset_ms": 0}
        values |= {"detail": {"code": code, "since": None, "site": None, "desk": None}, "client_ref": self.uid(), "occurred_at": at, "recorded_at": at}
        place = {"conference_id": conference_id, "delegate_id": delegate_id, "site_id": site_id, "desk_id": desk_id}
        self.add("attendance_events", **place, revision=revision, kind=kind, **(values | more))
