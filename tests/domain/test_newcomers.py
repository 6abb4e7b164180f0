"""People who came to the door, on the lists of organisers: a name put right, a unit put right, no seats for who was not invited."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from confsvc.domain.attendance import NewEvent, record_attendance
from confsvc.domain.delegates import DelegateEntry, add_delegates, change_delegate, remove_delegate
from confsvc.domain.errors import InUse, Invalid
from confsvc.domain.figures import Figures, figures_by_site
from confsvc.domain.mandate_list import MandateQuery, UnitQuery, read_mandates, uninvited_units
from confsvc.domain.mandates import MandateChange, change_mandate
from confsvc.domain.newcomers import Newcomer, add_substitute, add_walk_in
from confsvc.domain.people import PeopleQuery, read_people
from confsvc.domain.seating import read_standings
from confsvc.domain.work import Work
from confsvc.models import Delegate, Mandate
from tests.factories import acting, make_account, make_conference, make_delegate, make_mandate, make_site, make_unit

BeginWork = Callable[..., AbstractContextManager[Work]]


@pytest.fixture
def scene(begin: BeginWork) -> SimpleNamespace:
    """olga's conference: dina of the Department of Health; at the door came wim of a unit nobody invited, checked in."""
    with begin() as work:
        olga = make_account(work)
        conference = make_conference(work, olga)
        main = make_site(work, conference)
        health, posts = make_unit(work, "Sở Y tế"), make_unit(work, "Bưu điện")
        mandate = make_mandate(work, conference, main, health, seats=2)
        dina = make_delegate(work, mandate, rank="head")
        wim = add_walk_in(work, conference, main.id, "Hội Chữ thập đỏ", Newcomer("Trần Vim", "Chủ tịch"))
        record_attendance(work, conference.id, [NewEvent("r1", "check_in", "form", work.now, site_id=main.id, delegate_id=wim.id)])
        came_of = wim.mandate_id
    return SimpleNamespace(**{name: value for name, value in locals().items() if name not in ("begin", "work")})


def entry(scene: SimpleNamespace, **changes: object) -> DelegateEntry:
    values = {"full_name": "Trần Vim", "mandate_id": scene.came_of, "position": "Chủ tịch", **changes}
    return DelegateEntry(**values)


def refused(begin: BeginWork, scene: SimpleNamespace, action: Callable[[Work], object]) -> tuple[str, str]:
    with pytest.raises(Invalid) as error, begin(acting(scene.olga)) as work:
        action(work)
    return error.value.field, error.value.reason


def mandates(begin: BeginWork, scene: SimpleNamespace, **query: str) -> list[tuple[str, bool, int]]:
    with begin(acting(scene.olga)) as work:
        found = read_mandates(work, scene.conference.id, MandateQuery(**query))  # type: ignore[arg-type]  # as above
        return [(mandate.unit_name, mandate.unit_id is not None, found.standings[mandate.id].named) for mandate in found.page.items]


def test_uninvited_unit_is_listed_as_such_and_waited_for_by_nobody(begin: BeginWork, scene: SimpleNamespace) -> None:
    assert mandates(begin, scene, sort="unit") == [("Hội Chữ thập đỏ", False, 0), ("Sở Y tế", True, 1)]
    assert [mandates(begin, scene, named=named) for named in ("none", "some", "all")] == [[], [("Sở Y tế", True, 1)], []]
    with begin(acting(scene.olga)) as work:
        assert [unit.name for unit in work.session.scalars(uninvited_units(work, scene.conference.id, UnitQuery()))] == ["Bưu điện"]


