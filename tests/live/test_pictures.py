"""Pictures of boards: one reading for all who ask, frames that follow one another, rights that are asked for many at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from confsvc.boundary import begin_reading
from confsvc.domain.attendance import NewEvent, record_attendance
from confsvc.domain.delegates import DelegateEntry, add_delegates
from confsvc.domain.errors import NotFound
from confsvc.domain.work import System
from confsvc.extensions import db
from confsvc.live.pictures import BEHIND_SECONDS, FRAMES_APART, Pictures
from confsvc.live.presence import ConnectedDesk, Presence, Viewer
from confsvc.live.rechecks import RECHECK_SECONDS, Rechecks
from confsvc.models import Account, Conference, ConferenceMember
from tests.conftest import NOW, BeginWork
from tests.factories import make_account, make_conference, make_mandate, make_site


class Hall:
    """A conference with two sites, one person at each, and its pictures."""

    def __init__(self, begin: BeginWork, sites: int = 2) -> None:
        self.begin = begin
        self.now = 100.0
        self.presence = Presence()
        self.pictures = Pictures(self.presence, lambda: self.now)
        with begin() as work:
            self.conference = make_conference(work, make_account(work), state="in_progress")
            sites_made = [make_site(work, self.conference, f"Xã {n}", kind="remote" if n else "main") for n in range(sites)]
            self.sites = [site.id for site in sites_made]
            main = make_mandate(work, self.conference, sites_made[0])
            entries = [DelegateEntry(f"Người {n}", main.id, site_id) for n, site_id in enumerate(self.sites)]
            self.people = [delegate.id for delegate in add_delegates(work, self.conference.id, entries)]

    def come(self, which: int) -> None:
        with self.begin() as work:
            told = NewEvent(work.new_id(), "check_in", "organiser", work.now, delegate_id=self.people[which], site_id=self.sites[which])
            record_attendance(work, self.conference.id, [told])

    def snapshot(self) -> dict[str, Any]:
        with begin_reading(System()) as work:
            conference = work.session.get_one(Conference, self.conference.id)
        return self.pictures.of(self.conference.id).snapshot(conference, NOW, names=True)

    def frame(self) -> dict[str, Any] | None:
        frames = self.pictures.of(self.conference.id).next_frame(NOW)
        return frames and frames[0]


@contextmanager
def statements(app: Flask) -> Iterator[list[str]]:
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        found.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield found
    event.remove(db.engine, "before_cursor_execute", note)


@pytest.fixture
def hall(app: Flask, begin: BeginWork) -> Iterator[Hall]:
    with app.app_context():
        yield Hall(begin)


def test_one_reading_serves_all_who_ask(app: Flask, hall: Hall) -> None:
    first = hall.snapshot()
    with begin_reading(System()) as work:
        conference = work.session.get_one(Conference, hall.conference.id)
    with statements(app) as found:
        said = [hall.pictures.of(hall.conference.id).snapshot(conference, NOW, names=True) for _ in range(100)]
    assert (found, said) == ([], [first] * 100)
    hall.come(0)
    assert hall.snapshot()["total"]["present"] == 1


def test_frames_follow_one_another_and_nothing_is_told_where_nothing_changed(hall: Hall) -> None:
    first = hall.frame()
    assert first
    assert (first["frame"], first["previous"], len(first["sites"]), hall.frame()) == (FRAMES_APART + 1, 0, 2, None)
    hall.come(1)
    snapshot = hall.snapshot()
    hall.come(0)
    second = hall.frame()
    assert second
    # What the snapshot told already is told to those who did not ask for one.
    assert (snapshot["frame"], second["frame"], second["previous"], second["revision"]) == (FRAMES_APART + 1, FRAMES_APART + 2, 0, 2)
    assert [site["id"] for site in second["sites"]] == hall.sites
    hall.presence.desk_came(ConnectedDesk("a", 7, hall.sites[1], hall.conference.id, NOW, 0))
    third = hall.frame()
    assert third
    assert (third["frame"], [(site["id"], site["desks"]) for site in third["sites"]]) == (FRAMES_APART + 3, [(hall.sites[1], 1)])
    assert ("missing" in third, "asking" in third, hall.frame()) == (False, False, None)


def test_a_picture_that_was_dropped_begins_with_numbers_that_nobody_has_heard(hall: Hall) -> None:
    hall.frame()
    hall.pictures.drop(hall.conference.id)
    frame = hall.frame()
    assert frame
    assert (frame["frame"], len(frame["sites"])) == (2 * FRAMES_APART + 1, 2)


def test_sites_that_changed_are_read_anew_and_what_fails_half_way_too(app: Flask, hall: Hall) -> None:
    hall.frame()
    with hall.begin() as work:
        work.session.connection().exec_driver_sql("UPDATE sites SET name = 'Hội trường A' WHERE id = ?", (hall.sites[1],))
    assert hall.frame() is None
    hall.pictures.forget(hall.conference.id, None)
    frame = hall.frame()
    assert frame
    assert (frame["previous"], frame["sites"][1]["name"], "conference" in frame) == (0, "Hội trường A", True)
    hall.come(0)

    def fail(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "FROM attendances" in statement:
            raise RuntimeError("the line to the database is lost")

    event.listen(db.engine, "before_cursor_execute", fail)
    with pytest.raises(RuntimeError):
        hall.frame()
    event.remove(db.engine, "before_cursor_execute", fail)
    frame = hall.frame()
    assert frame
    assert (frame["previous"], len(frame["sites"]), frame["total"]["present"]) == (0, 2, 1)


def test_sites_furthest_behind_stay_for_a_while_before_others_take_their_places(app: Flask, begin: BeginWork) -> None:
    with app.app_context():
        hall = Hall(begin, sites=160)
        first = hall.frame()
        assert first
        assert (first["shown"], first["site_count"], len(first["sites"])) == ("behind", 160, 100)
        hall.come(1)
        second = hall.frame()
        assert second
        assert ([site["id"] for site in second["sites"]], "gone" in second) == ([hall.sites[1]], False)
        hall.now += BEHIND_SECONDS
        third = hall.frame()
        assert third
        assert third["gone"] == [hall.sites[1]]
        assert [site["name"] for site in third["sites"]] == ["Xã 100"]


def test_a_conference_that_is_gone_has_no_board(hall: Hall) -> None:
    with pytest.raises(NotFound):
        hall.pictures.of(4711).next_frame(NOW)


def test_rights_of_all_who_watch_are_asked_for_at_once_and_rarely(app: Flask, hall: Hall) -> None:
    sent_away: list[str] = []
    server = SimpleNamespace(disconnect=lambda sid, namespace: sent_away.append(sid))
    rechecks = Rechecks(SimpleNamespace(server=server), hall.presence)
    here = hall.conference.id
    with hall.begin() as work:
        member = work.session.query(ConferenceMember).filter_by(conference_id=here).one().account_id
        chief = make_account(work, "chief", role="administrator").id
        mallory = make_account(work, "mallory").id
        gone = make_account(work, "gone", disabled_at=work.now)
        work.session.add(ConferenceMember(conference_id=here, account_id=gone.id))
    watching = {"member": (member, 0), "older": (member, 1), "chief": (chief, 0), "mallory": (mallory, 0), "disabled": (gone.id, 0), "nobody": (4711, 0)}
    for sid, sign_in in watching.items():
        hall.presence.viewer_came(Viewer(sid, here, None, sign_in))
    hall.presence.viewer_came(Viewer("public", here, "token"))
    with statements(app) as found:
        for now in (0.0, 1.0, RECHECK_SECONDS - 0.1):
            rechecks.weed(here, now)
        assert (found, sent_away) == ([], [])
        for now in (RECHECK_SECONDS + 0.0, RECHECK_SECONDS + 1.0):
            rechecks.weed(here, now)
    assert (len([statement for statement in found if statement.startswith("SELECT")]), sent_away) == (1, ["older", "mallory", "disabled", "nobody"])
    with hall.begin() as work:
        work.session.get_one(Account, member).session_epoch = 1
    rechecks.weed(here, 2 * RECHECK_SECONDS + 1.0)
    assert sent_away[4:] == ["member", "mallory", "disabled", "nobody"]
