"""The list of sites, of which only what is shown is read."""

from collections.abc import Iterable
from typing import Any

import pytest

from confsvc.domain.site_list import is_numbered, read_in_order, read_sites
from confsvc.domain.site_tree import tree
from confsvc.domain.sites import SiteEntry, change_site, create_sites, list_sites, move_site
from confsvc.domain.work import Work
from confsvc.models import Conference
from tests.factories import make_account, make_conference, make_site


@pytest.fixture
def conference(work: Work) -> Conference:
    """Two provinces, one of them below the main site, with communes in both, of which one has a hamlet."""
    found = make_conference(work, make_account(work))
    main, north, south = create_sites(work, found.id, [SiteEntry("Trung tâm", kind="main"), SiteEntry("Bắc"), SiteEntry("Nam")])
    communes = create_sites(work, found.id, [SiteEntry(f"Xã {number}", parent_id=(north, south, main)[number % 3].id) for number in range(7)])
    create_sites(work, found.id, [SiteEntry("Thôn", parent_id=communes[1].id)])
    change_site(work, found.id, south.id, SiteEntry("Nam", parent_id=main.id), version=south.version)
    move_site(work, found.id, communes[3].id, "up", version=communes[3].version)
    make_site(work, make_conference(work))
    return found


def told(places: Iterable[Any]) -> list[tuple[int, int, bool, bool]]:
    return [(place.site.id, place.depth, place.first, place.last) for place in places]


def whole_tree(work: Work, conference: Conference) -> list[Any]:
    sites: list[Any] = list_sites(work, conference.id)
    return tree(sites)


def test_pages_together_are_the_tree(work: Work, conference: Conference) -> None:
    pages = [read_in_order(work, conference.id, number, 3) for number in range(1, 5)]
    assert told(place for page in pages for place in page.items) == told(whole_tree(work, conference))
    assert {(page.total, page.last) for page in pages} == {(11, 4)}


@pytest.mark.parametrize(("asked", "number"), [(0, 1), (9, 4)])
def test_a_page_that_is_not_there_is_the_nearest(work: Work, conference: Conference, asked: int, number: int) -> None:
    assert read_in_order(work, conference.id, asked, 3).number == number


def test_sites_without_numbers_of_their_own_are_put_in_order_all_together(work: Work, conference: Conference) -> None:
    assert is_numbered(work, conference.id)
    under = make_site(work, conference, "Sau", kind="remote")
    make_site(work, conference, "Dưới", kind="remote", parent_id=under.id)
    assert not is_numbered(work, conference.id)
    assert [row.site.id for row in read_sites(work, conference.id).page.items] == [place.site.id for place in whole_tree(work, conference)]


def test_what_is_true_of_all_is_told_with_every_page(work: Work, conference: Conference) -> None:
    found = read_sites(work, conference.id)
    assert (found.count, found.has_main, found.too_small) == (11, True, 0)
    assert read_sites(work, conference.id, query="thon").has_main
