"""The example conferences: the scene as told, the same every time, never doubled."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, func, select

from confsvc.domain.conferences import move_conference
from confsvc.domain.demo import EMAIL, load_example, open_doors
from confsvc.domain.demo_upcoming import load_upcoming
from confsvc.domain.figures import figures_by_site, total
from confsvc.domain.passwords import Passwords
from confsvc.domain.registration_links import find_liaison
from confsvc.domain.registration_list import RegistrationQuery, read_registrations
from confsvc.domain.work import Work
from confsvc.models import Account, AgendaItem, AgendaSession, AttendanceEvent, Conference, Delegate, Site, Unit
from tests.conftest import NOW, BeginWork

PASSWORDS = Passwords(32)


def count(work: Work, model: type) -> int:
    return work.session.scalar(select(func.count()).select_from(model)) or 0


def test_binh_thuan_is_the_scene_of_january_2023(work: Work) -> None:
    conference = load_example(work, PASSWORDS, "binh-thuan").conference
    assert (conference.state, conference.starts_at, conference.ends_at) == (
        "in_progress",
        datetime(2023, 1, 16, 7, 0, tzinfo=UTC),
        datetime(2023, 1, 16, 10, 0, tzinfo=UTC),
    )
    assert (conference.timezone, conference.host_name) == ("Asia/Ho_Chi_Minh", "Sở Thông tin và Truyền thông")
    sites = [site for site, _ in figures_by_site(work, conference.id)]
    assert [site.kind for site in sites] == ["main"] + ["remote"] * 10
    assert [site.name for site in sites][:3] == ["Điểm cầu trung tâm", "Điểm cầu TP. Phan Thiết", "Điểm cầu thị xã La Gi"]
    assert (count(work, Unit), count(work, Delegate)) == (37, 300)
    kinds = work.session.scalars(select(AgendaItem.kind).order_by(AgendaItem.sort_order)).all()
    assert kinds == [
        "introduction",
        "opening",
        "report",
        "speech",
        "speech",
        "speech",
        "speech",
        "discussion",
        "commendation",
        "directing_speech",
        "conclusion",
    ]
    assert work.session.scalars(select(AgendaItem.presenter_name).where(AgendaItem.kind == "directing_speech")).one()


def test_the_people_are_partly_there_excused_or_missing(work: Work) -> None:
    conference = load_example(work, PASSWORDS, "binh-thuan").conference
    figures = {site.name: found for site, found in figures_by_site(work, conference.id)}
    whole = total(figures.values())
    assert (whole.summoned, whole.excused) == (319, 8)
    assert 150 < whole.present < 250
    assert figures["Điểm cầu huyện Phú Quý"].present == 0
    assert work.session.scalar(select(Conference.revision)) == whole.present + whole.excused


def test_the_same_seed_gives_the_same_people(begin: BeginWork) -> None:
    with begin() as work:
        load_example(work, PASSWORDS, "binh-thuan")
        names = work.session.scalars(select(Delegate.full_name).order_by(Delegate.id)).all()
        work.session.rollback()
    with begin() as work:
        load_example(work, PASSWORDS, "binh-thuan")
        assert work.session.scalars(select(Delegate.full_name).order_by(Delegate.id)).all() == names
    assert len(set(names)) > 250


def test_loading_twice_doubles_nothing(begin: BeginWork) -> None:
    with begin() as work:
        first = load_example(work, PASSWORDS, "binh-thuan")
    with begin() as work:
        second = load_example(work, PASSWORDS, "binh-thuan")
        assert (first.is_new, second.is_new, second.conference.id) == (True, False, first.conference.id)
        assert [count(work, model) for model in (Account, Conference, Site, Unit, Delegate)] == [1, 1, 11, 37, 300]
        assert work.session.scalars(select(Account.email)).all() == [EMAIL]


def test_live_now_begins_at_the_last_quarter_of_an_hour(begin: BeginWork) -> None:
    now = datetime(2026, 5, 4, 3, 22, 7, tzinfo=UTC)
    with begin(now=now) as work:
        conference = load_example(work, PASSWORDS, "binh-thuan", live_now=True).conference
        assert (conference.starts_at, conference.ends_at) == (datetime(2026, 5, 4, 3, 15, tzinfo=UTC), datetime(2026, 5, 4, 6, 15, tzinfo=UTC))


@pytest.mark.parametrize(
    ("later", "starts"), [(timedelta(minutes=30), datetime(2023, 1, 16, 6, 30, tzinfo=UTC)), (timedelta(days=2), datetime(2023, 1, 18, 6, 30, tzinfo=UTC))]
)
def test_live_now_moves_an_old_example_with_its_agenda(begin: BeginWork, later: timedelta, starts: datetime) -> None:
    with begin(now=NOW) as work:
        load_example(work, PASSWORDS, "binh-thuan", live_now=True)
    with begin(now=NOW + later) as work:
        conference = load_example(work, PASSWORDS, "binh-thuan", live_now=True).conference
        assert conference.starts_at == starts
        assert work.session.scalars(select(AgendaSession.starts_at)).one() == starts


def test_lam_dong_has_125_sites_and_10000_delegates(work: Work) -> None:
    conference = load_example(work, PASSWORDS, "lam-dong").conference
    assert [count(work, model) for model in (Site, Delegate, Unit)] == [125, 10_000, 125]
    figures = total(found for _, found in figures_by_site(work, conference.id))
    assert (figures.named, figures.vacant) == (10_000, 124)


def test_both_examples_stand_side_by_side(work: Work) -> None:
    load_example(work, PASSWORDS, "binh-thuan")
    load_example(work, PASSWORDS, "lam-dong")
    assert (count(work, Conference), count(work, Account)) == (2, 1)


def test_doors_lead_to_the_site_where_most_are_missing(work: Work) -> None:
    doors = open_doors(work, load_example(work, PASSWORDS, "binh-thuan"), minutes=30)
    assert [site.name for site, _ in doors.pairings] == ["Điểm cầu trung tâm", "Điểm cầu huyện Phú Quý"]
    assert doors.delegate
    assert doors.delegate.site_id == doors.pairings[1][0].id


def test_an_example_that_was_closed_and_emptied_still_opens(begin: BeginWork) -> None:
    with begin() as work:
        example = load_example(work, PASSWORDS, "binh-thuan")
        work.session.flush()
        work.session.execute(delete(AttendanceEvent))
        work.session.execute(delete(AgendaItem))
        work.session.execute(delete(Delegate))
        move_conference(work, example.conference.id, "close", version=example.conference.version)
    with begin(now=NOW + timedelta(days=3)) as work:
        again = load_example(work, PASSWORDS, "binh-thuan", live_now=True)
        doors = open_doors(work, again, minutes=30)
        assert (again.is_new, again.conference.starts_at) == (False, datetime(2023, 1, 16, 7, 0, tzinfo=UTC))
        assert (doors.delegate, doors.pairings, len(doors.board)) == (None, [], 32)


def test_the_next_conference_is_still_to_come_and_units_are_registering(begin: BeginWork) -> None:
    with begin() as work:
        example = load_example(work, PASSWORDS, "binh-thuan")
        upcoming = load_upcoming(work, example)
        conference = upcoming.conference
        assert (conference.state, conference.starts_at > NOW, conference.registration_deadline) == (
            "published",
            True,
            conference.starts_at - timedelta(days=3),
        )
        found = read_registrations(work, conference.id, RegistrationQuery())
        assert dict(found.counts) == {"registered": 13, "part": 12, "not_registered": 11, "declined": 1}
        assert upcoming.mandate
        assert find_liaison(work, upcoming.token)[1].id == upcoming.mandate.id
    with begin() as work:
        again = load_upcoming(work, load_example(work, PASSWORDS, "binh-thuan"))
        assert (again.conference.id, again.token) == (conference.id, upcoming.token)
