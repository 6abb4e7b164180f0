"""Lists of people and of mandates: found without marks, in Vietnamese order, with what the seats lack."""

import unicodedata
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace

import pytest
from sqlalchemy import select

from confsvc.domain.attendance_list import read_attendance, read_roll
from confsvc.domain.errors import NotFound
from confsvc.domain.mandate_list import MandateQuery, UnitQuery, read_mandates, uninvited_units, units_above
from confsvc.domain.people import STATE_FILTERS, PeopleQuery, read_people
from confsvc.domain.seating import Standing, find_namesakes, possible_doubles, read_standings
from confsvc.domain.work import Work
from confsvc.models import Attendance, Conference, Delegate, Mandate, Site
from tests.factories import acting, make_account, make_conference, make_delegate, make_mandate, make_site, make_unit

BeginWork = Callable[..., AbstractContextManager[Work]]


@pytest.fixture
def conference(work: Work) -> Conference:
    """Two sites, three units, five people, and a look-alike in another conference."""
    conference, other = make_conference(work), make_conference(work, title="Another")
    main = make_site(work, conference)
    remote = make_site(work, conference, "Điểm cầu Đức Linh", kind="remote", sort_order=1)
    health = make_mandate(work, conference, main, make_unit(work, "Sở Y tế"), seats=3, required_rank="head")
    district = make_mandate(work, conference, remote, make_unit(work, "UBND huyện Đức Linh"), seats=2, required_rank="leader")
    make_mandate(work, conference, main, make_unit(work, "Đài Phát thanh"), seats=1)
    make_delegate(work, health, "Trần Văn Đức", protocol_order=20, position="Giám đốc", rank="head")
    make_delegate(work, health, "Nguyễn Thị Ánh", reply="declined")
    make_delegate(work, district, "Lê Oanh", position="Chủ tịch", protocol_order=20, rank="head")
    make_delegate(work, district, "Phạm Ân", reply="accepted")
    make_delegate(work, district, "Võ Út", position="Chuyên viên")
    make_delegate(work, make_mandate(work, other, make_site(work, other), make_unit(work, "Sở Y tế")), "Trần Đức")
    row = work.session.scalars(select(Attendance).join(Attendance.delegate).where(Delegate.full_name == "Lê Oanh")).one()
    row.state, row.site_id, row.since = "present", main.id, work.now
    work.session.flush()
    return conference


def names(work: Work, conference: Conference, **query: object) -> list[str]:
    return [row.delegate.full_name for row in read_people(work, conference.id, PeopleQuery(**query)).items]  # type: ignore[arg-type]  # spelled out in each test


@pytest.mark.parametrize("typed", ["duc", "ĐỨC", "Đức", unicodedata.normalize("NFD", "Đức"), "Ðức", "ðuc", "  văn   đức"])
def test_duc_is_found_however_it_is_typed(work: Work, conference: Conference, typed: str) -> None:
    assert "Trần Văn Đức" in names(work, conference, text=typed)


def test_as_many_are_counted_as_are_listed(work: Work, conference: Conference) -> None:
    conference.state, conference.closed_at = "closed", work.now
    queries = [
        PeopleQuery(text=text, state=state, reply=reply, site_id=site_id)
        for text in ("", "duc", "so y te", "no such")
        for state in ("", *STATE_FILTERS)
        for reply in ("", "declined")
        for site_id in (None, *work.session.scalars(select(Site.id)), 999)
    ]
    found = [read_people(work, conference.id, query) for query in queries]
    assert [page.total for page in found] == [len(page.items) for page in found]
    assert {page.total for page in found} >= {0, 1, 2, 4, 5}


def test_search_looks_at_name_position_and_unit_only(work: Work, conference: Conference) -> None:
    assert names(work, conference, text="duc") == ["Trần Văn Đức", "Lê Oanh", "Phạm Ân", "Võ Út"]
    assert names(work, conference, text="giám đốc") == ["Trần Văn Đức"]
    assert names(work, conference, text="so y te") == ["Trần Văn Đức", "Nguyễn Thị Ánh"]
    assert names(work, conference, text="%") == []
    assert names(work, conference, text="_") == []


