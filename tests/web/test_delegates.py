"""The pages of delegates: found, added, changed, ordered, removed; a double is asked about, a late tab told, outsiders kept out."""

import re
import unicodedata
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import SimpleNamespace
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from confsvc.domain.delegates import DelegateEntry, add_delegates
from confsvc.domain.passes import link_token
from confsvc.domain.work import Work
from confsvc.models import Account, AttendanceEvent, Conference, Delegate
from tests.domain.registering import tell_by_mail
from tests.factories import make_account, make_conference, make_delegate, make_mandate, make_site, make_unit

BeginWork = Callable[..., AbstractContextManager[Work]]
SignIn = Callable[[Account], FlaskClient]
CountQueries = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def scene(begin: BeginWork) -> SimpleNamespace:
    """olga's conference with two sites, a unit of two seats that must send its head, dina in it; and mallory."""
    with begin() as work:
        olga, mallory = make_account(work), make_account(work, "mallory")
        conference = make_conference(work, olga)
        main = make_site(work, conference)
        remote = make_site(work, conference, "Điểm cầu Đức Linh", kind="remote")
        mandate = make_mandate(work, conference, main, make_unit(work, "Sở Y tế"), seats=2, required_rank="head")
        dina = make_delegate(work, mandate, position="Chuyên viên", phone="+84913123456", phone_typed="0913 123 456")
        link = link_token(work, dina)
    root = f"/conferences/{conference.id}/delegates"
    return SimpleNamespace(**{name: value for name, value in locals().items() if name not in ("begin", "work")})


def form_of(scene: SimpleNamespace, **changes: object) -> dict[str, object]:
    values = {"form_key": "k1", "full_name": "Trần Văn Đức", "mandate_id": scene.mandate.id, "site_id": "", "position": "Giám đốc", "rank": "head"}
    return {**values, "protocol_order": "5", "phone": "", "email": "", "note": "", "version": "1", **changes}


def people(begin: BeginWork) -> list[tuple[str, int]]:
    with begin() as work:
        return [(delegate.full_name, delegate.version) for delegate in work.session.scalars(select(Delegate).order_by(Delegate.id))]


@pytest.mark.parametrize("typed", ["duc", "Đức", unicodedata.normalize("NFD", "Đức"), "Ðức"])
def test_list_finds_duc_however_typed(scene: SimpleNamespace, sign_in: SignIn, begin: BeginWork, typed: str) -> None:
    with begin() as work:
        make_delegate(work, scene.mandate, "Trần Văn Đức")
    page = sign_in(scene.olga).get(f"{scene.root}?q={quote(typed)}").text
    assert ("Trần Văn Đức" in page, "Nguyễn Thị Dina" in page) == (True, False)


def test_list_stands_any_query(scene: SimpleNamespace, sign_in: SignIn) -> None:
    browser = sign_in(scene.olga)
    for query in ("page=999999999999999999999", "page=-1", "site=1;drop", "reply=x&state=y&sort=z", "q=%00%25_", "mandate=abc"):
        assert browser.get(f"{scene.root}?{query}").status_code == 200
    assert browser.get(f"{scene.root}?mandate=99999").status_code == 404


def test_added_once_however_often_the_button_is_pressed(scene: SimpleNamespace, sign_in: SignIn, begin: BeginWork) -> None:
    browser = sign_in(scene.olga)
    answers = [browser.post(f"{scene.root}/new", data=form_of(scene)) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].headers["Location"] == answers[1].headers["Location"]
    assert people(begin) == [("Nguyễn Thị Dina", 1), ("Trần Văn Đức", 1)]


def test_more_people_than_seats_and_too_low_a_rank_are_warnings(scene: SimpleNamespace, sign_in: SignIn, begin: BeginWork) -> None:
    browser = sign_in(scene.olga)
    first = browser.post(f"{scene.root}/new", data=form_of(scene, rank="staff"), follow_redirects=True).text
    assert "The invitation asks for: The head in person. Nobody of that rank is named." in first
    assert "More delegates are named" not in first
    second = browser.post(f"{scene.root}/new", data=form_of(scene, form_key="k2", full_name="Lê Oanh", more="1"), follow_redirects=True).text
    assert "Lê Oanh was added." in second
    assert f'<option selected value="{scene.mandate.id}">' in second
    assert "More delegates are named (3) than there are seats (2)." in second
    assert "Nobody of that rank is named." not in second
    assert len(people(begin)) == 3


