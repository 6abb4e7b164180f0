"""The same check-in as most people would write it first: Flask-SocketIO as its documentation shows it, the ORM for each scan, an emit for each scan.

It stands on the product's own tables, answers a desk with the same kind of ack after a durable commit, and keeps the log, the
state, the tally and the revision right. It judges less: no moments, no moves between halls, no repeats, no substitutes.

    python -m benchmarks.naive_server DATABASE_URL
"""
# ruff: noqa: E402  # gevent asks to be let in first

from gevent import monkey

monkey.patch_all()

import secrets
import sys
from datetime import UTC, datetime
from typing import Any

from flask import Flask, request, session
from flask_socketio import SocketIO, join_room
from flask_sqlalchemy import SQLAlchemy
from gevent import pywsgi
from geventwebsocket.handler import WebSocketHandler
from sqlalchemy import event, func, select

from confsvc.domain.tokens import hash_token
from confsvc.models import Attendance, AttendanceEvent, Base, Conference, Delegate, Desk, Pass, Site, SiteTally

db = SQLAlchemy(model_class=Base)
socketio = SocketIO(async_mode="gevent")
COUNTS = ("named", "vacant", "present", "excused", "away", "visiting", "walk_ins", "online", "substitutes", "late", "headcount")


@socketio.on("connect", namespace="/desk")  # type: ignore[untyped-decorator]  # published without type information
def desk_connected(auth: object = None) -> bool:
    desk = db.session.scalar(select(Desk).where(Desk.token_hash == hash_token(request.cookies.get("confsvc_desk", ""))))
    if desk is None:
        return False
    session["desk_id"] = desk.id
    join_room(f"site {desk.site_id}")
    return True


@socketio.on("connect", namespace="/board")  # type: ignore[untyped-decorator]  # published without type information
def board_connected(auth: dict[str, str]) -> bool:
    conference = db.session.scalar(select(Conference).where(Conference.board_token_hash == hash_token(auth["token"])))
    if conference is None:
        return False
    join_room(f"conference {conference.id}")
    return True


@socketio.on("check_in", namespace="/desk")  # type: ignore[untyped-decorator]  # published without type information
def check_in(data: dict[str, str]) -> dict[str, Any]:
    now = datetime.now(UTC)
    desk = db.session.get_one(Desk, session["desk_id"])
    if desk.revoked_at or desk.expires_at <= now:
        return {"ok": False, "error": {"code": "desk_revoked"}}
    # The line of the log gets the next number: one writer at a time.
    conference = db.session.get_one(Conference, desk.conference_id, with_for_update=True)
    carried = db.session.scalar(select(Pass).where(Pass.token_hash == hash_token(data["code"]), Pass.conference_id == conference.id))
    if carried is None or carried.revoked_at:
        return {"ok": False, "error": {"code": "pass_unknown"}}
    delegate = db.session.get_one(Delegate, carried.delegate_id)
    attendance = db.session.get_one(Attendance, delegate.id)
    tally = db.session.get_one(SiteTally, desk.site_id)
    conference.revision += 1
    moment = datetime.fromisoformat(data["occurred_at"])
    event = AttendanceEvent(
        conference_id=conference.id,
        revision=conference.revision,
        delegate_id=delegate.id,
        site_id=desk.site_id,
        kind="check_in",
        method="scan",
        desk_id=desk.id,
        client_ref=data["client_ref"],
        occurred_at=moment,
        recorded_at=now,
        verdict="accepted",
    )
    db.session.add(event)
    attendance.state, attendance.site_id, attendance.desk_id = "present", desk.site_id, desk.id
    attendance.since = attendance.arrived_at = moment
    attendance.revision = conference.revision
    tally.present += 1
    db.session.commit()
    return _tell(conference, delegate, desk.site_id, now)


def _tell(conference: Conference, delegate: Delegate, site_id: int, now: datetime) -> dict[str, Any]:
    """Tell the site's desks and every board, and answer."""
    site, tally = db.session.get_one(Site, site_id), db.session.get_one(SiteTally, site_id)
    counts = {name: getattr(tally, name) for name in COUNTS}
    sums = [func.sum(getattr(SiteTally, name)) for name in COUNTS]
    total = db.session.execute(select(*sums).where(SiteTally.conference_id == conference.id)).one()
    head = {"now": now.isoformat(timespec="milliseconds"), "revision": conference.revision}
    row = {"id": delegate.id, "name": delegate.full_name, "position": delegate.position, "state": "present", "at": site_id}
    socketio.emit("attendance_changed", {**head, "rows": [row], "counts": counts}, namespace="/desk", to=f"site {site_id}")
    frame = {**head, "total": dict(zip(COUNTS, total, strict=True)), "sites": [{"id": site.id, "name": site.name, **counts}]}
    socketio.emit("tallied", frame, namespace="/board", to=f"conference {conference.id}")
    return {"ok": True, **head, "verdict": {"verdict": "accepted"}, "row": row, "counts": counts}


def be_durable(connection: Any, _: object) -> None:
    """As durable as the product."""
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def main() -> None:
    app = Flask("naive")
    app.config.update(SECRET_KEY=secrets.token_hex(), SQLALCHEMY_DATABASE_URI=sys.argv[1])
    db.init_app(app)
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            event.listen(db.engine, "connect", be_durable)
    socketio.init_app(app)
    server = pywsgi.WSGIServer(("127.0.0.1", 0), app, handler_class=WebSocketHandler, log=None)
    server.start()
    print(f"listens on http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
