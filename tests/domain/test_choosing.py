"""Sites and units chosen from a list, or by typing."""

import pytest

from confsvc.domain.choosing import INVITED, MANDATES, MOST_LISTED, OFFERED, SITES, UNITS, Option, Subject
from confsvc.domain.errors import Invalid, NotFound
from confsvc.domain.sites import SiteEntry, create_sites
from confsvc.domain.work import Work
from confsvc.models import Conference, Mandate
from tests.conftest import BeginWork
from tests.factories import acting, make_account, make_conference, make_mandate, make_site, make_unit, make_walk_in


@pytest.fixture
def conference(work: Work) -> Conference:
    return make_conference(work, make_account(work))


def make_country(work: Work, conference: Conference, size: int) -> list[int]:
    """So many communes, with hills of the same name in two of them; their ids."""
    names = ["Xã Tân Hà", "Xã Tân Hà", "Xã Đức Trọng", *(f"Xã {number}" for number in range(size - 3))]
    return [site.id for site in create_sites(work, conference.id, [SiteEntry(name) for name in names])]


def test_few_are_listed_in_their_order(work: Work, conference: Conference) -> None:
    hall = make_site(work, conference)
    remote = make_site(work, conference, "Điểm cầu Xã", kind="remote", parent_id=hall.id)
    make_site(work, make_conference(work))
    assert SITES.listed(work, conference.id) == [Option(hall.id, hall.name), Option(remote.id, remote.name, hall.name)]


def test_more_than_a_list_holds_are_not(work: Work, conference: Conference) -> None:
    make_country(work, conference, MOST_LISTED)
    assert len(SITES.listed(work, conference.id) or []) == MOST_LISTED
    make_site(work, conference)
    assert SITES.listed(work, conference.id) is None


def test_what_fits_is_offered_and_no_more_than_one_can_look_through(work: Work, conference: Conference) -> None:
    ids = make_country(work, conference, 60)
    assert [option.id for option in SITES.offer(work, conference.id, "tan ha")] == ids[:2]
    assert len(SITES.offer(work, conference.id, "")) == OFFERED
    assert SITES.offer(work, conference.id, "%") == []


def test_units_of_the_list_say_where_they_sit(work: Work, conference: Conference) -> None:
    hall = make_site(work, conference)
    invited = make_mandate(work, conference, hall, make_unit(work, "Sở Y tế"))
    walked_in = work.session.get_one(Mandate, make_walk_in(work, hall, unit_name="Báo").mandate_id)
    assert MANDATES.listed(work, conference.id) == [Option(walked_in.id, "Báo", hall.name, invited=False), Option(invited.id, "Sở Y tế", hall.name)]
    assert INVITED.listed(work, conference.id) == [Option(invited.id, "Sở Y tế", hall.name)]
    assert INVITED.find(work, conference.id, "mandate_id", f"Sở Y tế · #{invited.id}") == invited.id
    with pytest.raises(Invalid) as refused:
        INVITED.find(work, conference.id, "mandate_id", "Báo")
    assert (refused.value.field, refused.value.reason) == ("mandate_id", "choice_unknown")


@pytest.mark.parametrize("typed", ["Xã Đức Trọng", "  xã đức  trọng ", "xa duc trong", "đức trọng"])
def test_a_name_or_a_part_that_only_one_has_is_enough(work: Work, conference: Conference, typed: str) -> None:
    ids = make_country(work, conference, 10)
    assert SITES.find(work, conference.id, "site_id", typed) == ids[2]


@pytest.mark.parametrize(
    ("typed", "reason"), [("Xã Tân Hà", "choice_ambiguous"), ("Xã", "choice_ambiguous"), ("Huyện", "choice_unknown"), ("x" * 301, "choice_unknown")]
)
def test_what_names_none_or_several_is_refused(work: Work, conference: Conference, typed: str, reason: str) -> None:
    make_country(work, conference, 10)
    with pytest.raises(Invalid) as refused:
        SITES.find(work, conference.id, "site_id", typed)
    assert (refused.value.field, refused.value.reason) == ("site_id", reason)


def test_a_label_names_exactly_one_of_several(work: Work, conference: Conference) -> None:
    ids = make_country(work, conference, 10)
    labels = [SITES.label(work, conference.id, site_id) for site_id in ids[:2]]
    assert labels == [f"Xã Tân Hà · #{ids[0]}", f"Xã Tân Hà · #{ids[1]}"]
    assert [SITES.find(work, conference.id, "site_id", label) for label in labels] == ids[:2]
    assert SITES.find(work, conference.id, "site_id", " ") is None


def test_a_site_of_another_conference_is_unknown(work: Work, conference: Conference) -> None:
    other = make_site(work, make_conference(work), "Xã Khác")
    assert SITES.label(work, conference.id, other.id) == ""
    for typed in ("Xã Khác", f"Xã Khác · #{other.id}"):
        with pytest.raises(Invalid):
            SITES.find(work, conference.id, "site_id", typed)


@pytest.mark.parametrize("subject", [SITES, MANDATES, INVITED])
def test_an_outsider_finds_nothing(begin: BeginWork, subject: Subject) -> None:
    with begin() as work:
        conference = make_conference(work, make_account(work))
        make_mandate(work, conference, make_site(work, conference, "Điểm cầu"))
        mallory = make_account(work, "mallory")
    with begin(acting(mallory)) as work:
        with pytest.raises(NotFound):
            subject.find(work, conference.id, "site_id", "Điểm cầu")
        with pytest.raises(NotFound):
            SITES.offer(work, conference.id, "")


def test_few_units_are_listed_by_name_and_many_are_typed(work: Work, conference: Conference) -> None:
    units = [make_unit(work, name) for name in ("Sở Y tế", "Sở Đất đai")]
    assert UNITS.listed(work, conference.id) == [Option(units[1].id, "Sở Đất đai"), Option(units[0].id, "Sở Y tế")]
    for number in range(MOST_LISTED):
        make_unit(work, f"Xã {number}")
    assert UNITS.listed(work, conference.id) is None
    assert UNITS.label(work, conference.id, units[0].id) == f"Sở Y tế · #{units[0].id}"
