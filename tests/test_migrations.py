"""The migrations: what they make is what the models say, and a database of the first release keeps everything it held."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
from flask import Flask
from sqlalchemy import URL, Connection, Engine, MetaData, Table, create_engine, func, inspect, select
from sqlalchemy.exc import IntegrityError

from confsvc.app import create_app
from confsvc.boundary import begin_work
from confsvc.domain.attendance import NewEvent, record_attendance
from confsvc.domain.attendance_check import verify_every_conference
from confsvc.domain.passes import pass_token, valid_pass
from confsvc.domain.tokens import derive_token, hash_token
from confsvc.domain.work import System
from confsvc.models import Attendance, AttendanceEvent, Base, Conference, Delegate, SiteTally
from tests.conftest import SECRET, make_settings
from tests.factories import ENDS, STARTS

STATES = ("draft", "published", "in_progress", "closed", "postponed", "cancelled")
OPENED = STARTS - timedelta(minutes=30)
# 0002 signs the passes, and counts a refused undo among the lines that somebody's state was folded from.
MADE_ANEW = {("passes", "token_hash"), ("attendances", "revision")}


@pytest.fixture
def migrating(empty_database: URL, tmp_path: Path) -> Iterator[Flask]:
    """An application over the empty database."""
    app = create_app(make_settings(tmp_path, database_url=empty_database.render_as_string(hide_password=False)))
    with app.app_context():
        yield app
        engine_of(app).dispose()


def test_migrations_make_what_the_models_say(migrating: Flask, other_database: URL) -> None:
    flask_migrate.upgrade()
    modelled = create_engine(other_database)
    Base.metadata.create_all(modelled)
    migrated = shape_of(engine_of(migrating))
    assert migrated.keys() - {"alembic_version"} == Base.metadata.tables.keys()
    assert {name: table for name, table in migrated.items() if name != "alembic_version"} == shape_of(modelled)
    modelled.dispose()


@pytest.mark.parametrize("revision", ["base", "0001"])
def test_migrations_can_be_taken_back(migrating: Flask, revision: str) -> None:
    flask_migrate.upgrade(revision="0001")
    before = shape_of(engine_of(migrating))
    flask_migrate.upgrade()
    flask_migrate.downgrade(revision=revision)
    after = shape_of(engine_of(migrating))
    assert after == ({"alembic_version": before["alembic_version"]} if revision == "base" else before)


def test_an_upgrade_loses_nothing(migrating: Flask) -> None:
    flask_migrate.upgrade(revision="0001")
    before = fill(engine_of(migrating))
    flask_migrate.upgrade()
    assert_kept(before, engine_of(migrating))
    with engine_of(migrating).connect() as connection:
        rows = connection.execute(select(Conference.state, Conference.closed_at, Conference.started_at, Conference.rehearses_id, Conference.late_minutes)).all()
    # Closed at its end, but a desk was heard four minutes after that.
    assert sorted(rows, key=str) == sorted(((state, ENDS + timedelta(minutes=4) if state == "closed" else None, None, None, 15) for state in STATES), key=str)


def test_an_upgrade_folds_the_log_anew(migrating: Flask) -> None:
    flask_migrate.upgrade(revision="0001")
    fill(engine_of(migrating))
    flask_migrate.upgrade()
    with begin_work(System()) as work:
        assert {key: found for key, found in verify_every_conference(work).items() if found} == {}
        attendance = select(Attendance.state, Attendance.arrived_at, Attendance.late, Attendance.since).join(Attendance.delegate).join(Delegate.conference)
        found = dict.fromkeys(PEOPLE)
        running = attendance.add_columns(Delegate.full_name).where(Conference.state == "in_progress")
        found.update({name: tuple(values) for *values, name in work.session.execute(running)})
        lines = work.session.execute(select(AttendanceEvent.refusal, func.count()).group_by(AttendanceEvent.refusal)).all()
        tallies = work.session.execute(select(SiteTally.present, SiteTally.excused, SiteTally.visiting, SiteTally.late, SiteTally.headcount)).all()
    late = STARTS + timedelta(minutes=20)
    assert found == {
        "early": ("present", OPENED, False, OPENED),
        "late": ("present", late, True, late),
        "mover": ("present", OPENED, False, late),
        "undone": ("not_yet", None, False, None),
        "excused": ("excused", None, False, OPENED),
        "missing": ("not_yet", None, False, None),
    }
    assert sorted(lines, key=str) == sorted([(None, 7 * 6), ("pass_unknown", 6), ("not_present", 6)], key=str)
    assert sorted(tallies) == sorted([(3, 1, 0, 1, None), (0, 0, 1, 0, None)] * 6)


def test_passes_of_before_are_found_by_what_is_shown_now(migrating: Flask) -> None:
    flask_migrate.upgrade(revision="0001")
    fill(engine_of(migrating))
    flask_migrate.upgrade()
    with begin_work(System()) as work:
        running, site_id, missing_id = work.session.execute(
            select(Conference.id, Delegate.site_id, Delegate.id).join(Delegate).where(Conference.state == "in_progress", Delegate.full_name == "missing")
        ).one()
        codes = [pass_token(work, valid_pass(work, missing_id)), derive_token(SECRET, "pass", valid_pass(work, missing_id).uid)]
        scans = [NewEvent(work.new_id(), "check_in", "scan", work.now, site_id, code=code) for code in codes]
        verdicts = [(verdict.verdict, verdict.reason) for verdict in record_attendance(work, running, scans)]
    assert verdicts == [("accepted", None), ("refused", "pass_unknown")]


def test_an_upgrade_can_be_taken_back_while_nothing_new_was_recorded(migrating: Flask) -> None:
    flask_migrate.upgrade(revision="0001")
    before = fill(engine_of(migrating))
    flask_migrate.upgrade()
    flask_migrate.downgrade(revision="0001")
    assert_kept(before, engine_of(migrating))
    with engine_of(migrating).connect() as connection:
        hashes = select(Base.metadata.tables["passes"].c.token_hash)
        assert set(connection.scalars(hashes)) == {row["token_hash"] for row in before["passes"]}


def test_an_upgrade_is_not_taken_back_over_what_was_recorded_since(migrating: Flask) -> None:
    flask_migrate.upgrade(revision="0001")
    fill(engine_of(migrating))
    flask_migrate.upgrade()
    with begin_work(System()) as work:
        running, site_id = work.session.execute(
            select(Conference.id, SiteTally.site_id).join(SiteTally).where(Conference.state == "in_progress").limit(1)
        ).one()
        record_attendance(work, running, [NewEvent(work.new_id(), "headcount", "headcount", work.now, site_id, amount=40)])
    before = contents(engine_of(migrating))
    with pytest.raises(SystemExit):
        flask_migrate.downgrade(revision="0001")
    assert contents(engine_of(migrating)) == before


def test_a_failed_upgrade_changes_nothing(migrating: Flask) -> None:
    flask_migrate.upgrade(revision="0001")
    engine = engine_of(migrating)
    with engine.begin() as connection:
        # What an earlier, half-done change by hand may have left behind.
        connection.exec_driver_sql("CREATE TABLE online_presences (delegate_id INTEGER)")
    before, shape = fill(engine), shape_of(engine)
    with pytest.raises(Exception, match="online_presences"):
        flask_migrate.upgrade()
    assert (contents(engine), shape_of(engine)) == (before, shape)


def test_foreign_keys_are_obeyed_again_after_a_migration(migrating: Flask) -> None:
    flask_migrate.upgrade()
    with pytest.raises(IntegrityError), engine_of(migrating).begin() as connection:
        connection.execute(Base.metadata.tables["conference_members"].insert(), {"conference_id": 1, "account_id": 1})


def engine_of(app: Flask) -> Engine:
    engine: Engine = app.extensions["sqlalchemy"].engine
    return engine


def shape_of(engine: Engine) -> dict[str, Any]:
    """Table → everything the database watches over in it, in an order of its own; defaults are not compared."""
    found, seen = {}, inspect(engine)
    numbered_once: set[str] = set()
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            numbered_once |= set(connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE sql LIKE '%AUTOINCREMENT%'").scalars())
    for table in seen.get_table_names():
        indexes = {one["name"]: (one["column_names"], bool(one["unique"]), _where(one)) for one in seen.get_indexes(table)}
        keys = {
            one["name"]: (one["constrained_columns"], one["referred_table"], one["referred_columns"], one["options"]) for one in seen.get_foreign_keys(table)
        }
        found[table] = {
            "numbered once": table in numbered_once,
            "columns": {one["name"]: (str(one["type"]), one["nullable"]) for one in seen.get_columns(table)},
            "key": seen.get_pk_constraint(table)["constrained_columns"],
            "checks": {one["name"]: " ".join(one["sqltext"].split()) for one in seen.get_check_constraints(table)},
            "unique": {one["name"]: one["column_names"] for one in seen.get_unique_constraints(table)},
            "foreign keys": keys,
            "indexes": indexes,
        }
    return found


def _where(index: Any) -> str:
    options = index.get("dialect_options", {})
    return str(options.get("sqlite_where", options.get("postgresql_where", "")))


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


def assert_kept(before: dict[str, list[dict[str, Any]]], engine: Engine) -> None:
    """Every row is there still, with every value it had."""
    now = contents(engine)
    for table, rows in before.items():
        columns = {column for row in rows for column in row if (table, column) not in MADE_ANEW}
        assert rows, f"{table} holds nothing that could be lost"
        kept = sorted(({key: row[key] for key in sorted(columns)} for row in now[table]), key=repr)
        assert kept == sorted(({key: row[key] for key in sorted(columns)} for row in rows), key=repr), table


PEOPLE = ("early", "late", "mover", "undone", "excused", "missing")


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
