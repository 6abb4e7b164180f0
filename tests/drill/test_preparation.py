"""A drill's conference: what is made, that it is right, and that nothing else goes with it."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from sqlalchemy import func, select

from confsvc.domain.attendance_check import verify_every_conference
from confsvc.domain.desks import open_desk
from confsvc.domain.work import Work
from confsvc.drill.made_up import halls
from confsvc.drill.preparation import desk_cookie, prepare
from confsvc.drill.removal import NotADrill, drills, remove, require_drill
from confsvc.models import Base, Conference, Delegate, Desk, Mandate, Pass, Site, SiteTally, Unit
from tests.factories import make_account, make_conference, make_delegate, make_desk, make_mandate, make_site

Begin = Callable[..., AbstractContextManager[Work]]
SITES, PEOPLE = 40, 300


def silent(what: str, done: int, whole: int) -> None:
    """Progress that nobody watches."""


def rows(work: Work) -> dict[str, int]:
    """How many rows there are in each table."""
    return {table.name: work.session.scalars(select(func.count()).select_from(table)).one() for table in Base.metadata.sorted_tables}


@pytest.fixture
def other(begin: Begin) -> Conference:
    """A conference that is no drill's, with one of everything."""
    with begin() as work:
        conference = make_conference(work, make_account(work))
        site = make_site(work, conference)
        make_delegate(work, make_mandate(work, conference, site))
        make_desk(work, site)
    return conference


def test_a_country_has_a_main_hall_provinces_and_exactly_so_many_people() -> None:
    country = halls(370, 15_000)
    assert sum(hall.people for hall in country) == 15_000
    assert min(hall.people for hall in country) >= 1
    assert [hall.number for hall in country if hall.province is None] == list(range(35))
    assert {hall.province for hall in country[35:]} == set(range(1, 35))
    assert country == halls(370, 15_000)


@pytest.mark.parametrize(("sites", "people"), [(0, 5), (6, 5)])
def test_a_hall_without_people_is_no_drill(sites: int, people: int) -> None:
    with pytest.raises(ValueError, match="somebody"):
        halls(sites, people)


def test_everything_is_made_and_the_books_agree(begin: Begin) -> None:
    told: list[tuple[str, int, int]] = []
    conference_id = prepare(begin, sites=SITES, people=PEOPLE, progress=lambda *step: told.append(step))
    with begin() as work:
        counted = {model: work.session.scalars(select(func.count()).select_from(model)).one() for model in (Site, Mandate, Desk, Unit, Delegate, Pass)}
        assert counted == {Site: SITES, Mandate: SITES, Desk: SITES, Unit: SITES, Delegate: PEOPLE, Pass: PEOPLE}
        assert work.session.scalar(select(func.sum(SiteTally.named))) == PEOPLE
        assert work.session.scalar(select(func.sum(SiteTally.vacant))) == 0
        assert work.session.get_one(Conference, conference_id).state == "in_progress"
        assert verify_every_conference(work) == {conference_id: []}
    assert told[-1] == ("people", PEOPLE, PEOPLE)


def test_each_commune_hangs_below_its_province(begin: Begin) -> None:
    prepare(begin, sites=SITES, people=PEOPLE, progress=silent)
    with begin() as work:
        parents = {site.sort_order: site.parent_id for site in work.session.scalars(select(Site))}
        ids = {site.sort_order: site.id for site in work.session.scalars(select(Site))}
    assert [parents[number] for number in range(4)] == [None] * 4
    assert {parents[number] for number in range(4, SITES)} == {ids[1], ids[2], ids[3]}


def test_the_cookie_of_each_desk_opens_it(begin: Begin) -> None:
    prepare(begin, sites=3, people=5, progress=silent)
    with begin() as work:
        desks = work.session.scalars(select(Desk)).all()
        assert [open_desk(work, desk_cookie(work.secret, desk.uid)).id for desk in desks] == [desk.id for desk in desks]


def test_removing_leaves_no_row_of_it_and_every_other(begin: Begin, other: Conference) -> None:
    with begin() as work:
        before = rows(work)
    conference_id = prepare(begin, sites=SITES, people=PEOPLE, progress=silent)
    remove(begin, conference_id, silent)
    with begin() as work:
        assert rows(work) == before
    assert drills(begin) == []


def test_two_drills_are_told_apart(begin: Begin) -> None:
    one, two = (prepare(begin, sites=2, people=n, progress=silent) for n in (3, 4))
    assert [conference_id for conference_id, _ in drills(begin)] == [one, two]
    remove(begin, one, silent)
    assert [conference_id for conference_id, _ in drills(begin)] == [two]
    with begin() as work:
        assert work.session.scalar(select(func.count()).select_from(Unit)) == 2


def test_a_conference_that_is_no_drill_is_never_removed(begin: Begin, other: Conference) -> None:
    with begin() as work:
        before = rows(work)
    for conference_id in (other.id, 999):
        with pytest.raises(NotADrill):
            remove(begin, conference_id, silent)
    with begin() as work:
        assert rows(work) == before


def test_a_unit_that_somebody_else_uses_stays(begin: Begin, other: Conference) -> None:
    conference_id = prepare(begin, sites=3, people=5, progress=silent)
    with begin() as work:
        used = work.session.scalars(select(Unit).where(Unit.code == f"drill-{conference_id}-1")).one()
        site = work.session.scalars(select(Site).where(Site.conference_id == other.id)).one()
        make_mandate(work, work.session.get_one(Conference, other.id), site, used)
    require_drill(begin, conference_id)
    remove(begin, conference_id, silent)
    with begin() as work:
        assert list(work.session.scalars(select(Unit.code).where(Unit.code.like("drill-%")))) == [f"drill-{conference_id}-1"]
