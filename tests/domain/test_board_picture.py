"""The kept picture of a board against one that is read anew, after whatever desks and organisers do."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule, run_state_machine_as_test
from sqlalchemy import event

from confsvc.domain.attendance import NewEvent, record_attendance
from confsvc.domain.board_missing import MOST_MISSING
from confsvc.domain.board_picture import BoardPicture, bring_forward, read_picture
from confsvc.domain.delegates import DelegateEntry, add_delegates, change_delegate, remove_delegate
from confsvc.domain.errors import NotFound
from confsvc.domain.facts import RosterChanged
from confsvc.domain.mandates import MandateChange, MandateEntry, change_mandate, invite_units, list_mandates, withdraw_mandate
from confsvc.domain.sites import SiteEntry, create_sites
from confsvc.domain.work import Work
from confsvc.models import Conference, Delegate, Site
from tests.conftest import BeginWork
from tests.domain.test_attendance_model import Attendance
from tests.factories import make_conference, make_site, make_unit

EXAMPLES, STEPS = 10, 40


def shown(picture: BoardPicture) -> dict[str, Any]:
    """Everything that a picture says."""
    sites = [(site.id, site.name, site.kind, site.tile_id, site.counts) for site in picture.sites.values()]
    tiles = [(tile.id, tile.name, tile.sites, tile.counts) for tile in picture.shown()]
    missing = (picture.missing_count, picture.missing.first(), picture.first_missing)
    return {"revision": picture.revision, "sites": sites, "tiles": tiles, "total": picture.total, "missing": missing, "asking": picture.asking}


class Watched(Attendance):
    """Desks and organisers do what they like while somebody watches, now and then."""

    @precondition(lambda self: hasattr(self, "world"))
    @rule(anew=st.booleans())
    def look(self, anew: bool) -> None:
        with self.begin(now=self.now) as work:
            fresh = read_picture(work, self.world.conference_id)
            if anew or not hasattr(self, "kept"):
                self.kept = fresh
                return
            before = {site.id: site.counts for site in self.kept.sites.values()}
            self.kept.touched.clear()
            assert bring_forward(work, self.kept)
            assert shown(self.kept) == shown(fresh)
            assert {site.id for site in self.kept.sites.values() if site.counts != before[site.id]} == self.kept.touched

    def teardown(self) -> None:
        if hasattr(self, "kept"):
            self.look(anew=False)


def test_kept_picture_is_the_one_that_is_read_anew(begin: BeginWork) -> None:
    bound = type("Bound", (Watched,), {"begin": staticmethod(begin)})
    checks = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large]
    run_state_machine_as_test(bound, settings=settings(max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, suppress_health_check=checks))


def make_country(work: Work, sites: int) -> tuple[Conference, list[Site], list[int]]:
    """A conference with so many sites; the head of one unit is awaited at each."""
    conference = make_conference(work)
    made = [make_site(work, conference), *create_sites(work, conference.id, [SiteEntry(name=f"Điểm cầu {n}") for n in range(1, sites)])]
    entries = [MandateEntry(make_unit(work, f"Xã {n}").id, site.id, 2, "head", n) for n, site in enumerate(made)]
    mandates = invite_units(work, conference.id, entries)
    people = [DelegateEntry(f"Người {n}", mandate.id, rank="head") for n, mandate in enumerate(mandates)]
    return conference, made, [delegate.id for delegate in add_delegates(work, conference.id, people)]


def come(work: Work, conference: Conference, delegate_ids: list[int], site_id: int) -> None:
    told = [NewEvent(work.new_id(), "check_in", "organiser", work.now, delegate_id=one, site_id=site_id) for one in delegate_ids]
    assert {verdict.verdict for verdict in record_attendance(work, conference.id, told)} == {"accepted"}


@pytest.mark.parametrize("sites", [5, 60])
def test_bringing_forward_costs_what_has_changed_whatever_the_number_of_sites(begin: BeginWork, sites: int) -> None:
    with begin() as work:
        conference, made, delegate_ids = make_country(work, sites)
        conference.state = "in_progress"
        picture = read_picture(work, conference.id)
    with begin() as work:
        come(work, conference, delegate_ids[:3], made[0].id)
    statements: list[str] = []
    with begin() as work:
        engine = work.session.get_bind()
        event.listen(engine, "before_cursor_execute", lambda _connection, _cursor, statement, *_: statements.append(statement))
        assert bring_forward(work, picture)
        # Revision, tallies, the mandates of whom the log told, which of those are missing, the first of all, who asks.
        assert len([statement for statement in statements if statement.startswith("SELECT")]) == 6
        fresh = read_picture(work, conference.id)
    assert picture.touched == {made[0].id, made[1].id, made[2].id}
    assert shown(picture) == shown(fresh)


def test_what_organisers_change_is_read_at_the_sites_that_it_concerns(begin: BeginWork) -> None:
    with begin() as work:
        conference, made, delegate_ids = make_country(work, 4)
        conference.state = "in_progress"
        here = conference.id
        come(work, conference, delegate_ids[:1], made[3].id)
        picture = read_picture(work, here)
    with begin() as work:
        first, second, third = list_mandates(work, here)[:3]
        person = work.session.get_one(Delegate, delegate_ids[1])
        steps: list[Callable[[], object]] = [
            lambda: change_mandate(work, here, first.id, MandateChange("Xã Không", made[2].id, 5, "leader"), version=first.version),
            lambda: change_mandate(work, here, second.id, MandateChange("Xã Một mới", made[1].id, 2, "any"), version=second.version),
            lambda: change_mandate(work, here, second.id, MandateChange("Xã Một mới", made[1].id, 2, "head"), version=second.version),
            lambda: change_delegate(work, here, person.id, DelegateEntry("Tên Khác", third.id, made[0].id, rank="leader"), version=person.version),
            lambda: change_delegate(work, here, person.id, DelegateEntry("Tên Khác", third.id, made[3].id, rank="head"), version=person.version),
            lambda: remove_delegate(work, here, delegate_ids[2]),
            lambda: add_delegates(work, here, [DelegateEntry("Người Mới", third.id, made[1].id, rank="head")]),
            lambda: come(work, conference, [delegate_ids[3]], made[0].id),
            lambda: withdraw_mandate(work, here, second.id),
        ]
        for step in steps:
            work.facts.clear()
            step()
            concerned: set[int] = set()
            for fact in work.facts:
                if isinstance(fact, RosterChanged):
                    assert fact.site_ids is not None
                    concerned |= fact.site_ids
            assert bring_forward(work, picture, concerned)
            assert shown(picture) == shown(read_picture(work, here))


def test_picture_of_a_conference_that_went_back_or_is_gone_is_none(begin: BeginWork) -> None:
    with begin() as work:
        conference, _, _ = make_country(work, 3)
        picture = read_picture(work, conference.id)
        picture.revision = 7
        assert not bring_forward(work, picture)
        picture.conference_id = 4711
        with pytest.raises(NotFound):
            bring_forward(work, picture)
        with pytest.raises(NotFound):
            read_picture(work, 4711)


def test_first_of_many_missing_are_shown_and_others_take_their_places(begin: BeginWork) -> None:
    with begin() as work:
        conference, made, delegate_ids = make_country(work, MOST_MISSING + 5)
        conference.state = "in_progress"
        picture = read_picture(work, conference.id)
        units = [missing.unit for missing in picture.first_missing]
        assert (picture.missing_count, units) == (MOST_MISSING + 5, [f"Xã {n}" for n in range(MOST_MISSING)])
    with begin() as work:
        come(work, conference, delegate_ids[:2], made[4].id)
        bring_forward(work, picture)
        units = [missing.unit for missing in picture.first_missing]
        assert (picture.missing_count, units) == (MOST_MISSING + 3, [f"Xã {n}" for n in range(2, MOST_MISSING + 2)])


def test_somebody_who_goes_from_the_own_hall_to_another_leaves_a_headcount_behind(begin: BeginWork) -> None:
    with begin() as work:
        conference, made, delegate_ids = make_country(work, 3)
        conference.state = "in_progress"
        come(work, conference, delegate_ids[:1], made[0].id)
        counted = NewEvent(work.new_id(), "headcount", "headcount", work.now, site_id=made[0].id, amount=1)
        record_attendance(work, conference.id, [counted])
        picture = read_picture(work, conference.id)
    with begin() as work:
        moved = NewEvent(work.new_id(), "check_in", "organiser", work.now, delegate_id=delegate_ids[0], site_id=made[1].id)
        assert record_attendance(work, conference.id, [moved])[0].verdict == "moved"
        bring_forward(work, picture)
        assert shown(picture) == shown(read_picture(work, conference.id))
