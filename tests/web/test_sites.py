"""The pages of sites."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from confsvc.domain.sites import SiteEntry, change_site, create_site, list_sites
from confsvc.domain.tallies import recount_sites
from confsvc.domain.work import Work
from confsvc.models import Account, Conference, Site
from tests.conftest import BeginWork
from tests.factories import make_account, make_conference, make_delegate, make_mandate, make_unit
from tests.web.conftest import CountQueries, SignIn


@pytest.fixture
def olga(begin: BeginWork) -> Account:
    with begin() as work:
        return make_account(work)


@pytest.fixture
def conference(begin: BeginWork, olga: Account) -> Conference:
    with begin() as work:
        return make_conference(work, olga)


@pytest.fixture
def main(begin: BeginWork, conference: Conference) -> Site:
    with begin() as work:
        return create_site(work, conference.id, SiteEntry("Điểm cầu trung tâm", kind="main", capacity=1))


def names(begin: BeginWork, conference: Conference) -> list[str]:
    with begin() as work:
        return [site.name for site in list_sites(work, conference.id)]


def create_units_site(work: Work, conference: Conference, number: int) -> None:
    """A remote site of a unit that has another unit below it."""
    unit = make_unit(work, f"Xã {number}")
    make_unit(work, f"Thôn {number}", parent_id=unit.id)
    work.session.add(Site(conference_id=conference.id, name=f"Điểm cầu {number}", name_fold="diem cau", unit_id=unit.id, sort_order=number))


def rows(page: str) -> list[str]:
    """The names in the list, in order."""
    return re.findall(r'<a href="/conferences/\d+/sites/\d+">(.*?)</a>', page)


def test_conference_without_sites_offers_the_main_site_first(conference: Conference, olga: Account, sign_in: SignIn) -> None:
    browser = sign_in(olga)

    page = browser.get(f"/conferences/{conference.id}/sites")
    form = browser.get(f"/conferences/{conference.id}/sites/new")

    assert (page.status_code, "No sites yet" in page.text) == (200, True)
    assert '<option selected value="main">' in form.text


def test_site_is_made_as_typed(conference: Conference, olga: Account, sign_in: SignIn, begin: BeginWork) -> None:
    with begin() as work:
        unit = make_unit(work, "UBND huyện Tuy Phong")
    typed = {
        "name": "Điểm cầu Tuy Phong",
        "kind": "remote",
        "unit_id": str(unit.id),
        "address": "Số 1 Lê Lợi",
        "video_link": "https://hop.example.vn/tp",
        "contact_name": "Trần Bình",
        "contact_phone": "0252 3822 222",
        "contact_email": "hall@example.org",
        "capacity": "80",
        "attends": "y",
    }

    answer = sign_in(olga).post(f"/conferences/{conference.id}/sites/new", data=typed)

    assert answer.status_code == 303
    with begin() as work:
        (site,) = list_sites(work, conference.id)
        shown = (site.name, site.unit_id, site.address, site.video_link, site.contact_name, site.contact_phone, site.capacity, site.attends)
        assert site.contact_email == "hall@example.org"
    assert shown == ("Điểm cầu Tuy Phong", unit.id, "Số 1 Lê Lợi", "https://hop.example.vn/tp", "Trần Bình", "0252 3822 222", 80, True)


def test_form_pressed_twice_makes_one_site(conference: Conference, olga: Account, sign_in: SignIn, begin: BeginWork) -> None:
    browser = sign_in(olga)
    typed = {"name": "Điểm cầu A", "form_key": "one-opening"}

    answers = [browser.post(f"/conferences/{conference.id}/sites/new", data=typed) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].location == answers[1].location
    assert names(begin, conference) == ["Điểm cầu A"]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"name": "", "kind": "remote"}, "Please fill in this field."),
        ({"name": "A", "video_link": "javascript:alert(1)"}, "Please enter an address that begins with https:// or http://."),
        ({"name": "A", "capacity": "many"}, "Please enter a whole number."),
        ({"name": "A", "capacity": "0"}, "Please enter a number from 1 to 100000."),
        ({"name": "A", "parent_id": "99999999999999999999"}, "Please choose one of the list."),
        ({"name": "A", "unit_id": "x"}, "Please choose one of the list."),
        ({"name": "A", "kind": "main"}, "“Điểm cầu trung tâm” is the main site already."),
    ],
)
def test_wrong_value_is_said_beside_its_field_and_nothing_is_saved(
    typed: dict[str, str], words: str, conference: Conference, main: Site, olga: Account, sign_in: SignIn, begin: BeginWork
) -> None:
    answer = sign_in(olga).post(f"/conferences/{conference.id}/sites/new", data=typed)

    assert (answer.status_code, words in answer.text) == (422, True)
    assert names(begin, conference) == [main.name]


def test_main_site_is_replaced_when_the_box_is_ticked(conference: Conference, main: Site, olga: Account, sign_in: SignIn, begin: BeginWork) -> None:
    answer = sign_in(olga).post(f"/conferences/{conference.id}/sites/new", data={"name": "B", "kind": "main", "replace_main": "y"})

    assert answer.status_code == 303
    with begin() as work:
        assert [(site.name, site.kind) for site in list_sites(work, conference.id)] == [("B", "main"), (main.name, "remote")]


def test_second_tab_is_shown_what_stands_now(conference: Conference, main: Site, olga: Account, sign_in: SignIn, begin: BeginWork) -> None:
    browser = sign_in(olga)
    with begin() as work:
        change_site(work, conference.id, main.id, SiteEntry("Hội trường lớn", kind="main", address="Số 2"), version=1)

    answer = browser.post(f"/conferences/{conference.id}/sites/{main.id}", data={"name": "Hội trường nhỏ", "kind": "main", "version": "1"})

    assert answer.status_code == 409
    assert "<dd>Hội trường lớn</dd>" in answer.text
    assert 'value="Hội trường nhỏ"' in answer.text
    assert names(begin, conference) == ["Hội trường lớn"]


def test_name_is_shown_as_text_not_as_markup(conference: Conference, olga: Account, sign_in: SignIn, begin: BeginWork) -> None:
    with begin() as work:
        create_site(work, conference.id, SiteEntry("<script>alert(1)</script> %(x)s {x}"))

    page = sign_in(olga).get(f"/conferences/{conference.id}/sites").text

    assert "<script>alert" not in page
    assert rows(page) == ["&lt;script&gt;alert(1)&lt;/script&gt; %(x)s {x}"]


def test_list_is_searched_without_marks_and_sorted(conference: Conference, main: Site, olga: Account, sign_in: SignIn, begin: BeginWork) -> None:
    with begin() as work:
        unit = make_unit(work, "UBND huyện Đức Linh")
        create_site(work, conference.id, SiteEntry("Hội trường B", unit_id=unit.id))
        create_site(work, conference.id, SiteEntry("Điểm cầu Bắc Bình", address="Đường Đức Trọng"))
    browser = sign_in(olga)

    def found(query: str) -> list[str]:
        return rows(browser.get(f"/conferences/{conference.id}/sites?{query}").text)

    assert found("q=DUC") == ["Hội trường B", "Điểm cầu Bắc Bình"]
    assert found("q=duc+linh") == ["Hội trường B"]
    assert found("q=%25") == []
    assert found("") == ["Điểm cầu trung tâm", "Hội trường B", "Điểm cầu Bắc Bình"]
    assert found("sort=name") == ["Điểm cầu Bắc Bình", "Điểm cầu trung tâm", "Hội trường B"]
    assert found("sort=nonsense&page=x") == found("page=99") == found("")


def test_hall_that_is_too_small_is_marked(conference: Conference, main: Site, olga: Account, sign_in: SignIn, begin: BeginWork) -> None:
    with begin() as work:
        make_delegate(work, make_mandate(work, conference, main, seats=4))

    page = sign_in(olga).get(f"/conferences/{conference.id}/sites").text

    assert "At 1 site more people are summoned than the hall holds." in page
    assert "3 too many" in page


def test_site_moves_by_a_button_and_keeps_the_focus(conference: Conference, main: Site, olga: Account, sign_in: SignIn, begin: BeginWork) -> None:
    with begin() as work:
        a, b, c = (create_site(work, conference.id, SiteEntry(name)) for name in "ABC")
    browser = sign_in(olga)

    answer = browser.post(f"/conferences/{conference.id}/sites/{c.id}/up", data={"version": "1"})
    page = browser.get(answer.location).text

    assert names(begin, conference) == [main.name, "A", "C", "B"]
    assert re.findall(r'aria-label="([^"]*)" title="[^"]*"\s+autofocus', page) == ["Move up: C"]
    assert (a.version, b.version) == (1, 1)


def test_move_on_a_list_that_is_out_of_date_is_told(conference: Conference, olga: Account, sign_in: SignIn, begin: BeginWork) -> None:
    with begin() as work:
        a, _ = (create_site(work, conference.id, SiteEntry(name)) for name in "AB")
    browser = sign_in(olga)

    answers = [browser.post(f"/conferences/{conference.id}/sites/{a.id}/down", data={"version": "1"}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 409]
    assert rows(answers[1].text) == names(begin, conference) == ["B", "A"]


def test_removal_is_asked_first_and_refused_with_the_reason(conference: Conference, main: Site, olga: Account, sign_in: SignIn, begin: BeginWork) -> None:
    with begin() as work:
        spare = create_site(work, conference.id, SiteEntry("Dự phòng"))
        make_mandate(work, conference, main)
    browser = sign_in(olga)

    asked = browser.get(f"/conferences/{conference.id}/sites/{spare.id}/remove")
    refused = browser.post(f"/conferences/{conference.id}/sites/{main.id}/remove", data={"version": "1"})
    removed = browser.post(f"/conferences/{conference.id}/sites/{spare.id}/remove", data={"version": "1"})

    assert "Remove “Dự phòng”?" in asked.text
    assert (refused.status_code, "Units are invited to it." in refused.text) == (409, True)
    assert removed.status_code == 303
    assert names(begin, conference) == [main.name]


def test_sites_of_units_are_made_in_one_step(conference: Conference, main: Site, olga: Account, sign_in: SignIn, begin: BeginWork) -> None:
    with begin() as work:
        province = make_unit(work, "UBND tỉnh")
        for name in ("Tuy Phong", "Bắc Bình"):
            make_unit(work, name, parent_id=province.id)
    browser = sign_in(olga)

    form = browser.get(f"/conferences/{conference.id}/sites/from-units")
    browser.post(f"/conferences/{conference.id}/sites/from-units", data={"unit_id": str(province.id), "prefix": "Điểm cầu"})
    page = browser.post(f"/conferences/{conference.id}/sites/from-units", data={"unit_id": str(province.id), "prefix": "Điểm cầu"}, follow_redirects=True)

    assert "UBND tỉnh (2 units)" in form.text
    assert "0 sites were added. 2 units have a site here already." in page.text
    assert names(begin, conference) == [main.name, "Điểm cầu Tuy Phong", "Điểm cầu Bắc Bình"]


def test_sites_of_units_of_one_kind_are_made_alone(conference: Conference, main: Site, olga: Account, sign_in: SignIn, begin: BeginWork) -> None:
    with begin() as work:
        province = make_unit(work, "UBND tỉnh")
        make_unit(work, "huyện Tuy Phong", kind="huyện", parent_id=province.id)
        make_unit(work, "Sở Y tế", kind="sở", parent_id=province.id)
    browser = sign_in(olga)
    address = f"/conferences/{conference.id}/sites/from-units"

    form = browser.get(address).text
    answer = browser.post(address, data={"unit_id": str(province.id), "prefix": "Điểm cầu", "kind": "huyện"})

    assert re.findall(r'<option[^>]* value="((?:huyện|sở)?)">', form.split('name="kind"')[1].split("</select>")[0]) == ["", "huyện", "sở"]
    assert answer.status_code == 303
    assert names(begin, conference) == [main.name, "Điểm cầu huyện Tuy Phong"]


def test_outsiders_are_turned_away_from_every_page(conference: Conference, main: Site, sign_in: SignIn, begin: BeginWork) -> None:
    with begin() as work:
        mallory = make_account(work, "mallory")
        hers = make_conference(work, mallory)
    browser = sign_in(mallory)
    of_a_site = [f"/{main.id}", f"/{main.id}/remove", f"/{main.id}/up"]
    pages = [f"/conferences/{conference.id}/sites{page}" for page in ["", "/new", "/from-units", *of_a_site]]
    pages += [f"/conferences/{hers.id}/sites{page}" for page in of_a_site]
    typed = {"name": "Của Mallory", "version": "1", "unit_id": "1", "kind": "main"}

    reading = {page: browser.get(page).status_code for page in pages if not page.endswith("/up")}
    writing = {page: browser.post(page, data=typed).status_code for page in pages if not page.endswith("/sites")}

    assert set(reading.values()) == set(writing.values()) == {404}
    assert names(begin, conference) == [main.name]


def test_nobody_is_sent_to_the_sign_in(conference: Conference, client: FlaskClient) -> None:
    answer = client.get(f"/conferences/{conference.id}/sites")

    assert (answer.status_code, answer.location) == (303, f"/sign-in?next=/conferences/{conference.id}/sites")


@pytest.mark.parametrize("page", ["", "/new", "/from-units", "/{site}"])
def test_pages_ask_as_much_for_many_sites_as_for_few(
    page: str, conference: Conference, main: Site, olga: Account, sign_in: SignIn, begin: BeginWork, count_queries: CountQueries
) -> None:
    browser = sign_in(olga)
    address = f"/conferences/{conference.id}/sites" + page.format(site=main.id)
    counts = []
    for size in (10, 125):
        with begin() as work:
            standing = len(work.session.scalars(select(Site.id).where(Site.conference_id == conference.id)).all())
            for n in range(standing, size):
                create_units_site(work, conference, n)
            recount_sites(work, conference.id)
        with count_queries() as queries:
            assert browser.get(address).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12
