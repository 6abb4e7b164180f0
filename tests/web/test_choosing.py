"""Pages on which a site or a unit is chosen cost the same in a province and in a country."""

import re
from html import unescape
from types import SimpleNamespace

import pytest

from confsvc.domain.choosing import MOST_LISTED
from confsvc.domain.delegates import DelegateEntry, add_delegates
from confsvc.domain.mandates import MandateEntry, invite_units
from confsvc.domain.sites import SiteEntry, create_sites
from confsvc.domain.work import Work
from confsvc.models import AgendaSession, Delegate, Mandate, Site
from tests.conftest import BeginWork
from tests.factories import acting, make_account, make_conference, make_unit
from tests.web.conftest import CountQueries, SignIn

PAGES = (
    *("agenda", "agenda/print", "sites/new", "sites/1", "sites/from-units", "mandates", "mandates/1", "mandates/invite", "delegates", "delegates/new"),
    *("delegates/1/edit", "attendance", "attendance/1", "missing", "registrations", "paper", "agenda/sessions/1/items/new"),
)
FILTERED = ("mandates", "delegates", "attendance", "missing", "registrations", "paper")


def grow(work: Work, conference_id: int, start: int, stop: int) -> None:
    """More communes, each with a unit and somebody."""
    sites = create_sites(work, conference_id, [SiteEntry(f"Điểm cầu xã {number}") for number in range(start, stop)])
    units = [make_unit(work, f"Xã {number}") for number in range(start, stop)]
    invited = [MandateEntry(unit.id, site.id, seats=1, required_rank="any") for unit, site in zip(units, sites, strict=True)]
    add_delegates(work, conference_id, [DelegateEntry(f"Nguyễn Văn {mandate.id}", mandate.id) for mandate in invite_units(work, conference_id, invited)])


@pytest.fixture
def scene(begin: BeginWork) -> SimpleNamespace:
    """A conference that is more than a list holds."""
    with begin() as work:
        olga, mallory = make_account(work), make_account(work, "mallory")
        conference = make_conference(work, olga)
    with begin(acting(olga)) as work:
        work.session.add(AgendaSession(uid="morning", conference_id=conference.id, title="Sáng", starts_at=conference.starts_at, ends_at=conference.ends_at))
        grow(work, conference.id, 0, MOST_LISTED + 10)
    return SimpleNamespace(olga=olga, mallory=mallory, id=conference.id, root=f"/conferences/{conference.id}")


def field(page: str, name: str) -> str:
    """What stands in a field in which one types."""
    found = re.search(rf'<input [^>]*name="{name}"[^>]*>', page)
    assert found
    assert "data-choices=" in found[0]
    return unescape(re.findall(r'value="([^"]*)"', found[0])[0])


def test_pages_are_the_same_for_hundreds_and_for_many_more(scene: SimpleNamespace, sign_in: SignIn, begin: BeginWork, count_queries: CountQueries) -> None:
    browser = sign_in(scene.olga)
    seen: list[list[tuple[int, int]]] = []
    for size in (0, 800):
        with begin(acting(scene.olga)) as work:
            grow(work, scene.id, 1000, 1000 + size)
        seen.append([])
        for page in PAGES:
            with count_queries() as queries:
                answer = browser.get(f"{scene.root}/{page}")
            assert answer.status_code == 200
            seen[-1].append((len(queries), len(answer.data)))
    assert [queries for queries, _size in seen[0]] == [queries for queries, _size in seen[1]]
    assert {page: queries for page, (queries, _size) in zip(PAGES, seen[0], strict=True) if queries > 12} == {}
    # Numbers have more digits.
    assert [page for page, (_few, small), (_many, large) in zip(PAGES, *seen, strict=True) if large > small * 1.05] == []


