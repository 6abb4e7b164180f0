"""People who arrive at a rehearsal though nobody has come."""

import pytest

from confsvc.domain.attendance_check import verify_attendance
from confsvc.domain.board_picture import read_picture
from confsvc.domain.board_tiles import figures_of
from confsvc.domain.conferences import move_conference
from confsvc.domain.errors import Invalid, WrongState
from confsvc.domain.rehearsal_arrivals import MOST_AT_ONCE, Arrivals, let_arrive
from tests.conftest import BeginWork
from tests.domain.rehearsing import Hall
from tests.factories import acting


@pytest.fixture
def hall(begin: BeginWork) -> Hall:
    return Hall(begin)


def test_people_arrive_the_real_way(hall: Hall) -> None:
    rehearsal = hall.start()
    before = hall.rows(hall.conference.id)
    arrived = []
    for people in (3, MOST_AT_ONCE, 1):
        with hall.begin(acting(hall.olga)) as work:
            arrived.append(let_arrive(work, hall.conference.id, people))
    assert arrived == [Arrivals(3, 1, 4), Arrivals(1, 0, 4), Arrivals(0, 0, 4)]
    with hall.begin(acting(hall.olga)) as work:
        board = read_picture(work, rehearsal.id)
        assert [(figures.present, figures.not_yet) for figures in (figures_of(site.counts) for site in board.shown())] == [(3, 2), (1, 1)]
        assert (board.revision, verify_attendance(work, rehearsal.id)) == (4, [])
    assert hall.rows(hall.conference.id) == before


@pytest.mark.parametrize("people", [-1, 0, MOST_AT_ONCE + 1])
def test_so_many_do_not_arrive_at_once(hall: Hall, people: int) -> None:
    hall.start()
    with hall.begin(acting(hall.olga)) as work, pytest.raises(Invalid):
        let_arrive(work, hall.conference.id, people)


def test_nobody_arrives_where_nothing_is_rehearsed(hall: Hall) -> None:
    def refused() -> str:
        with hall.begin(acting(hall.olga)) as work, pytest.raises(WrongState) as error:
            let_arrive(work, hall.conference.id, 1)
        return str(error.value.fields["state"])

    assert refused() == "gone"
    rehearsal = hall.start()
    with hall.begin(acting(hall.olga)) as work:
        move_conference(work, rehearsal.id, "close", version=1)
    assert refused() == "closed"
