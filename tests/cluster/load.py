"""Desks at work on a cluster while something ends, and what must hold afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from typing import Any

from sqlalchemy import select

from confsvc.domain.attendance_check import verify_attendance
from confsvc.domain.passes import pass_token, valid_pass
from confsvc.models import AttendanceEvent, Conference
from tests.cluster.conftest import Places
from tests.crash.conftest import Line as LogLine
from tests.crash.desks import Chance, Desk
from tests.factories import make_crowd, make_desk, make_mandate
from tests.live.conftest import Line

SEED = 20230116
DELEGATES_AT_A_SITE = 30
DESKS_AT_A_SITE = 2
# A desk of a hall that streams in; faster ones would take from the processes that start again what they need for it.
PACE_SECONDS = 0.02


@dataclass
class Load:
    """Desks at work, and what the database says of it."""

    places: Places
    desks: list[Desk]

    def lines(self) -> dict[str, LogLine]:
        """`client_ref` → its line in the log, after a look that the revisions have no gap."""
        scene, event = self.places.scene, AttendanceEvent
        with scene.service.begin() as work:
            wanted = select(event.client_ref, event.revision, event.kind, event.verdict, event.refusal).where(event.conference_id == scene.conference.id)
            rows = work.session.execute(wanted.order_by(event.revision)).all()
            assert [row.revision for row in rows] == list(range(1, len(rows) + 1))
            assert work.session.scalar(select(Conference.revision).where(Conference.id == scene.conference.id)) == len(rows)
        found = {row.client_ref: LogLine(row.kind, row.verdict, row.refusal) for row in rows}
        assert len(found) == len(rows), "an act is there twice"
        return found

    def rest(self) -> None:
        """Let every desk end what it does."""
        for desk in self.desks:
            desk.rest()

    def check(self) -> None:
        """Everything is answered, once and as the log has it, and what is folded from the log agrees with it."""
        lines = self.lines()
        acts = {ref: act for desk in self.desks for ref, act in desk.acts.items()}
        assert {ref for desk in self.desks for ref in desk.answered()} == set(acts) <= set(lines)
        # Beside the line of each act there are only those of the people whom a substitute replaced.
        assert {line.kind for ref, line in lines.items() if ref not in acts} <= {"substitute"}
        assert all(desk.answers_agree(lines) for desk in self.desks)
        with self.places.scene.service.begin() as work:
            assert verify_attendance(work, self.places.scene.conference.id) == []


@contextmanager
def open_load(places: Places, url: str, **of_desks: Any) -> Iterator[Load]:
    """Desks of both sites at this address, which do nothing yet."""
    scene, desks = places.scene, []
    with scene.service.begin() as work:
        for site in (scene.main, scene.remote):
            mandate = make_mandate(work, scene.conference, site, seats=DELEGATES_AT_A_SITE, required_rank="leader")
            people = make_crowd(work, mandate, [f"Đại biểu {n}" for n in range(DELEGATES_AT_A_SITE)])
            chance = Chance(Random(f"{SEED} {site.id}"), [pass_token(work, valid_pass(work, person.id)) for person in people], [person.id for person in people])
            for n in range(DESKS_AT_A_SITE):
                token = f"cookie-{site.id}-{n}"
                make_desk(work, site, f"Bàn {n}", token=token)
                desks.append((token, chance))
    working = [Desk(url, token, chance.act, pace=PACE_SECONDS, **of_desks) for token, chance in desks]
    try:
        yield Load(places, working)
    finally:
        for desk in working:
            desk.close()


def await_total(board: Line, shown: Any) -> None:
    """Wait until the board is shown the sum that it would read now; a line that changes no figure brings no frame."""
    now = board.call("sync", {})["total"]
    while shown != now:
        shown = board.next("tallied")["total"]


def await_counts(desk: Line, told: Any) -> None:
    """Wait until the desk is told the counts that it would read now."""
    now = desk.call("sync", {"since": 0})["counts"]
    while told != now:
        told = desk.next("attendance_changed")["counts"]