@pytest.mark.parametrize("page", FILTERED)
def test_a_list_is_narrowed_to_the_site_that_was_typed(scene: SimpleNamespace, sign_in: SignIn, page: str) -> None:
    browser = sign_in(scene.olga)
    label = "Điểm cầu xã 7 · #8"
    for query in ({"site_name": label}, {"site": "8"}):
        shown = browser.get(f"{scene.root}/{page}", query_string=query)
        assert (shown.status_code, field(shown.text, "site_name")) == (200, label)
        assert "Xã 8" not in shown.text


@pytest.mark.parametrize("page", FILTERED)
def test_a_site_that_cannot_be_told_shows_nobody_and_says_why(scene: SimpleNamespace, sign_in: SignIn, page: str) -> None:
    shown = sign_in(scene.olga).get(f"{scene.root}/{page}?site_name=xã").text
    assert "More than one fits this." in shown
    assert field(shown, "site_name") == "xã"
    assert "Nguyễn Văn" not in shown


def test_a_delegate_is_added_to_what_was_typed(scene: SimpleNamespace, sign_in: SignIn, begin: BeginWork) -> None:
    typed = {"form_key": "k", "full_name": "Lê Dũng", "mandate_id": "Xã 12", "site_id": "điểm cầu xã 30", "rank": "staff", "protocol_order": "1"}
    assert sign_in(scene.olga).post(f"{scene.root}/delegates/new", data=typed).status_code == 303
    with begin() as work:
        made = work.session.query(Delegate).filter_by(full_name="Lê Dũng").one()
        assert (work.session.get_one(Mandate, made.mandate_id).unit_name, work.session.get_one(Site, made.site_id).name) == ("Xã 12", "Điểm cầu xã 30")


def test_what_cannot_be_told_is_said_beside_the_field_and_kept(scene: SimpleNamespace, sign_in: SignIn, begin: BeginWork) -> None:
    typed = {"form_key": "k", "full_name": "Lê Dũng", "mandate_id": "Xã", "site_id": "huyện", "rank": "staff", "protocol_order": "1"}
    answer = sign_in(scene.olga).post(f"{scene.root}/delegates/new", data=typed)
    assert (answer.status_code, field(answer.text, "mandate_id"), field(answer.text, "site_id")) == (422, "Xã", "huyện")
    assert "More than one fits this." in answer.text
    assert "Nothing here fits this." in answer.text
    with begin() as work:
        assert work.session.query(Delegate).filter_by(full_name="Lê Dũng").count() == 0


def test_a_site_hangs_under_what_was_typed_and_keeps_it(scene: SimpleNamespace, sign_in: SignIn, begin: BeginWork) -> None:
    browser = sign_in(scene.olga)
    typed = {"form_key": "k", "name": "Thôn", "kind": "remote", "parent_id": "Điểm cầu xã 30 · #31", "unit_id": "", "attends": "y"}
    assert browser.post(f"{scene.root}/sites/new", data=typed).status_code == 303
    with begin() as work:
        made = work.session.query(Site).filter_by(name="Thôn").one()
        assert made.parent_id == 31
    assert field(browser.get(f"{scene.root}/sites/{made.id}").text, "parent_id") == "Điểm cầu xã 30 · #31"


def test_pages_offer_what_fits(scene: SimpleNamespace, sign_in: SignIn) -> None:
    browser = sign_in(scene.olga)
    assert browser.get(f"{scene.root}/sites/choices?q=xa 159").json == {"choices": [{"label": "Điểm cầu xã 159 · #160", "path": ""}]}
    assert browser.get(f"{scene.root}/mandates/choices?q=xã 159").json == {"choices": [{"label": "Xã 159 · #160", "path": "Điểm cầu xã 159"}]}


@pytest.mark.parametrize("page", ["sites/choices?q=xa", "mandates/choices?q=xa", *(f"{page}?site_name=xa" for page in FILTERED)])
def test_an_outsider_is_offered_nothing(scene: SimpleNamespace, sign_in: SignIn, page: str) -> None:
    assert sign_in(scene.mallory).get(f"{scene.root}/{page}").status_code == 404
