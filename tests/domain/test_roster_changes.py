"""What the desks of many sites are told of a stretch of the log is what each of them would be told by itself."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event

from confsvc.domain import roster_changes as changes
from confsvc.domain.check_in import Act, CheckIn, CountHeads, Leave, Substitute, UndoCheckIn, WithdrawSubstitute, carry_out, carry_out_together
from confsvc.domain.errors import DeskGone
from confsvc.domain.passes import pass_token, valid_pass
from confsvc.domain.roster import changed_passes, roster_changes
from confsvc.domain.roster_changes import Stretch, changes_since
from confsvc.domain.work import DeskActor
from tests.conftest import NOW, BeginWork
from tests.factories import make_conference, make_delegate, make_desk, make_mandate, make_site


@dataclass
class Halls:
    """Three halls with a desk and two people each; `people` by hall."""

    begin: BeginWork
    conference_id: int = 0
    sites: list[int] = field(default_factory=list)
    desks: list[int] = field(default_factory=list)
    people: list[list[int]] = field(default_factory=list)
    # How many acts were told of: each happens a second after the one before.
    told: int = 0

    def build(self) -> None:
        with self.begin() as work:
            conference = make_conference(work, state="in_progress", started_at=NOW - timedelta(hours=1))
            self.conference_id = conference.id
            for n in range(3):
                site = make_site(work, conference, f"Điểm cầu {n}", kind="main" if n == 0 else "remote")
                mandate = make_mandate(work, conference, site, seats=3)
                self.sites.append(site.id)
                self.desks.append(make_desk(work, site, f"Bàn {n}", token=f"desk {n}").id)
                self.people.append([make_delegate(work, mandate, f"Người {n} {i}").id for i in range(2)])

    def tell(self, hall: int, act_type: Callable[..., Act], **what: object) -> None:
        self.told += 1
        act = act_type(client_ref=str(uuid4()), occurred_at=NOW - timedelta(minutes=30) + timedelta(seconds=self.told), **what)
        with self.begin(DeskActor(self.desks[hall])) as work:
            [answer] = carry_out(work, [act]).answers
            assert not isinstance(answer, Exception), answer

    def live(self) -> None:
        """Somebody comes, goes over to another hall and back, leaves; a mistake is taken back; a seat changes hands; heads are counted."""
        self.build()
        (a, b), (c, d), (e, f) = self.people
        self.tell(0, CheckIn, delegate_id=a)
        with self.begin() as work:
            code = pass_token(work, valid_pass(work, a))
        self.tell(1, CheckIn, code=code)
        self.tell(1, CheckIn, delegate_id=c)
        self.tell(1, CheckIn, delegate_id=d)
        self.tell(1, UndoCheckIn, delegate_id=d, reason="Quét nhầm thẻ")
        self.tell(2, Substitute, delegate_id=e, name="Lê Văn Thay", position="", rank="staff", reason="Ốm")
        self.tell(2, CountHeads, count=3)
        self.tell(0, CheckIn, delegate_id=b)
        self.tell(0, Leave, delegate_id=b)
        self.tell(2, CheckIn, delegate_id=f)

    def since(self, revision: int, heard: set[int] | None = None) -> Stretch:
        with self.begin() as work:
            return changes_since(work, self.conference_id, revision, (heard or set(self.sites)).__contains__)


@pytest.fixture
def halls(begin: BeginWork) -> Halls:
    found = Halls(begin)
    found.live()
    return found


def test_who_stands_in_a_hall_by_a_line_that_was_refused_is_told_there(begin: BeginWork) -> None:
    """Scanned at another hall while replaced; then the withdrawal of the substitution comes in, which happened before."""
    halls = Halls(begin)
    halls.build()
    person, seated, moment = halls.people[0][0], str(uuid4()), NOW - timedelta(minutes=10)

    def tell(hall: int, act: Act) -> tuple[str, str | None]:
        with begin(DeskActor(halls.desks[hall])) as work:
            [answer] = carry_out(work, [act]).answers
            assert not isinstance(answer, Exception)
            return answer.verdict.verdict, answer.verdict.reason

    with begin() as work:
        code = pass_token(work, valid_pass(work, person))
    who: dict[str, Any] = {"delegate_id": person, "name": "Lê Văn Thay", "position": "", "rank": "staff", "reason": "Ốm"}
    tell(0, Substitute(client_ref=seated, occurred_at=moment, **who))
    assert tell(1, CheckIn(client_ref=str(uuid4()), occurred_at=moment + timedelta(minutes=2), code=code)) == ("refused", "substituted")
    since = halls.since(0).revision
    tell(0, WithdrawSubstitute(client_ref=str(uuid4()), occurred_at=moment + timedelta(minutes=1), substitution=seated, reason="Đã đến"))

    told = halls.since(since).sites[halls.sites[1]]
    assert [(row.id, row.state, row.at) for row in told.rows] == [(person, "present", halls.sites[1])]
    assert told.figures.visiting == 1


@pytest.mark.parametrize("since", range(12))
def test_every_site_is_told_what_it_would_ask_for(halls: Halls, since: int) -> None:
    stretch = halls.since(since)

    with halls.begin() as work:
        for site_id in halls.sites:
            told = stretch.sites.get(site_id)
            rows = sorted(told.rows if told else [], key=lambda row: row.id)
            assert rows == sorted(roster_changes(work, site_id, since), key=lambda row: row.id), (site_id, since)
            if told:
                assert told.revoked == changed_passes(work, halls.conference_id, site_id, since)[0]
    assert (stretch.revision, stretch.is_whole) == (11, True)


def test_nobody_listens_nobody_is_told(halls: Halls) -> None:
    assert halls.since(0, {0}).sites == {}
    assert list(halls.since(0, {halls.sites[1]}).sites) == [halls.sites[1]]
    assert halls.since(11).sites == {}


def test_a_long_stretch_is_told_in_parts_and_nothing_is_left_out(halls: Halls, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = halls.since(0)
    monkeypatch.setattr(changes, "MOST_LINES", 3)
    told: dict[int, dict[int, object]] = {}
    revision, parts = 0, 0
    while not (stretch := halls.since(revision)).is_whole or stretch.revision > revision:
        revision, parts = stretch.revision, parts + 1
        for site_id, changed in stretch.sites.items():
            told.setdefault(site_id, {}).update({row.id: row for row in changed.rows})

    assert (revision, parts) == (whole.revision, 4)
    assert told == {site_id: {row.id: row for row in changed.rows} for site_id, changed in whole.sites.items()}


def test_it_costs_as_many_statements_for_three_sites_as_for_one(halls: Halls, begin: BeginWork) -> None:
    def statements(heard: set[int]) -> int:
        seen: list[str] = []
        with begin() as work:
            connection = work.session.connection()
            event.listen(connection, "before_cursor_execute", lambda *told: seen.append(str(told[2])))
            changes_since(work, halls.conference_id, 0, heard.__contains__)
        return len(seen)

    assert statements({halls.sites[0]}) == statements(set(halls.sites)) <= 8


def test_desks_of_several_sites_are_heard_together(halls: Halls, begin: BeginWork) -> None:
    def check_in(delegate_id: int) -> CheckIn:
        return CheckIn(client_ref=str(uuid4()), occurred_at=NOW - timedelta(minutes=1), delegate_id=delegate_id)

    (_, b), (_, d), (_, f) = halls.people
    with begin() as work:
        work.session.connection().exec_driver_sql("UPDATE desks SET revoked_at = ? WHERE id = ?", (str(NOW), halls.desks[2]))
    with begin() as work:
        first, gone, second = carry_out_together(
            work, halls.conference_id, [(halls.desks[0], [check_in(b), check_in(d)]), (halls.desks[2], [check_in(f)]), (halls.desks[1], [check_in(d)])]
        )

    assert isinstance(gone, DeskGone)
    assert not isinstance(first, DeskGone)
    assert not isinstance(second, DeskGone)
    words = [(answer.verdict.verdict, answer.verdict.reason) for answer in [*first.answers, *second.answers] if not isinstance(answer, Exception)]
    # A desk may name those of its own site only.
    assert words == [("accepted", None), ("refused", "delegate_unknown"), ("accepted", None)]
    assert (first.revision, second.revision) == (14, 14)
    assert (first.figures.present, second.figures.present) == (2, 2)
