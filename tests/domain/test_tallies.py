"""Tallies counted from the rows, and the figures made of them."""

from sqlalchemy import select

from confsvc.domain.figures import Figures, figures_by_site, total
from confsvc.domain.tallies import count_sites, recount_sites
from confsvc.domain.work import Work
from confsvc.models import Attendance, Delegate
from tests.factories import make_conference, make_delegate, make_mandate, make_site, make_unit


def put(work: Work, delegate: Delegate, state: str, site_id: int | None = None) -> None:
    row = work.session.scalars(select(Attendance).where(Attendance.delegate_id == delegate.id)).one()
    row.state, row.site_id = state, site_id
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
    assert count_sites(work, conference.id) == {
        main.id: {"named": 1, "vacant": 2, "present": 1, "excused": 0, "visiting": 1},
        remote.id: {"named": 2, "vacant": 0, "present": 1, "excused": 1, "visiting": 0},
    }
    recount_sites(work, conference.id)
    found = figures_by_site(work, conference.id)
    assert [(site.id, figures) for site, figures in found] == [(main.id, Figures(1, 2, 1, 0, 1)), (remote.id, Figures(2, 0, 1, 1, 0))]
    whole = total(figures for _, figures in found)
    assert (whole.summoned, whole.named, whole.present, whole.excused, whole.not_yet, whole.visiting) == (5, 3, 2, 1, 2, 1)


def test_nobody_at_all_gives_zeroes(work: Work) -> None:
    assert total([]) == Figures()
    assert Figures().summoned == 0
