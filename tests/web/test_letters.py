"""The pages of letters: own words, a preview for a real recipient, a test to oneself that changes nothing."""

import zlib
from dataclasses import dataclass
from email import message_from_bytes
from email.header import decode_header, make_header
from html import unescape

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient
from sqlalchemy import select

from confsvc.domain.inviting import send_invitations
from confsvc.domain.letters import DELEGATE_PATH, REGISTRATION_PATH
from confsvc.models import Account, CalendarEntry, Conference, Delegate, LetterText, Mandate, Message, Site
from confsvc.models.mail import LETTER_KINDS
from tests.conftest import NOW, BeginWork
from tests.factories import acting, make_account, make_conference, make_delegate, make_mandate, make_site
from tests.web.conftest import CountQueries, SignIn

TEXT = {"subject": "Kính mời {name}", "body": "Kính gửi {name}\n\n{details}\n\nTrân trọng", "version": "0"}


@dataclass
class Scene:
    olga: Account
    mallory: Account
    conference: Conference
    site: Site
    mandate: Mandate
    dina: Delegate
    stranger: Delegate

    def url(self, rest: str = "") -> str:
        return f"/conferences/{self.conference.id}/letters{rest}"


@pytest.fixture
def scene(begin: BeginWork) -> Scene:
    with begin() as work:
        olga, mallory = make_account(work), make_account(work, "mallory")
        conference = make_conference(work, olga, host_name="Sở Nội vụ tỉnh")
        site = make_site(work, conference, contact_email="site@example.org")
        mandate = make_mandate(work, conference, site, seats=2, liaison_email="van-thu@example.org")
        dina = make_delegate(work, mandate, email="dina@example.org")
        other = make_conference(work, mallory, title="Hội nghị khác")
        stranger = make_delegate(work, make_mandate(work, other, make_site(work, other)), "Người Lạ")
        return Scene(olga, mallory, conference, site, mandate, dina, stranger)


@pytest.fixture
def browser(scene: Scene, sign_in: SignIn) -> FlaskClient:
    return sign_in(scene.olga)


def texts(begin: BeginWork) -> list[tuple[str, str, str, int]]:
    with begin() as work:
        return [(text.kind, text.locale, text.subject, text.version) for text in work.session.scalars(select(LetterText))]


def test_own_words_are_saved_shown_and_taken_back(scene: Scene, browser: FlaskClient, begin: BeginWork) -> None:
    answer = browser.post(scene.url("/invitation/vi"), data=TEXT)
    assert (answer.status_code, answer.location) == (303, scene.url("/invitation"))
    assert texts(begin) == [("invitation", "vi", "Kính mời {name}", 1)]
    assert "Kính mời quý đại biểu Nguyễn Thị Dina" in browser.get(scene.url("/invitation")).text
    assert browser.get(scene.url()).text.count("Own words") == 1
    answer = browser.post(scene.url("/invitation/vi/reset"), follow_redirects=True)
    assert "The text that comes with the server stands again." in answer.text
    assert "Thư mời: {title}" in answer.text
    assert texts(begin) == []


def test_everything_that_is_wrong_is_said_at_once(scene: Scene, browser: FlaskClient) -> None:
    for subject, words in (("", "Please fill in this field."), ("{details}", "{details} is no placeholder of this letter.")):
        answer = browser.post(scene.url("/invitation/vi"), data={**TEXT, "subject": subject, "body": "{nobody}"})
        assert (answer.status_code, words in answer.text, "{nobody} is no placeholder of this letter." in answer.text) == (422, True, True)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"body": "{0.__class__}\n{details}"}, "{0.__class__} is no placeholder of this letter."),
        ({"body": "{name!r:>99}\n{details}"}, "{name!r:>99} is no placeholder of this letter."),
        ({"body": "{x%(placeholder)s}\n{details}"}, "{x%(placeholder)s} is no placeholder of this letter."),
        ({"body": "Không có gì"}, "Without {details} the letter would lack what it is sent for."),
        ({"body": "a { b\n{details}"}, "A brace { or } stands alone."),
        ({"subject": "{details}"}, "{details} is no placeholder of this letter."),
        ({"subject": ""}, "Please fill in this field."),
    ],
)
def test_a_wrong_placeholder_is_named_beside_the_field(scene: Scene, browser: FlaskClient, begin: BeginWork, changes: dict[str, str], said: str) -> None:
    answer = browser.post(scene.url("/invitation/vi"), data={**TEXT, **changes})
    assert answer.status_code == 422
    page = unescape(answer.text)
    field = next(iter(changes))
    assert said in page.partition(f'id="{field}-error"')[2][:300]
    assert {**TEXT, **changes}["body"].splitlines()[0] in page
    assert texts(begin) == []


def test_somebody_elses_words_are_shown_beside_ones_own(scene: Scene, browser: FlaskClient, begin: BeginWork) -> None:
    browser.post(scene.url("/invitation/vi"), data={**TEXT, "subject": "Của An"})
    answer = browser.post(scene.url("/invitation/vi"), data={**TEXT, "subject": "Của Bình"})
    assert answer.status_code == 409
    assert "Của An" in answer.text
    assert 'value="Của Bình"' in answer.text
    assert 'name="version" value="1"' in answer.text
    browser.post(scene.url("/invitation/vi/reset"))
    again = browser.post(scene.url("/invitation/vi"), data={**TEXT, "version": "1"})
    assert again.status_code == 409
    assert "Thư mời: {title}" in again.text


