"""The pages of invited units: listed, invited once, changed by one at a time, closed to outsiders."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from types import SimpleNamespace

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from confsvc.domain.work import Work
from confsvc.models import Account, Conference, Mandate
from tests.factories import make_account, make_conference, make_delegate, make_mandate, make_site, make_unit, settle

BeginWork = Callable[..., AbstractContextManager[Work]]
SignIn = Callable[[Account], FlaskClient]
CountQueries = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def scene(begin: BeginWork) -> SimpleNamespace:
    """olga's conference with two sites and one invited unit, two units not invited, and mallory."""
    with begin() as work:
        olga, mallory = make_account(work), make_account(work, "mallory")
        conference = make_conference(work, olga)
        main = make_site(work, conference)
        province = make_unit(work, "UBND tỉnh")
        district = make_unit(work, "UBND huyện Đức Linh", parent_id=province.id)
        remote = make_site(work, conference, "Điểm cầu Đức Linh", kind="remote", unit_id=district.id)
        mandate = make_mandate(work, conference, main, make_unit(work, "Sở Y tế"))
    return SimpleNamespace(**{name: value for name, value in locals().items() if name not in ("begin", "work")})


def mandates(begin: BeginWork) -> list[tuple[str, int, str, int]]:
    with begin() as work:
        found = work.session.scalars(select(Mandate).order_by(Mandate.id))
        return [(mandate.unit_name, mandate.seats, mandate.required_rank, mandate.site_id) for mandate in found]


def test_list_finds_without_marks(scene: SimpleNamespace, sign_in: SignIn) -> None:
    browser = sign_in(scene.olga)
    address = f"/conferences/{scene.conference.id}/mandates"
    assert "Sở Y tế" in browser.get(f"{address}?q=so y te&sort=unit").text
    assert "No invited unit fits." in browser.get(f"{address}?q=duc linh").text
    assert "No invited unit fits." in browser.get(f"{address}?named=all").text
    assert browser.get(f"{address}?page=99999999999999999999&site=99999999999999999999&sort=x&named=y").status_code == 200


def test_other_seats_in_a_closed_conference_are_refused_with_what_was_typed(scene: SimpleNamespace, sign_in: SignIn, begin: BeginWork) -> None:
    with begin() as work:
        settle(work.session.get_one(Conference, scene.conference.id), "closed")
    address = f"/conferences/{scene.conference.id}/mandates/{scene.mandate.id}"
    typed = {"form_key": "k1", "version": "1", "unit_name": "Sở Y tế tỉnh", "site_id": scene.main.id, "seats": "77", "required_rank": "any", "sort_order": "0"}
    answer = sign_in(scene.olga).post(address, data=typed)
    assert (answer.status_code, "closed or cancelled" in answer.text, 'value="77"' in answer.text) == (409, True, True)
    assert mandates(begin) == [("Sở Y tế", 1, "any", scene.main.id)]


def test_ticked_units_are_invited_once_however_often_the_button_is_pressed(scene: SimpleNamespace, sign_in: SignIn, begin: BeginWork) -> None:
    browser = sign_in(scene.olga)
    address = f"/conferences/{scene.conference.id}/mandates/invite"
    form = {"form_key": "k1", "seats": "2", "required_rank": "leader", "site_id": "", "unit_id": [scene.district.id], "which": "ticked"}
    assert [browser.post(address, data=form).status_code for _ in range(2)] == [303, 303]
    assert mandates(begin) == [("Sở Y tế", 1, "any", scene.main.id), ("UBND huyện Đức Linh", 2, "leader", scene.remote.id)]


def test_all_units_found_are_invited(scene: SimpleNamespace, sign_in: SignIn, begin: BeginWork) -> None:
    browser = sign_in(scene.olga)
    address = f"/conferences/{scene.conference.id}/mandates/invite?under={scene.province.id}&deep=1"
    answer = browser.post(address, data={"form_key": "k1", "seats": "1", "required_rank": "any", "site_id": scene.main.id, "which": "all"})
    assert answer.status_code == 303
    assert mandates(begin) == [("Sở Y tế", 1, "any", scene.main.id), ("UBND huyện Đức Linh", 1, "any", scene.main.id)]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"unit_id": []}, "Please tick at least one unit."),
        ({"unit_id": ["x"]}, "Please choose one of the list."),
        ({"seats": "many"}, "Please enter a whole number."),
        ({"seats": ""}, "Please fill in this field."),
        ({"seats": "99999999999999999999"}, "Please enter a number of seats from 0 to 100000."),
        ({"site_id": "999"}, "Please choose one of the list."),
        ({"required_rank": "king"}, "Please choose one of the list."),
    ],
)
def test_wrong_invitation_says_why_and_invites_nobody(
    scene: SimpleNamespace, sign_in: SignIn, begin: BeginWork, changes: dict[str, object], words: str
) -> None:
    form = {"form_key": "k1", "seats": "2", "required_rank": "any", "site_id": "", "unit_id": [scene.district.id], "which": "ticked", **changes}
    answer = sign_in(scene.olga).post(f"/conferences/{scene.conference.id}/mandates/invite", data=form)
    assert (answer.status_code, words in answer.text) == (422, True)
    assert len(mandates(begin)) == 1