def test_uninvited_unit_gets_no_seats_and_nobody_is_named_for_it(begin: BeginWork, scene: SimpleNamespace) -> None:
    seats = MandateChange("Hội Chữ thập đỏ", scene.main.id, 1, "any")
    assert refused(begin, scene, lambda work: change_mandate(work, scene.conference.id, scene.came_of, seats, version=1)) == ("seats", "not_invited")
    named = [entry(scene, full_name="Lê Oanh")]
    assert refused(begin, scene, lambda work: add_delegates(work, scene.conference.id, named)) == ("mandate_id", "unit_uninvited")
    moved = entry(scene, full_name="Nguyễn Thị Dina")
    assert refused(begin, scene, lambda work: change_delegate(work, scene.conference.id, scene.dina.id, moved, version=1)) == ("mandate_id", "unit_uninvited")
    with begin(acting(scene.olga)) as work:
        change_mandate(work, scene.conference.id, scene.came_of, MandateChange("Hội CTĐ tỉnh", scene.main.id, 0, "any"), version=1)
    assert mandates(begin, scene, sort="unit")[0] == ("Hội CTĐ tỉnh", False, 0)


def test_name_and_unit_typed_wrong_at_the_door_are_put_right(begin: BeginWork, scene: SimpleNamespace) -> None:
    with begin(acting(scene.olga)) as work:
        right = entry(scene, full_name="Trần Văn Vinh", mandate_id=scene.mandate.id, rank="leader")
        change_delegate(work, scene.conference.id, scene.wim.id, right, version=1)
    assert mandates(begin, scene) == [("Sở Y tế", True, 1)]
    with begin(acting(scene.olga)) as work:
        [row] = read_people(work, scene.conference.id, PeopleQuery(state="walk_in")).items
        assert (row.delegate.full_name, row.delegate.mandate_id, row.delegate.rank, row.state) == ("Trần Văn Vinh", scene.mandate.id, "leader", "present")
        assert [figures for _site, figures in figures_by_site(work, scene.conference.id)] == [Figures(named=1, vacant=1, walk_ins=1)]


def test_unit_that_was_not_invited_stays_while_somebody_belongs_to_it(begin: BeginWork, scene: SimpleNamespace) -> None:
    with begin() as work:
        again = add_walk_in(work, work.session.merge(scene.conference), scene.main.id, "HỘI CHỮ THẬP ĐỎ", Newcomer("Lê Hai"))
        assert again.mandate_id == scene.came_of
    with begin(acting(scene.olga)) as work:
        change_delegate(work, scene.conference.id, scene.wim.id, entry(scene, mandate_id=scene.mandate.id), version=1)
    assert len(mandates(begin, scene)) == 2


def test_substitute_keeps_the_unit_of_whom_they_replace(begin: BeginWork, scene: SimpleNamespace) -> None:
    with begin() as work:
        oanh = add_substitute(work, work.session.merge(scene.conference), work.session.merge(scene.dina), Newcomer("Lê Oan", rank="leader"))
        other = make_mandate(work, scene.conference, scene.main, work.session.merge(scene.posts))
    elsewhere = entry(scene, full_name="Lê Oanh", mandate_id=other.id)
    assert refused(begin, scene, lambda work: change_delegate(work, scene.conference.id, oanh.id, elsewhere, version=1)) == (
        *("mandate_id", "substitute_keeps_unit"),
    )
    with begin(acting(scene.olga)) as work:
        change_delegate(work, scene.conference.id, oanh.id, entry(scene, full_name="Lê Oanh", mandate_id=scene.mandate.id, rank="leader"), version=1)
    with begin() as work:
        assert work.session.get_one(Delegate, oanh.id).full_name == "Lê Oanh"


def test_whom_the_log_knows_is_not_removed(begin: BeginWork, scene: SimpleNamespace) -> None:
    with pytest.raises(InUse), begin(acting(scene.olga)) as work:
        remove_delegate(work, scene.conference.id, scene.wim.id)


def test_walk_ins_fill_no_seat(begin: BeginWork, scene: SimpleNamespace) -> None:
    with begin() as work:
        add_walk_in(work, work.session.merge(scene.conference), scene.main.id, "Sở Y tế", Newcomer("Võ Út", rank="head"))
        found = work.session.scalars(select(Mandate).where(Mandate.unit_id.is_not(None))).one()
        standing = read_standings(work, [found])[found.id]
        assert (standing.named, standing.vacant, standing.ranks) == (1, 1, {"head": 1})