@pytest.mark.parametrize("kind", LETTER_KINDS)
def test_every_letter_has_a_preview_for_a_recipient_of_ones_choice(scene: Scene, browser: FlaskClient, kind: str) -> None:
    page = browser.get(scene.url(f"/{kind}"))
    letter = browser.get(scene.url(f"/{kind}/letter.html"))
    assert (page.status_code, letter.status_code) == (200, 200)
    assert "<iframe" in page.text
    assert "{" not in letter.text
    assert "Hội nghị tổng kết năm 2022" in letter.text


def test_a_preview_tells_no_calendar_anything(scene: Scene, browser: FlaskClient, begin: BeginWork) -> None:
    browser.get(scene.url("/invitation"))
    browser.post(scene.url(f"/invitation/test?to={scene.dina.id}"))
    with begin() as work:
        assert work.session.scalars(select(CalendarEntry)).all() == []


def test_a_test_goes_to_oneself_marked_and_written(scene: Scene, browser: FlaskClient, begin: BeginWork) -> None:
    with begin(acting(scene.olga)) as work:
        send_invitations(work, scene.conference.id, web_address="https://hop.example.org")
    url, key = scene.url(f"/update/test?to={scene.dina.id}"), {"form_key": "3f0a1a50-0000-4000-8000-000000000001"}
    for _ in range(2):
        answer = browser.post(url, data=key)
        assert (answer.status_code, answer.location) == (303, scene.url(f"/update?to={scene.dina.id}"))
    with begin() as work:
        [sent] = work.session.scalars(select(Message).where(Message.is_test)).all()
        assert (sent.purpose, sent.state, sent.to_address, sent.to_name) == ("calendar", "ready", "olga@example.org", "Olga")
        assert (sent.mailing_id, sent.entry_id, sent.delegate_id, sent.mandate_id, sent.site_id) == (None,) * 5
        assert (sent.subject, sent.due_at < NOW) == ("[THỬ] Thay đổi: Hội nghị tổng kết năm 2022", True)
        mail = message_from_bytes(zlib.decompress(sent.body or b""))
        assert mail["Message-ID"] == sent.message_id
        assert str(make_header(decode_header(mail["Subject"]))) == sent.subject
        assert [part.get_content_type() for part in mail.walk()] == ["multipart/alternative", "text/plain", "text/html"]
        [entry] = work.session.scalars(select(CalendarEntry)).all()
        assert (entry.sequence, entry.told_at, entry.told_to) == (0, None, "")


def test_nobody_of_another_conference_is_a_recipient(scene: Scene, browser: FlaskClient, begin: BeginWork) -> None:
    for kind in LETTER_KINDS:
        assert "Người Lạ" not in browser.get(scene.url(f"/{kind}?to={scene.stranger.id}")).text
        assert "Người Lạ" not in browser.get(scene.url(f"/{kind}?q=lạ")).text
    assert browser.get(scene.url(f"/invitation/letter.html?to={scene.stranger.id}")).status_code == 404
    assert browser.post(scene.url(f"/invitation/test?to={scene.stranger.id}")).status_code == 404
    with begin() as work:
        assert work.session.scalars(select(Message)).all() == []


def test_recipients_are_found_by_name(scene: Scene, browser: FlaskClient, begin: BeginWork) -> None:
    with begin() as work:
        make_delegate(work, work.session.merge(scene.mandate), "Trần Văn Bình")
    page = browser.get(scene.url("/invitation?q=binh")).text
    assert "Trần Văn Bình" in page
    assert "Nguyễn Thị Dina" not in page
    assert "Nobody is found whom this letter would go to." in browser.get(scene.url("/invitation?q=khong-co-ai")).text


def test_the_links_in_letters_lead_to_the_pages(app: Flask) -> None:
    with app.test_request_context():
        assert url_for("invitation.show", token="abc") == DELEGATE_PATH.format(token="abc")
        assert url_for("registration.show", token="abc") == REGISTRATION_PATH.format(token="abc")


def test_letters_are_none_of_a_strangers_business(scene: Scene, sign_in: SignIn, client: FlaskClient, begin: BeginWork) -> None:
    mallory = sign_in(scene.mallory)
    for path in ("", "/invitation", "/invitation/vi", "/invitation/letter.html"):
        assert mallory.get(scene.url(path)).status_code == 404
        assert client.get(scene.url(path)).status_code == 303
    for path in ("/invitation/vi", "/invitation/vi/reset", "/invitation/test"):
        assert mallory.post(scene.url(path), data=TEXT).status_code == 404
    for path in ("/calendar", "/invitation/fr", "/x/vi", "/x/letter.html"):
        assert sign_in(scene.olga).get(scene.url(path)).status_code == 404
    assert texts(begin) == []


def test_the_preview_of_a_letter_runs_nothing(scene: Scene, browser: FlaskClient, begin: BeginWork) -> None:
    with begin() as work:
        work.session.merge(scene.dina).full_name = "<script>alert(1)</script>"
        work.session.merge(scene.conference).title = '"><img src=x onerror=alert(1)>'
    letter = browser.get(scene.url("/invitation/letter.html"))
    assert "sandbox" in letter.headers["Content-Security-Policy"]
    assert "<script" not in letter.text
    assert "<img" not in letter.text
    page = browser.get(scene.url("/invitation"))
    assert "frame-src 'self'" in page.headers["Content-Security-Policy"]
    assert "<script>alert" not in page.text
    assert "<img" not in page.text


def test_a_preview_costs_as_many_queries_whoever_else_there_is(scene: Scene, browser: FlaskClient, begin: BeginWork, count_queries: CountQueries) -> None:
    counts = []
    for more in (0, 60):
        with begin() as work:
            for number in range(more):
                make_delegate(work, work.session.merge(scene.mandate), f"Lê Văn {number}", email=f"le-{number}@example.org")
        with count_queries() as queries:
            browser.get(scene.url("/invitation"))
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12
