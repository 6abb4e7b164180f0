"""The migrations: what they make is what the models say, and a database of the first release keeps everything it held."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
from flask import Flask
from sqlalchemy import URL, Engine, create_engine, func, inspect, select
from sqlalchemy.exc import IntegrityError

from confsvc.app import create_app
from confsvc.boundary import begin_work
from confsvc.domain.attendance import NewEvent, record_attendance
from confsvc.domain.attendance_check import verify_every_conference
from confsvc.domain.passes import pass_token, valid_pass
from confsvc.domain.tokens import derive_token
from confsvc.domain.work import System
from confsvc.migrating import ready_to_migrate
from confsvc.models import (
    Attendance,
    AttendanceEvent,
    Base,
    CalendarEntry,
    Conference,
    Delegate,
    FeedLink,
    Mailing,
    Mandate,
    Message,
    Received,
    RegistrationChange,
    SiteTally,
)
from tests.conftest import SECRET, make_settings
from tests.factories import ENDS, STARTS
from tests.old_release import OPENED, PEOPLE, STATES, contents, fill

# 0002 signs the passes, and counts a refused undo among the lines that somebody's state was folded from.
MADE_ANEW = {("passes", "token_hash"), ("attendances", "revision")}


@pytest.fixture
def migrating(empty_database: URL, tmp_path: Path) -> Iterator[Flask]:
    """An application over the empty database."""
    app = create_app(make_settings(tmp_path, database_url=empty_database.render_as_string(hide_password=False)))
    ready_to_migrate(app)
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


@pytest.mark.parametrize("revision", ["base", "0001", "0002"])
def test_migrations_can_be_taken_back(migrating: Flask, revision: str) -> None:
    flask_migrate.upgrade(revision="0001" if revision == "base" else revision)
    before = shape_of(engine_of(migrating))
    flask_migrate.upgrade()
    flask_migrate.downgrade(revision=revision)
    after = shape_of(engine_of(migrating))
    assert after == ({"alembic_version": before["alembic_version"]} if revision == "base" else before)


def test_an_upgrade_loses_nothing(migrating: Flask) -> None:
    flask_migrate.upgrade(revision="0001")
    before = fill(engine_of(migrating))
    assert [table for table, rows in before.items() if not rows] == []
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


def test_entries_say_what_they_are_about_by_a_scope_from_0003_on(migrating: Flask) -> None:
    before = fill_at_0002(migrating)
    flask_migrate.upgrade()
    sessions = {row["id"]: row for row in before["agenda_sessions"]}
    conferences = {row["id"]: row["conference_id"] for row in before["delegates"]}
    expected = [
        (row["uid"], row["sequence"], row["delegate_id"], conferences[row["delegate_id"]], scope_of(sessions, row["session_id"]))
        for row in before["calendar_entries"]
    ]
    entry = CalendarEntry
    with engine_of(migrating).connect() as connection:
        found = connection.execute(select(entry.uid, entry.sequence, entry.delegate_id, entry.conference_id, entry.scope)).all()
        told = connection.execute(select(entry.feed_id, entry.told_to, entry.told, entry.told_fingerprint, entry.told_at, entry.cancelled_at)).all()
    assert sorted(found) == sorted(expected)
    assert len({scope for *_, scope in found}) == 1 + len(STATES)
    assert {tuple(row) for row in told} == {(None, "", None, "", None, None)}


def test_nobody_is_invited_or_registered_by_an_upgrade(migrating: Flask) -> None:
    before = fill_at_0002(migrating)
    flask_migrate.upgrade()
    assert_kept(before, engine_of(migrating))
    rules = select(Conference.entry_rule, Conference.update_rule, Conference.mail_languages, Conference.invited_at, Conference.calendar_stale_at)
    links = select(Mandate.liaison_email, Mandate.link_uid, Mandate.link_token_hash, Mandate.registered_at, Mandate.declined_seats)
    with engine_of(migrating).connect() as connection:
        assert connection.execute(rules.distinct()).all() == [("conference", "automatic", "vi", None, None)]
        assert connection.execute(links.distinct()).all() == [("", None, None, None, 0)]
        assert [connection.scalar(select(func.count()).select_from(table)) for table in (Mailing, Message, Received, RegistrationChange)] == [0] * 4


def test_taking_0003_back_and_again_keeps_the_entries_of_the_living(migrating: Flask) -> None:
    before = fill_at_0002(migrating)
    flask_migrate.upgrade()
    engine = engine_of(migrating)
    upgraded = contents(engine)["calendar_entries"]
    gone = {"sequence": 5, "fingerprint": "1" * 64, "changed_at": OPENED, "conference_id": 1}
    with engine.begin() as connection:
        feed = {"kind": "host", "unit_id": 1, "uid": "a feed", "token_hash": "0", "created_by_id": 1, "created_at": OPENED}
        connection.execute(FeedLink.__table__.insert(), {"id": 1, **feed})  # type: ignore[attr-defined]  # a mapped class has a table
        # A delegate and a session that were deleted since, whom a CANCEL names still, and what a feed shows.
        for values in ({"scope": "conference"}, {"scope": "session:gone", "delegate_id": 1}, {"scope": "conference", "feed_id": 1}):
            connection.execute(CalendarEntry.__table__.insert(), {**gone, **values, "uid": str(values)[:36]})  # type: ignore[attr-defined]  # as above
    flask_migrate.downgrade(revision="0002")
    assert contents(engine) == before
    flask_migrate.upgrade()
    assert contents(engine)["calendar_entries"] == upgraded


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


def fill_at_0002(migrating: Flask) -> dict[str, list[dict[str, Any]]]:
    """What a server of the first release holds after it was brought to 0002."""
    flask_migrate.upgrade(revision="0001")
    fill(engine_of(migrating))
    flask_migrate.upgrade(revision="0002")
    return contents(engine_of(migrating))


def scope_of(sessions: dict[int, dict[str, Any]], session_id: int | None) -> str:
    return f"session:{sessions[session_id]['uid']}" if session_id else "conference"


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


def assert_kept(before: dict[str, list[dict[str, Any]]], engine: Engine) -> None:
    """Every row of a filled table is there still, with every value it had; since 0003 a scope says which session an entry is of."""
    now = contents(engine)
    if "scope" in now["calendar_entries"][0]:
        sessions = {row["id"]: row for row in before["agenda_sessions"]}
        entries = [{**row, "scope": scope_of(sessions, row["session_id"])} for row in before["calendar_entries"]]
        before = {**before, "calendar_entries": [{key: row[key] for key in row.keys() - {"session_id"}} for row in entries]}
    for table, rows in before.items():
        columns = {column for row in rows for column in row if (table, column) not in MADE_ANEW}
        kept = sorted(({key: row[key] for key in sorted(columns)} for row in now[table]), key=repr)
        assert kept == sorted(({key: row[key] for key in sorted(columns)} for row in rows), key=repr), table