def test_double_is_asked_about_once_and_never_a_hard_stop(scene: SimpleNamespace, sign_in: SignIn, begin: BeginWork) -> None:
    browser = sign_in(scene.olga)
    form = form_of(scene, full_name="NGUYỄN THỊ DINA", rank="staff")
    asked = browser.post(f"{scene.root}/new", data=form)
    assert asked.status_code == 422
    assert "This unit has named somebody of this name already: Nguyễn Thị Dina (Chuyên viên)." in asked.text
    assert len(people(begin)) == 1
    [mark] = re.findall(r'name="known_double"[^>]*value="([^"]+)"', asked.text)
    assert browser.post(f"{scene.root}/new", data={**form, "known_double": mark}).status_code == 303
    assert browser.get(scene.root).text.count("possibly twice") == 2
    assert "Possibly twice" in browser.get(f"{scene.root}/{scene.dina.id}").text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"full_name": "  "}, "Please fill in this field."),
        ({"full_name": "Ạ" * 201}, "This is too long."),
        ({"mandate_id": ""}, "Please choose one of the list."),
        ({"mandate_id": "99999999999999999999"}, "Please choose one of the list."),
        ({"site_id": "99999"}, "Please choose one of the list."),
        ({"protocol_order": "first"}, "Please enter a whole number."),
        ({"protocol_order": "-3"}, "Please enter a number from 0 to 1000000."),
        ({"phone": "12"}, "This is not a telephone number."),
        ({"email": "dina@"}, "This is not an e-mail address."),
        ({"rank": "king"}, "Please choose one of the list."),
    ],
)
def test_wrong_value_is_said_beside_its_field(scene: SimpleNamespace, sign_in: SignIn, begin: BeginWork, changes: dict[str, object], words: str) -> None:
    answer = sign_in(scene.olga).post(f"{scene.root}/new", data=form_of(scene, **changes))
    [field] = changes
    assert answer.status_code == 422
    assert re.search(rf'id="{field}-error">{re.escape(words)}<', answer.text)
    assert len(people(begin)) == 1


@pytest.mark.parametrize("name", ['=HYPERLINK("http://x","y")', "<script>alert(1)</script>", "{{ 7*7 }}{x}%s%(name)s"])
def test_hostile_name_is_shown_as_it_is(scene: SimpleNamespace, sign_in: SignIn, name: str) -> None:
    browser = sign_in(scene.olga)
    shown = browser.post(f"{scene.root}/new", data=form_of(scene, full_name=name), follow_redirects=True)
    assert shown.status_code == 200
    assert "<script>alert" not in shown.text
    assert "49" not in re.findall(r"<h2>(.*?)</h2>", shown.text)[0]


def test_removing_whoever_was_invited_says_that_a_mail_goes_out(scene: SimpleNamespace, sign_in: SignIn, begin: BeginWork) -> None:
    browser, url = sign_in(scene.olga), f"{scene.root}/{scene.dina.id}"
    asked = "Remove Nguyễn Thị Dina from the list? The personal link and the QR code stop working."
    assert f'data-confirm="{asked}"' in browser.get(url).text
    with begin() as work:
        dina = work.session.get_one(Delegate, scene.dina.id)
        dina.email = "dina@example.org"
        tell_by_mail(work, dina)
    told = "A mail to dina@example.org will say that the invitation is withdrawn. The updates go out by themselves, shortly after the last change."
    assert f'data-confirm="{asked} {told}"' in browser.get(url).text


def test_second_tab_is_told_what_stands_now(scene: SimpleNamespace, sign_in: SignIn, begin: BeginWork) -> None:
    browser = sign_in(scene.olga)
    address = f"{scene.root}/{scene.dina.id}/edit"
    kept = {"full_name": "Nguyễn Thị Dina", "phone": "0913 123 456", "rank": "staff", "protocol_order": "1000"}
    assert browser.post(address, data=form_of(scene, **kept, position="Trưởng phòng", site_id=scene.remote.id)).status_code == 303
    told = browser.post(address, data=form_of(scene, **kept, form_key="k2", position="Phó phòng"))
    assert told.status_code == 409
    assert re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", told.text) == [("Site", "Điểm cầu Đức Linh"), ("Position", "Trưởng phòng")]
    assert 'value="Phó phòng"' in told.text
    assert 'name="version" value="2"' in told.text
    with begin() as work:
        assert work.session.scalar(select(Delegate.position)) == "Trưởng phòng"


