"""Tallies counted from the rows, and the figures made of them."""

from contextlib import suppress
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from confsvc.domain.attendance import NewEvent, record_attendance
from confsvc.domain.delegates import DelegateEntry, add_delegates, change_delegate, remove_delegate
from confsvc.domain.errors import InUse
from confsvc.domain.facts import Fact, RosterChanged
from confsvc.domain.figures import Figures, figures_by_site, read_total, total
from confsvc.domain.mandates import MandateChange, MandateEntry, change_mandate, invite_units, withdraw_mandate
from confsvc.domain.tallies import TALLIED, count_sites, recount_sites
from confsvc.domain.work import Work
from confsvc.models import Attendance, Delegate, Site, SiteTally
from tests.conftest import BeginWork
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


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(("add", "move", "remove", "seats", "site", "withdraw", "come")), st.integers(0, 9), st.integers(0, 2)), max_size=12))
@example([("remove", 0, 0), ("site", 0, 1), ("move", 0, 0)])
def test_whoever_changes_little_counts_all_that_it_concerns(begin: BeginWork, steps: list[tuple[str, int, int]]) -> None:
    with begin() as work:
        conference = make_conference(work, state="in_progress")
        sites = [make_site(work, conference, f"Điểm cầu {n}", kind="remote" if n else "main").id for n in range(3)]
        mandates = invite_units(work, conference.id, [MandateEntry(make_unit(work, f"{work.new_id()}").id, site_id, 2) for site_id in sites])
        people = add_delegates(work, conference.id, [DelegateEntry(f"Người {n}", mandates[n % 3].id, sites[n % 2]) for n in range(6)])
        for what, which, where in steps:
            mandate, person = mandates[where], people[which % len(people)] if people else None
            if what == "add":
                people += add_delegates(work, conference.id, [DelegateEntry("Người mới", mandate.id, sites[which % 3])])
            elif what == "come" and person:
                told = NewEvent(work.new_id(), "check_in", "organiser", work.now, delegate_id=person.id, site_id=sites[where])
                record_attendance(work, conference.id, [told])
            elif what == "move" and person:
                # A mandate that moved has taken its people with it.
                work.session.refresh(person)
                change_delegate(work, conference.id, person.id, DelegateEntry("Người khác", mandate.id, sites[which % 3]), version=person.version)
            elif what == "remove" and person:
                with suppress(InUse):
                    remove_delegate(work, conference.id, person.id)
                    people.remove(person)
            elif what in ("seats", "site"):
                change = MandateChange(mandate.unit_name, sites[which % 3] if what == "site" else mandate.site_id, which, "any")
                change_mandate(work, conference.id, mandate.id, change, version=mandate.version)
            elif what == "withdraw":
                [invited] = invite_units(work, conference.id, [MandateEntry(make_unit(work, work.new_id()).id, sites[where])])
                withdraw_mandate(work, conference.id, invited.id)
            stored = select(SiteTally).where(SiteTally.conference_id == conference.id).execution_options(populate_existing=True)
            kept = {tally.site_id: {key: getattr(tally, key) for key in TALLIED} for tally in work.session.scalars(stored)}
            assert kept == count_sites(work, conference.id), (what, which, where)


def test_the_change_of_one_person_is_told_to_the_sites_that_it_concerns(begin: BeginWork, published: list[Fact]) -> None:
    with begin() as work:
        conference = make_conference(work, state="in_progress")
        home, hall, old, new = (make_site(work, conference, f"Điểm cầu {n}", kind="remote" if n else "main").id for n in range(4))
        mandate = make_mandate(work, conference, work.session.get_one(Site, home))
        person = make_delegate(work, mandate, site_id=old)
        record_attendance(work, conference.id, [NewEvent("ref", "check_in", "organiser", work.now, delegate_id=person.id, site_id=hall)])
        published.clear()
    with begin() as work:
        change_delegate(work, conference.id, person.id, DelegateEntry("Người khác", mandate.id, new), version=person.version)
    assert [fact for fact in published if isinstance(fact, RosterChanged)][-1] == RosterChanged(conference.id, frozenset({home, hall, old, new}))


def test_what_the_factories_count_is_what_a_recount_finds(work: Work) -> None:
    conference = make_conference(work)
    conference.revision = 5
    main, remote = make_site(work, conference), make_site(work, conference, "Điểm cầu huyện Phú Quý", kind="remote")
    make_delegate(work, make_mandate(work, conference, main, seats=3))
    make_mandate(work, conference, remote, make_unit(work, "UBND huyện Phú Quý"), seats=2)
    make_mandate(work, conference, remote, make_unit(work, "Sở Tài chính"), seats=0)
    made = _stored(work, conference.id)
    recount_sites(work, conference.id)
    assert _stored(work, conference.id) == made
    assert [(row["named"], row["vacant"], row["revision"]) for row in made] == [(1, 2, 5), (0, 2, 5)]


def _stored(work: Work, conference_id: int) -> list[dict[str, object]]:
    """The tallies of all sites as they lie in the database."""
    rows = work.session.execute(select(SiteTally.__table__).where(SiteTally.conference_id == conference_id).order_by(SiteTally.site_id))
    return [dict(row) for row in rows.mappings()]
