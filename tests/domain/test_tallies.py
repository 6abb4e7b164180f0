"""Tallies counted from the rows, and the figures made of them."""

from typing import Any

from sqlalchemy import select

from confsvc.domain.figures import Figures, figures_by_site, read_total, site_names, total
from confsvc.domain.tallies import TALLIED, count_sites, recount_sites
from confsvc.domain.work import Work
from confsvc.models import Attendance, Delegate, SiteTally
from tests.factories import make_conference, make_delegate, make_mandate, make_site, make_substitute, make_unit, make_walk_in


def put(work: Work, delegate: Delegate, state: str, site_id: int | None = None, **more: Any) -> None:
    row = work.session.scalars(select(Attendance).where(Attendance.delegate_id == delegate.id)).one()
    for column, value in {"state": state, "site_id": site_id, **more}.items():
        setattr(row, column, value)
    work.session.flush()


def test_counts_by_seat_and_by_hall(work: Work) -> None:
    conference, other = make_conference(work), make_conference(work, title="Another")
    main = make_site(work, conference)
    remote = make_site(work, conference, "Điểm cầu huyện Đức Linh", kind="remote")
    elsewhere = make_site(work, other)
    here = make_mandate(work, conference, main, make_unit(work, "A"), seats=3)
    there = make_mandate(work, conference, remote, make_unit(work, "B"), seats=1)
    make_delegate(work, make_mandate(work, other, elsewhere, make_unit(work, "C")), "Ngoài Cuộc")
    put(work, make_delegate(work, here, "Một"), "present", main.id)
    put(work, make_delegate(work, there, "Hai"), "present", main.id)
    put(work, make_delegate(work, there, "Ba"), "excused")
    nobody = dict.fromkeys(TALLIED, 0) | {"headcount": None, "headcount_at": None}
    assert count_sites(work, conference.id) == {
        main.id: nobody | {"named": 1, "vacant": 2, "present": 1, "visiting": 1},
        remote.id: nobody | {"named": 2, "present": 1, "excused": 1},
    }
    recount_sites(work, conference.id)
    found = figures_by_site(work, conference.id)
    seen = [(main.id, Figures(named=1, vacant=2, present=1, visiting=1)), (remote.id, Figures(named=2, present=1, excused=1))]
    assert [(site.id, figures) for site, figures in found] == seen
    whole = total(figures for _, figures in found)
    assert read_total(work, conference.id) == (2, whole)
    assert site_names(work, conference.id) == [(site.id, site.name) for site, _figures in found]
    assert (whole.summoned, whole.named, whole.present, whole.excused, whole.not_yet, whole.visiting) == (5, 3, 2, 1, 2, 1)


def test_counts_of_people_who_came_after_the_list_was_made(work: Work) -> None:
    conference = make_conference(work)
    main = make_site(work, conference)
    remote = make_site(work, conference, "Điểm cầu huyện Đức Linh", kind="remote")
    mandate = make_mandate(work, conference, main, seats=4)
    gone, sick, online, listed = (make_delegate(work, mandate, name) for name in ("Về Sớm", "Ốm", "Trực Tuyến", "Có Mặt"))
    put(work, gone, "left", late=True)
    deputy, waiting = make_substitute(work, sick, "Dự Thay"), make_substitute(work, listed, "Chờ Duyệt")
    put(work, sick, "substituted")
    put(work, deputy, "present", main.id)
    put(work, waiting, "pending")
    put(work, online, "present", main.id, mode="online", late=True)
    put(work, listed, "present", remote.id)
    stranger, refused = make_walk_in(work, remote, "Khách"), make_walk_in(work, remote, "Không Được Vào")
    put(work, stranger, "present", remote.id)
    put(work, refused, "not_admitted")
    found = count_sites(work, conference.id)
    nobody = dict.fromkeys(TALLIED, 0) | {"headcount": None, "headcount_at": None}
    counts = {"named": 4, "present": 3, "away": 1, "online": 1, "substitutes": 1, "late": 2}
    assert found == {main.id: nobody | counts, remote.id: nobody | {"visiting": 1, "walk_ins": 1}}


def test_headcounts_are_summed_up_where_there_are_any(work: Work) -> None:
    conference = make_conference(work)
    first, second = make_site(work, conference), make_site(work, conference, "Điểm cầu huyện Đức Linh", kind="remote")
    recount_sites(work, conference.id)
    assert read_total(work, conference.id)[1].headcount is None
    for site, headcount in ((first, 0), (second, 7)):
        [tally] = work.session.scalars(select(SiteTally).where(SiteTally.site_id == site.id))
        tally.headcount = headcount
        work.session.flush()
        assert read_total(work, conference.id) == (2, total(figures for _, figures in figures_by_site(work, conference.id)))


def test_nobody_at_all_gives_zeroes(work: Work) -> None:
    assert read_total(work, make_conference(work).id) == (0, Figures())
    assert total([]) == Figures()
    assert Figures().summoned == 0