def test_page_tells_everything_and_changes_the_links(scene: SimpleNamespace, sign_in: SignIn, client: FlaskClient) -> None:
    browser = sign_in(scene.olga)
    address = f"{scene.root}/{scene.dina.id}"
    page = browser.get(address).text
    for text in ("Nguyễn Thị Dina", "Chuyên viên", "Sở Y tế", 'href="tel:+84913123456"', "0913 123 456", f"http://localhost/d/{scene.link}"):
        assert text in page
    assert client.get(f"/d/{scene.link}").status_code == 200
    before = client.get(f"/d/{scene.link}/qr.png").data
    assert browser.get(f"/d/{scene.link}/qr.png").mimetype == "image/png"
    browser.post(f"{address}/new-pass", data={"form_key": "k1"})
    assert client.get(f"/d/{scene.link}/qr.png").data != before
    browser.post(f"{address}/new-link", data={"form_key": "k2"})
    assert client.get(f"/d/{scene.link}").status_code == 404
    [link] = re.findall(r'value="http://localhost(/d/\w+)"', browser.get(address).text)
    assert client.get(link).status_code == 200


def test_another_address_kills_the_link_that_went_to_the_old_one(scene: SimpleNamespace, sign_in: SignIn, client: FlaskClient, begin: BeginWork) -> None:
    browser, warning = sign_in(scene.olga), "With another address the personal link in it stops working"
    address, same = f"{scene.root}/{scene.dina.id}/edit", {"full_name": "Nguyễn Thị Dina", "rank": "staff", "protocol_order": "1000"}
    assert warning not in browser.get(address).text
    with begin() as work:
        dina = work.session.get_one(Delegate, scene.dina.id)
        dina.email = "nham@example.org"
        tell_by_mail(work, dina)
    assert warning in browser.get(address).text
    page = browser.post(address, data=form_of(scene, **same, email="nham@example.org"), follow_redirects=True).text
    assert ("does not open any more" in page, client.get(f"/d/{scene.link}").status_code) == (False, 200)
    again = form_of(scene, **same, email="dina@example.org", version="2", form_key="k2")
    page = browser.post(address, data=again, follow_redirects=True).text
    assert "The personal link that was sent to nham@example.org does not open any more." in page
    assert client.get(f"/d/{scene.link}").status_code == 404
    [link] = re.findall(r'value="http://localhost(/d/\w+)"', page)
    assert client.get(link).status_code == 200


def test_moving_and_removing_from_the_pages(scene: SimpleNamespace, sign_in: SignIn, begin: BeginWork) -> None:
    browser = sign_in(scene.olga)
    with begin() as work:
        oanh = make_delegate(work, scene.mandate, "Lê Oanh")
    moved = browser.post(f"{scene.root}/move", data={"form_key": "k1", "earlier": f"{oanh.id}.1", "next": f"{scene.root}?page=1"})
    assert moved.headers["Location"] == f"{scene.root}?page=1"
    page = browser.get(scene.root).text
    assert page.index("Lê Oanh") < page.index("Nguyễn Thị Dina")
    browser.post(f"{scene.root}/move", data={"form_key": "k2", "later": f"{oanh.id}.1", "next": "https://evil.example/"})
    assert "Somebody else has changed this in the meantime." in browser.get(scene.root).text
    for nonsense in ({"earlier": "x.y"}, {"later": ""}, {}):
        assert browser.post(f"{scene.root}/move", data={"form_key": str(nonsense), **nonsense}).status_code == 404
    assert browser.post(f"{scene.root}/{oanh.id}/remove", data={"form_key": "k3"}).headers["Location"] == scene.root
    assert [name for name, _ in people(begin)] == ["Nguyễn Thị Dina"]


