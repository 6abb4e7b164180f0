"""Alive, ready, and what is counted."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any, NamedTuple

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from confsvc import metrics
from confsvc.boundary import install_runtime
from confsvc.database import WriterTurn
from confsvc.models.mail import Mailing, Message
from confsvc.web import health
from tests.conftest import NOW, BeginWork, make_settings
from tests.factories import make_account, make_conference

TOKEN = "a-token-of-metrics"


class Disk(NamedTuple):
    total: int
    used: int
    free: int


def set_runtime(app: Flask, **changes: Any) -> None:
    install_runtime(app, replace(app.extensions["confsvc"], **changes))


def ready(client: FlaskClient) -> tuple[int, Any]:
    answer = client.get("/readyz")
    return answer.status_code, answer.json


def read(said: str) -> dict[str, float]:
    """Series by its name and labels, as they stand in the text."""
    samples = [sample for family in text_string_to_metric_families(said) for sample in family.samples]
    return {sample.name + "".join(f" {key}={value}" for key, value in sorted(sample.labels.items())): sample.value for sample in samples}


@pytest.fixture
def measured(client: FlaskClient) -> Callable[[], dict[str, float]]:
    """`measured()`: every series now."""
    return lambda: read(client.get("/metrics").text)


@pytest.fixture(autouse=True)
def looks_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every question is answered by a look of its own."""
    monkeypatch.setattr(health, "LOOK_SECONDS", -1.0)