def test_orders(work: Work, conference: Conference) -> None:
    assert names(work, conference) == ["Trần Văn Đức", "Lê Oanh", "Nguyễn Thị Ánh", "Phạm Ân", "Võ Út"]
    assert names(work, conference, sort="name") == ["Nguyễn Thị Ánh", "Phạm Ân", "Trần Văn Đức", "Lê Oanh", "Võ Út"]
    assert names(work, conference, sort="site") == ["Trần Văn Đức", "Nguyễn Thị Ánh", "Lê Oanh", "Phạm Ân", "Võ Út"]
    assert names(work, conference, sort="unit") == ["Trần Văn Đức", "Nguyễn Thị Ánh", "Lê Oanh", "Phạm Ân", "Võ Út"]
    assert names(work, conference, sort="state") == ["Lê Oanh", "Trần Văn Đức", "Nguyễn Thị Ánh", "Phạm Ân", "Võ Út"]


def test_filters(work: Work, conference: Conference) -> None:
    mandates = {m.unit_name: m for m in work.session.scalars(select(Mandate).where(Mandate.conference_id == conference.id))}
    district = mandates["UBND huyện Đức Linh"]
    assert names(work, conference, site_id=district.site_id) == ["Lê Oanh", "Phạm Ân", "Võ Út"]
    assert names(work, conference, mandate_id=district.id, text="chu tich") == ["Lê Oanh"]
    assert names(work, conference, reply="declined") == ["Nguyễn Thị Ánh"]
    assert names(work, conference, state="present") == ["Lê Oanh"]


def test_mandates_are_found_filtered_and_ordered(work: Work, conference: Conference) -> None:
    def units(**query: object) -> list[str]:
        return [m.unit_name for m in read_mandates(work, conference.id, MandateQuery(**query)).page.items]  # type: ignore[arg-type]  # spelled out below

    assert units(sort="unit") == ["Đài Phát thanh", "Sở Y tế", "UBND huyện Đức Linh"]
    assert units(sort="seats") == ["Sở Y tế", "UBND huyện Đức Linh", "Đài Phát thanh"]
    assert units(sort="named") == ["Đài Phát thanh", "Sở Y tế", "UBND huyện Đức Linh"]
    assert units(sort="site") == ["Đài Phát thanh", "Sở Y tế", "UBND huyện Đức Linh"]
    assert (units(named="none"), units(named="some"), units(named="all")) == (["Đài Phát thanh"], ["Sở Y tế"], ["UBND huyện Đức Linh"])
    assert units(text="DUC LINH") == ["UBND huyện Đức Linh"]


def test_standing_of_the_seats(work: Work, conference: Conference) -> None:
    mandates = list(work.session.scalars(select(Mandate).where(Mandate.conference_id == conference.id).order_by(Mandate.unit_name_sort)))
    standings = read_standings(work, mandates)
    assert [standings[mandate.id] for mandate in mandates] == [
        Standing(1, "any", {}),
        Standing(3, "head", {"head": 1, "staff": 1}),
        Standing(2, "leader", {"head": 1, "staff": 2}),
    ]
    assert [(s.named, s.vacant, s.surplus, s.lacks_rank) for s in (standings[m.id] for m in mandates)] == [
        (0, 1, 0, False),
        (2, 1, 0, False),
        (3, 0, 1, False),
    ]
    assert [Standing(1, required, {rank: 1}).lacks_rank for required in ("head", "leader", "any") for rank in ("head", "leader", "staff")] == [
        *(False, True, True),
        *(False, False, True),
        *(False, False, False),
    ]