def test_person_the_log_knows_is_kept_and_the_page_says_why(scene: SimpleNamespace, sign_in: SignIn, begin: BeginWork) -> None:
    with begin() as work:
        line = {"conference_id": scene.conference.id, "revision": 1, "delegate_id": scene.dina.id, "kind": "check_in", "method": "name"}
        moments = {"occurred_at": work.now, "recorded_at": work.now, "verdict": "refused", "refusal": "not_yet_open", "client_ref": "r"}
        work.session.add(AttendanceEvent(**line, **moments))
    browser = sign_in(scene.olga)
    answer = browser.post(f"{scene.root}/{scene.dina.id}/remove", data={"form_key": "k1"}, follow_redirects=True)
    assert "It cannot be removed because other entries rest on it." in answer.text
    assert "Check-in is not open yet." in answer.text
    assert [name for name, _ in people(begin)] == ["Nguyễn Thị Dina"]


def test_outsiders_get_nothing(scene: SimpleNamespace, sign_in: SignIn, client: FlaskClient, begin: BeginWork) -> None:
    mallory = sign_in(scene.mallory)
    person = f"/{scene.dina.id}"
    for path in ("", "/new", person, f"{person}/edit"):
        answer = mallory.get(scene.root + path)
        assert (answer.status_code, "Dina" in answer.text, scene.link in answer.text) == (404, False, False)
        assert client.get(scene.root + path).headers["Location"].startswith("/sign-in")
    for path in ("/new", f"{person}/edit", f"{person}/remove", f"{person}/new-link", f"{person}/new-pass", "/move"):
        data = form_of(scene, earlier=f"{scene.dina.id}.1")
        assert mallory.post(scene.root + path, data=data).status_code == 404
        assert client.post(scene.root + path, data=data).headers["Location"].startswith("/sign-in")
    assert people(begin) == [("Nguyễn Thị Dina", 1)]
    assert client.get(f"/d/{scene.link}").status_code == 200


def test_another_seat_in_a_closed_conference_is_refused_with_what_was_typed(scene: SimpleNamespace, sign_in: SignIn, begin: BeginWork) -> None:
    with begin() as work:
        conference = work.session.get_one(Conference, scene.conference.id)
        conference.state, conference.closed_at = "closed", work.now
    browser = sign_in(scene.olga)
    typed = form_of(scene, full_name="Nguyễn Thị Dina", site_id=scene.remote.id, note="ăn chay")
    for path in ("/new", f"/{scene.dina.id}/edit"):
        answer = browser.post(scene.root + path, data={**typed, "full_name": "Nguyễn Thị Di Na"})
        assert (answer.status_code, "closed or cancelled" in answer.text, "ăn chay" in answer.text) == (409, True, True)
    assert people(begin) == [("Nguyễn Thị Dina", 1)]


def test_a_double_is_looked_for_in_the_own_conference_only(scene: SimpleNamespace, sign_in: SignIn, begin: BeginWork) -> None:
    with begin() as work:
        hers = make_conference(work, scene.mallory, title="Hội nghị khác")
        own = make_mandate(work, hers, make_site(work, hers), make_unit(work, "Sở Tài chính"))
        hermine = make_delegate(work, own, "Hermine")
    mallory, root = sign_in(scene.mallory), f"/conferences/{hers.id}/delegates"
    typed = form_of(scene, full_name=scene.dina.full_name)
    for path in ("/new", f"/{hermine.id}/edit"):
        answer = mallory.post(root + path, data=typed)
        assert (answer.status_code, "already" in answer.text, scene.dina.position in answer.text) == (422, False, False)
    assert people(begin) == [("Nguyễn Thị Dina", 1), ("Hermine", 1)]


def test_queries_are_the_same_for_ten_and_for_ten_thousand(scene: SimpleNamespace, sign_in: SignIn, begin: BeginWork, count_queries: CountQueries) -> None:
    browser = sign_in(scene.olga)
    paths = [scene.root, f"{scene.root}?q=duc&sort=unit&page=2", f"{scene.root}/{scene.dina.id}", f"{scene.root}/new"]
    paths += [scene.root.replace("delegates", "attendance"), scene.root.replace("delegates", "attendance") + "?sort=state&state=not_yet"]
    counts: list[list[int]] = []
    for size in (9, 9_990):
        with begin() as work:
            add_delegates(work, scene.conference.id, [DelegateEntry(f"Nguyễn Đức {i}", scene.mandate.id) for i in range(size)])
        counts.append([])
        for path in paths:
            with count_queries() as queries:
                assert browser.get(path).status_code == 200
            counts[-1].append(len(queries))
    assert counts[0] == counts[1]
    assert max(counts[0]) <= 12, counts
