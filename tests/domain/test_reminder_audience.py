"""Those who are counted are those who would be reminded."""

import pytest

from confsvc.domain.registration import name_people
from confsvc.domain.registration_people import PersonEntry
from confsvc.domain.reminder_audience import count_reached, people_to_remind, sites_to_remind, units_to_remind
from confsvc.models import Conference, Delegate, Mandate, Site
from tests.conftest import BeginWork
from tests.domain.registering import NOW, Registry, make_registry, tell_by_mail

AN, BINH = PersonEntry("Trần Thị An", email="an@example.org"), PersonEntry("Lê Văn Bình", email="binh@example.org")


@pytest.fixture
def registry(begin: BeginWork) -> Registry:
    """Sở Y tế with an address and its seats filled or not, Sở Nội vụ without one; a site with an address."""
    registry = make_registry(begin)
    with registry.begin() as work:
        work.session.get_one(Site, registry.site_id).contact_email = "hall@example.org"
    return registry


def counted(registry: Registry) -> list[int]:
    with registry.begin(now=registry.now) as work:
        conference = work.session.get_one(Conference, registry.conference_id)
        lists = [len(units_to_remind(work, conference)), len(people_to_remind(work, conference)), len(sites_to_remind(work, conference))]
        assert [count_reached(work, conference, audience) for audience in ("units", "delegates", "operators")] == lists
        return lists


def test_units_are_counted_while_they_are_awaited_and_can_be_reached(registry: Registry) -> None:
    assert counted(registry) == [1, 0, 1]
    with registry.begin() as work:
        work.session.get_one(Mandate, registry.other_id).liaison_email = "snv@example.org"
    assert counted(registry) == [2, 0, 1]
    with registry.liaison() as work:
        name_people(work, *registry.unit, [AN, BINH])
    assert counted(registry) == [1, 0, 1]


def test_people_are_counted_who_were_told_and_have_said_no_to_nothing(registry: Registry) -> None:
    with registry.liaison() as work:
        an, binh = name_people(work, *registry.unit, [AN, BINH])
    with registry.begin() as work:
        for one in (an, binh):
            tell_by_mail(work, work.session.get_one(Delegate, one.id))
    assert counted(registry)[1] == 0
    with registry.begin() as work:
        work.session.get_one(Conference, registry.conference_id).invited_at = NOW
    assert counted(registry)[1] == 2
    with registry.begin() as work:
        work.session.get_one(Delegate, binh.id).reply = "declined"
        work.session.get_one(Site, registry.site_id).attends = False
    assert counted(registry)[1:] == [1, 0]