def test_namesakes_are_of_the_same_unit_and_spelling_apart(work: Work, conference: Conference) -> None:
    health, district = (work.session.scalars(select(Mandate).where(Mandate.unit_name == name)).first() for name in ("Sở Y tế", "UBND huyện Đức Linh"))
    assert health is not None
    assert district is not None
    quy = make_delegate(work, health, "Đặng Thúy Quý")
    twin = make_delegate(work, health, "ĐẶNG THUÝ QUÍ")
    elsewhere = make_delegate(work, district, "Đặng Thúy Quý")
    assert [d.id for d in find_namesakes(work, health.conference_id, health.id, "dang thuy quy", besides=quy.id)] == [twin.id]
    assert possible_doubles(work, [quy, twin, elsewhere]) == {quy.id, twin.id}
    assert possible_doubles(work, []) == set()


def test_namesakes_of_another_conference_stay_unsaid(work: Work, conference: Conference) -> None:
    mallory = make_account(work, "mallory")
    hers = make_conference(work, mallory)
    head = work.session.scalars(select(Delegate).where(Delegate.full_name == "Trần Văn Đức")).one()
    as_mallory = replace(work, actor=acting(mallory))
    assert find_namesakes(work, conference.id, head.mandate_id, "Trần Văn Đức") == [head]
    assert find_namesakes(as_mallory, hers.id, head.mandate_id, "Trần Văn Đức") == []
    with pytest.raises(NotFound):
        find_namesakes(as_mallory, conference.id, head.mandate_id, "Trần Văn Đức")


def test_units_that_can_be_invited(work: Work, conference: Conference) -> None:
    province = make_unit(work, "UBND tỉnh")
    district = make_unit(work, "Huyện B", parent_id=province.id, sort_order=2)
    make_unit(work, "Huyện A", parent_id=province.id, sort_order=1)
    commune = make_unit(work, "Xã Đức Thuận", parent_id=district.id)

    def found(**query: object) -> list[str]:
        return [u.name for u in work.session.scalars(uninvited_units(work, conference.id, UnitQuery(**query)))]  # type: ignore[arg-type]  # spelled out below

    assert found(under_id=province.id) == ["Huyện A", "Huyện B"]
    assert sorted(found(under_id=province.id, deep=True)) == ["Huyện A", "Huyện B", "Xã Đức Thuận"]
    assert found(text="duc thuan") == ["Xã Đức Thuận"]
    make_mandate(work, conference, make_site(work, conference, "C", kind="remote"), commune)
    assert found(text="duc thuan") == []
    assert [unit.name for unit in units_above(work)] == ["Huyện B", "UBND tỉnh"]


def test_roll_tells_everybody_with_the_figures(work: Work, conference: Conference) -> None:
    roll = read_roll(work, conference.id)
    assert [(row.full_name, row.unit, row.site, row.state, row.hall) for row in roll.people()] == [
        ("Trần Văn Đức", "Sở Y tế", "Điểm cầu trung tâm", "not_yet", None),
        ("Lê Oanh", "UBND huyện Đức Linh", "Điểm cầu Đức Linh", "present", "Điểm cầu trung tâm"),
        ("Nguyễn Thị Ánh", "Sở Y tế", "Điểm cầu trung tâm", "not_yet", None),
        ("Phạm Ân", "UBND huyện Đức Linh", "Điểm cầu Đức Linh", "not_yet", None),
        ("Võ Út", "UBND huyện Đức Linh", "Điểm cầu Đức Linh", "not_yet", None),
    ]
    assert roll.figures == read_attendance(work, conference.id, PeopleQuery()).figures


def test_outsiders_see_no_list(begin: BeginWork) -> None:
    with begin() as work:
        olga, mallory = make_account(work), make_account(work, "mallory")
        conference = make_conference(work, olga)
        make_delegate(work, make_mandate(work, conference, make_site(work, conference)))
        make_conference(work, mallory, title="Hers")
    for read in (
        lambda work: read_people(work, conference.id, PeopleQuery()),
        lambda work: read_mandates(work, conference.id, MandateQuery()),
        lambda work: uninvited_units(work, conference.id, UnitQuery()),
        lambda work: read_attendance(work, conference.id, PeopleQuery()),
        lambda work: read_roll(work, conference.id),
    ):
        with pytest.raises(NotFound), begin(acting(mallory)) as work:
            read(work)