def test_whoever_asks_often_makes_one_look(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[None] = []
    monkeypatch.setattr(health, "LOOK_SECONDS", 3600.0)
    monkeypatch.setattr(health, "_look", lambda: looks.append(None))

    assert [ready(client)[0] for _ in range(3)] == [200] * 3
    assert len(looks) == 1


def test_a_server_that_can_work_is_ready(client: FlaskClient) -> None:
    assert ready(client) == (200, {"status": "ready"})


def test_a_server_that_is_about_to_stop_is_alive_and_not_ready(app: Flask, client: FlaskClient) -> None:
    app.extensions["confsvc"].stopping.set()
    assert ready(client) == (503, {"status": "not_ready", "reason": "stopping"})
    assert client.get("/healthz").json == {"status": "ok"}


def test_a_server_without_room_on_the_disk_is_not_ready(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    reserve = 256 * 2**20
    for free, status in ((reserve - 1, 503), (reserve, 200)):
        monkeypatch.setattr(shutil, "disk_usage", lambda _, free=free: Disk(10 * reserve, 0, free))
        assert ready(client)[0] == status
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Disk(10 * reserve, 0, 0))
    assert ready(client) == (503, {"status": "not_ready", "reason": "disk"})


@pytest.mark.parametrize(("stands_at", "status"), [("0001", 503), ("0099", 200)])
def test_a_database_may_be_ahead_of_the_program_and_never_behind_it(begin: BeginWork, client: FlaskClient, stands_at: str, status: int) -> None:
    with begin() as work:
        work.session.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": stands_at})
    assert ready(client)[0] == status


def test_a_database_without_tables_is_not_ready(begin: BeginWork, client: FlaskClient) -> None:
    with begin() as work:
        work.session.execute(text("DROP TABLE alembic_version"))
    assert ready(client) == (503, {"status": "not_ready", "reason": "migrations"})


def test_a_database_that_does_not_answer_is_said_to(app: Flask, client: FlaskClient, data_dir: Path) -> None:
    (data_dir / "confsvc.sqlite3").write_bytes(b"no database at all" * 1000)
    assert ready(client) == (503, {"status": "not_ready", "reason": "database"})
    assert "confsvc_outbox_messages NaN" in client.get("/metrics").text


def test_a_writer_that_does_not_end_makes_the_server_unready(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "WRITER_SECONDS", 0.02)
    turn, has_it, may_go = WriterTurn(), Event(), Event()
    set_runtime(app, turn=turn)

    def write() -> None:
        with turn:
            has_it.set()
            may_go.wait()

    writer = Thread(target=write)
    writer.start()
    has_it.wait()
    assert ready(client) == (503, {"status": "not_ready", "reason": "writer"})
    may_go.set()
    writer.join()
    assert ready(client) == (200, {"status": "ready"})


def test_requests_are_counted_by_page_and_status_and_timed(client: FlaskClient, measured: Callable[[], dict[str, float]]) -> None:
    before = measured()
    client.get("/healthz")
    client.get("/no/such/page/one")
    client.get("/no/such/page/two")
    after = measured()
    assert {key: after[key] - before.get(key, 0) for key in after if key.startswith(("confsvc_http_requests_total", "confsvc_http_request_seconds_count"))} == {
        **{key: 0 for key in before if key.startswith(("confsvc_http_requests_total", "confsvc_http_request_seconds_count"))},
        "confsvc_http_requests_total endpoint=health.healthz status=200": 1,
        "confsvc_http_requests_total endpoint=other status=404": 2,
        "confsvc_http_requests_total endpoint=health.show_metrics status=200": 1,
        "confsvc_http_request_seconds_count endpoint=health.healthz": 1,
        "confsvc_http_request_seconds_count endpoint=other": 2,
        "confsvc_http_request_seconds_count endpoint=health.show_metrics": 1,
    }


def test_what_the_live_layer_tells_is_counted(measured: Callable[[], dict[str, float]]) -> None:
    before = measured()
    for act, verdict in (*[("check_in", "accepted")] * 3, ("check_in", "malformed"), *[("no act", "accepted")] * 2):
        metrics.act_answered(act, verdict)
    metrics.ack_sent(0.02)
    metrics.group_committed(6, 0.004)
    metrics.frames_shown(5, 2)
    metrics.count_connections_by("/test", lambda: 7)
    after = measured()
    assert {
        key: value - before.get(key, 0) for key, value in after.items() if key.startswith(("confsvc_acts_total", "confsvc_frames_total", "confsvc_connections"))
    } == {
        **{key: 0 for key in before if key.startswith(("confsvc_acts_total", "confsvc_frames_total", "confsvc_connections"))},
        "confsvc_acts_total act=check_in verdict=accepted": 3,
        "confsvc_acts_total act=check_in verdict=error": 1,
        "confsvc_acts_total act=other verdict=accepted": 2,
        "confsvc_frames_total outcome=sent": 5,
        "confsvc_frames_total outcome=skipped": 2,
        "confsvc_connections namespace=/test": 7,
    }
    assert after["confsvc_group_acts_sum"] - before["confsvc_group_acts_sum"] == 6
    assert [after[f"confsvc_ack_seconds_bucket le={le}"] - before[f"confsvc_ack_seconds_bucket le={le}"] for le in (0.01, 0.025)] == [0, 1]


def test_the_process_and_the_version_are_there(app: Flask, measured: Callable[[], dict[str, float]]) -> None:
    found = measured()
    assert found[f"confsvc_info version={app.config['VERSION']}"] == 1
    assert found["process_resident_memory_bytes"] > 2**20


def test_the_outbox_is_measured_and_paused_runs_are_never_late(begin: BeginWork, measured: Callable[[], dict[str, float]]) -> None:
    with begin() as work:
        conference = make_conference(work, make_account(work))
        running = Mailing(conference_id=conference.id, purpose="reminder", created_at=NOW)
        paused = Mailing(conference_id=conference.id, purpose="reminder", created_at=NOW, paused_at=NOW)
        work.session.add_all((running, paused))
        work.session.flush()
        for mailing, minutes, state in ((running, -5, "ready"), (running, 5, "waiting"), (paused, -300, "waiting"), (running, -300, "sent")):
            said = {"purpose": "reminder", "to_address": "an@example.org", "created_at": NOW, "due_at": NOW + timedelta(minutes=minutes)}
            work.session.add(Message(conference_id=conference.id, mailing_id=mailing.id, state=state, **said))
    found = measured()
    assert (found["confsvc_outbox_messages"], found["confsvc_outbox_late_seconds"]) == (3, 300)


@pytest.mark.parametrize(("address", "status"), [("127.0.0.1", 200), ("::1", 200), ("10.0.0.7", 401), ("203.0.113.5", 401)])
def test_without_a_token_only_this_machine_may_measure(client: FlaskClient, address: str, status: int) -> None:
    answer = client.get("/metrics", environ_base={"REMOTE_ADDR": address})
    assert (answer.status_code, b"confsvc_" in answer.data) == (status, status == 200)


@pytest.mark.parametrize("header", ["Forwarded", "X-Forwarded-For", "X-Real-IP"])
def test_a_proxy_on_this_machine_does_not_open_it_to_strangers(client: FlaskClient, header: str) -> None:
    assert client.get("/metrics", headers={header: "203.0.113.5"}).status_code == 401


def test_with_a_token_nothing_else_opens_it(app: Flask, client: FlaskClient, data_dir: Path) -> None:
    set_runtime(app, settings=make_settings(data_dir, metrics_token=TOKEN))
    given = ["", f"Bearer {TOKEN}x", f"Basic {TOKEN}", f"Bearer {TOKEN}"]
    assert [client.get("/metrics", headers={"Authorization": header}).status_code for header in given] == [401, 401, 401, 200]
    assert client.get("/metrics").headers["WWW-Authenticate"] == "Bearer"