def test_second_tab_is_told_and_keeps_what_was_typed(scene: SimpleNamespace, sign_in: SignIn, begin: BeginWork) -> None:
    browser = sign_in(scene.olga)
    address = f"/conferences/{scene.conference.id}/mandates/{scene.mandate.id}"
    form = {"unit_name": "Sở Y tế", "site_id": scene.main.id, "required_rank": "any", "sort_order": "0", "version": "1"}
    assert browser.post(address, data={**form, "form_key": "k1", "seats": "5", "site_id": scene.remote.id}).status_code == 303
    told = browser.post(address, data={**form, "form_key": "k2", "seats": "9"})
    assert told.status_code == 409
    assert 'value="9"' in told.text
    assert "<dt>Seats</dt><dd>5</dd>" in told.text
    assert "<dt>Site</dt><dd>Điểm cầu Đức Linh</dd>" in told.text
    assert mandates(begin) == [("Sở Y tế", 5, "any", scene.remote.id)]


def test_the_liaison_is_entered_and_can_be_called(scene: SimpleNamespace, sign_in: SignIn) -> None:
    browser = sign_in(scene.olga)
    address = f"/conferences/{scene.conference.id}/mandates/{scene.mandate.id}"
    form = {"unit_name": "Sở Y tế", "site_id": scene.main.id, "seats": "1", "required_rank": "any", "sort_order": "0", "version": "1"}
    wrong = browser.post(address, data={**form, "form_key": "k1", "liaison_phone": "none"})
    assert (wrong.status_code, "This is not a telephone number." in wrong.text, 'value="none"' in wrong.text) == (422, True, True)
    typed = {**form, "liaison_name": "<b>Lan</b>", "liaison_phone": "0252.3822.456"}
    assert browser.post(address, data={**typed, "form_key": "k2"}).status_code == 303
    shown = browser.get(f"/conferences/{scene.conference.id}/mandates").text
    assert '<span>&lt;b&gt;Lan&lt;/b&gt; <a class="phone" href="tel:+842523822456">0252 3822 456</a></span>' in shown
    assert 'value="0252 3822 456"' in browser.get(address).text
    told = browser.post(address, data={**typed, "form_key": "k3", "liaison_phone": "0913 123 456"})
    assert (told.status_code, "<dd>0252 3822 456</dd>" in told.text) == (409, True)


def test_withdrawing_is_refused_where_delegates_rest_on_it(scene: SimpleNamespace, sign_in: SignIn, begin: BeginWork) -> None:
    browser = sign_in(scene.olga)
    with begin() as work:
        filled = make_mandate(work, scene.conference, scene.main, scene.district)
        make_delegate(work, filled)
    for mandate in (filled, scene.mandate):
        browser.post(f"/conferences/{scene.conference.id}/mandates/{mandate.id}/withdraw", data={"form_key": f"k{mandate.id}"})
    assert mandates(begin) == [("UBND huyện Đức Linh", 1, "any", scene.main.id)]


def test_outsiders_get_nothing(scene: SimpleNamespace, sign_in: SignIn, client: FlaskClient, begin: BeginWork) -> None:
    root = f"/conferences/{scene.conference.id}/mandates"
    form = {"form_key": "k", "seats": "9", "required_rank": "any", "site_id": scene.main.id, "unit_id": [scene.district.id], "unit_name": "X", "version": "1"}
    mallory = sign_in(scene.mallory)
    for path in ("", "/invite", f"/{scene.mandate.id}"):
        answer = mallory.get(root + path)
        assert (answer.status_code, "Sở Y tế" in answer.text) == (404, False)
        assert client.get(root + path).status_code == 303
    for path in ("/invite", f"/{scene.mandate.id}", f"/{scene.mandate.id}/withdraw"):
        assert mallory.post(root + path, data={**form, "which": "ticked", "sort_order": "0"}).status_code == 404
        assert client.post(root + path, data={**form, "which": "ticked", "sort_order": "0"}).headers["Location"].startswith("/sign-in")
    assert mandates(begin) == [("Sở Y tế", 1, "any", scene.main.id)]


def test_a_form_from_elsewhere_is_refused(scene: SimpleNamespace, sign_in: SignIn, csrf_on: None, begin: BeginWork) -> None:
    browser = sign_in(scene.olga)
    assert browser.post(f"/conferences/{scene.conference.id}/mandates/{scene.mandate.id}/withdraw").status_code == 400
    assert len(mandates(begin)) == 1


def test_queries_do_not_grow_with_the_list(begin: BeginWork, sign_in: SignIn, count_queries: CountQueries) -> None:
    with begin() as work:
        olga = make_account(work)
        conference = make_conference(work, olga)
        site = make_site(work, conference)
        ids = [make_unit(work, f"Xã {i}").id for i in range(60)]
        for i in range(3):
            make_mandate(work, conference, site, make_unit(work, f"Sở {i}"))
    browser = sign_in(olga)
    counts = []
    for _size in range(2):
        for path in ("mandates", "mandates/invite"):
            with count_queries() as queries:
                assert browser.get(f"/conferences/{conference.id}/{path}").status_code == 200
            counts.append(len(queries))
        browser.post(
            f"/conferences/{conference.id}/mandates/invite",
            data={"form_key": "k", "seats": "1", "required_rank": "any", "site_id": "", "unit_id": ids[:50], "which": "ticked"},
        )
    assert counts[:2] == counts[2:]
    assert max(counts) <= 12
