"""The pages of mail: runs and how far they are, messages to be found and opened, what did not arrive sent again; all of it the organiser's alone."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from confsvc.domain.inviting import send_invitations
from confsvc.domain.outbox import NewMessage, Written, claim_message, note_delayed, note_refused, note_sent, put_mailing
from confsvc.domain.work import Work
from confsvc.models import Account, Conference, Mailing, Message
from confsvc.schemas.letters import Sender, write_letter
from confsvc.schemas.mime import pack_letter
from confsvc.web.language import COOKIE
from tests.conftest import NOW, BeginWork
from tests.factories import acting, make_account, make_conference, make_delegate, make_mandate, make_site
from tests.outgoing import LEASE, PATIENCE, SENDER
from tests.web.conftest import CountQueries, SignIn

EVIL = '<script>alert(1)</script>{x}"=cmd'


@dataclass
class Scene:
    """olga's conference with three invitations on their way; mallory has a conference of her own."""

    olga: Account
    mallory: Account
    conference: Conference
    other: Conference
    run: Mailing
    messages: list[Message]

    def url(self, rest: str = "") -> str:
        return f"/conferences/{self.conference.id}/mail{rest}"


def write(work: Work, message: Message, name: str) -> Written | None:
    letter = write_letter(work, message, Sender(SENDER, "https://hop.example.org"))
    data = pack_letter(letter, sender=SENDER, name=name, written_at=work.now) if letter else b""
    return Written(letter.to_name, letter.to_address, letter.subject, data) if letter else None


def claim(work: Work) -> int:
    outgoing = claim_message(work, write, sender=SENDER, lease=LEASE)
    assert outgoing
    return outgoing.message_id


@pytest.fixture
def scene(begin: BeginWork) -> Scene:
    soon = NOW + timedelta(days=3)
    with begin() as work:
        olga, mallory = make_account(work), make_account(work, "mallory")
        conference, other = (make_conference(work, account, starts_at=soon, ends_at=soon + timedelta(hours=3)) for account in (olga, mallory))
        mandate = make_mandate(work, conference, make_site(work, conference), seats=3)
        for n, name in enumerate(("Nguyễn Thị Dina", "Đặng Hữu Đức", EVIL)):
            make_delegate(work, mandate, name, email=f"nguoi-{n}@example.org")
    with begin(acting(olga)) as work:
        run = send_invitations(work, conference.id, web_address="https://hop.example.org")
        assert run
        messages = list(work.session.scalars(select(Message).order_by(Message.id)))
    return Scene(olga, mallory, conference, other, run, messages)


@pytest.fixture
def browser(scene: Scene, sign_in: SignIn) -> FlaskClient:
    return sign_in(scene.olga)


def states(begin: BeginWork) -> list[str]:
    with begin() as work:
        return list(work.session.scalars(select(Message.state).order_by(Message.id)))


def test_a_run_stands_on_the_page_with_how_far_it_is(scene: Scene, browser: FlaskClient, begin: BeginWork) -> None:
    with begin() as work:
        note_sent(work, claim(work))
        note_refused(work, claim(work), error="550 5.1.1 no such user")
        note_delayed(work, claim(work), error="451 later <b>", give_up_after=PATIENCE)
    page = browser.get(scene.url())
    assert page.status_code == 200
    for shown in (
        "Invitations and calendar updates",
        "1 of 3 sent",
        "1 did not arrive",
        "451 later &lt;b&gt;",
        "Pause",
        "Send the refused ones again",
        "No mail server is set",
    ):
        assert shown in page.text
    assert browser.get(scene.url("/progress")).get_json() == {
        "runs": [
            {
                "id": scene.run.id,
                "total": 3,
                "settled": 2,
                "open": 1,
                "words": "1 of 3 sent",
                "standing": "Being sent",
                "lost": "1 did not arrive",
                "trouble": "451 later <b>",
            }
        ]
    }
    assert browser.get(scene.url(f"/progress?run={scene.run.id}")).get_json()["runs"][0]["words"] == "1 of 3 sent"


def test_what_the_server_sends_by_itself_is_called_an_update(scene: Scene, browser: FlaskClient, begin: BeginWork) -> None:
    with begin() as work:
        work.session.get_one(Mailing, scene.run.id).created_by_id = None
    assert ">Calendar updates</a>" in browser.get(scene.url()).text
    assert "<h2>Calendar updates</h2>" in browser.get(scene.url(f"/messages?run={scene.run.id}")).text


def test_what_was_dropped_is_counted(scene: Scene, browser: FlaskClient, begin: BeginWork) -> None:
    with begin() as work:
        work.session.get_one(Message, scene.messages[0].id).state = "dropped"
    assert browser.get(scene.url("/progress")).get_json()["runs"][0]["words"] == "0 of 3 sent · 1 not needed any more"


def test_without_mail_the_page_says_so(scene: Scene, sign_in: SignIn) -> None:
    page = sign_in(scene.mallory).get(f"/conferences/{scene.other.id}/mail")
    assert "Nothing was sent yet." in page.text
    page = sign_in(scene.mallory).get(f"/conferences/{scene.other.id}/mail/messages")
    assert "Nothing was sent yet." in page.text


def test_a_run_is_held_and_goes_on(scene: Scene, browser: FlaskClient) -> None:
    run = scene.url(f"/runs/{scene.run.id}")
    held = browser.post(f"{run}/pause", data={"form_key": "one"})
    assert (held.status_code, held.location) == (303, scene.url())
    assert browser.get(scene.url("/progress")).get_json()["runs"][0]["standing"] == "Paused"
    assert "Go on" in browser.get(scene.url()).text
    browser.post(f"{run}/resume", data={"form_key": "two", "next": scene.url(f"/messages?run={scene.run.id}")})
    assert browser.get(scene.url("/progress")).get_json()["runs"][0]["standing"] == "Being sent"
    assert browser.post(f"{run}/stop").status_code == 404


def test_messages_are_found_filtered_and_paged(scene: Scene, browser: FlaskClient, begin: BeginWork) -> None:
    with begin() as work:
        note_refused(work, claim(work), error="550 no")
        put_mailing(work, scene.conference.id, "reminder", [NewMessage(f"khac-{n}@example.org") for n in range(60)])
    assert "Đặng Hữu Đức" in browser.get(scene.url("/messages?q=dang huu")).text
    found = browser.get(scene.url(f"/messages?state=trouble&run={scene.run.id}")).text
    assert ("nguoi-0@example.org" in found, "nguoi-1@example.org" in found, "550 no" in found) == (True, False, True)
    assert "Page 1 of 2" in browser.get(scene.url("/messages")).text
    assert "Nothing was found." in browser.get(scene.url("/messages?q=nobody")).text
    assert browser.get(scene.url("/messages?run=999&state=<x>&page=99999999999999999999")).status_code == 404


def test_hostile_names_stay_names(scene: Scene, browser: FlaskClient, begin: BeginWork) -> None:
    with begin() as work:
        for _ in range(3):
            note_sent(work, claim(work))
    evil = scene.messages[2]
    for path in ("/messages", f"/messages/{evil.id}"):
        page = browser.get(scene.url(path)).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;{x}" in page
    assert "<script>alert" not in browser.get(scene.url(f"/messages/{evil.id}/page")).text


def test_a_message_is_opened_with_its_parts(scene: Scene, browser: FlaskClient, begin: BeginWork) -> None:
    with begin() as work:
        message_id = claim(work)
        note_sent(work, message_id)
    page = browser.get(scene.url(f"/messages/{message_id}"))
    for shown in ("Nguyễn Thị Dina", "nguoi-0@example.org", "Auto-Submitted", "auto-generated", "BEGIN:VCALENDAR", "METHOD:REQUEST", "File on the server"):
        assert shown in page.text
    assert "Puts the entry into the calendar, or changes it" in page.text
    assert "13:30, Thursday, 19/01/2023" in page.text.partition("What calendars read")[2]
    assert "frame-src 'self'" in page.headers["Content-Security-Policy"]
    frame = browser.get(scene.url(f"/messages/{message_id}/page"))
    assert "Nguyễn Thị Dina" in frame.text
    assert frame.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'unsafe-inline'; sandbox;")


def test_a_message_that_waits_says_so(scene: Scene, browser: FlaskClient, begin: BeginWork) -> None:
    message = scene.messages[0]
    assert "written when its turn comes" in browser.get(scene.url(f"/messages/{message.id}")).text
    assert browser.get(scene.url(f"/messages/{message.id}/page")).status_code == 404
    with begin() as work:
        work.session.get_one(Message, message.id).state = "dropped"
    assert "nothing to say any more" in browser.get(scene.url(f"/messages/{message.id}")).text


def test_what_did_not_arrive_is_sent_again_by_one_press(scene: Scene, browser: FlaskClient, begin: BeginWork) -> None:
    with begin() as work:
        refused = claim(work)
        note_refused(work, refused, error="550 no")
    assert "Send again" in browser.get(scene.url(f"/messages/{refused}")).text
    pressed = browser.post(scene.url(f"/messages/{refused}/again"), data={"form_key": "one"}, follow_redirects=True)
    assert "The message is sent again." in pressed.text
    assert states(begin) == ["ready", "waiting", "waiting"]
    pressed = browser.post(scene.url(f"/messages/{refused}/again"), data={"form_key": "two"}, follow_redirects=True)
    assert "Nothing was sent again." in pressed.text


def test_all_that_was_refused_is_sent_again_by_one_press(scene: Scene, browser: FlaskClient, begin: BeginWork) -> None:
    with begin() as work:
        for _ in range(2):
            note_refused(work, claim(work), error="550 no")
    pressed = browser.post(scene.url(f"/runs/{scene.run.id}/again"), data={"form_key": "one"}, follow_redirects=True)
    assert "2 messages are sent again." in pressed.text
    assert states(begin) == ["ready", "ready", "waiting"]


def test_the_pages_are_vietnamese_too(scene: Scene, browser: FlaskClient) -> None:
    browser.set_cookie(COOKIE, "vi")
    assert "Đã gửi 0 trên 3" in browser.get(scene.url()).text
    assert "Chờ gửi" in browser.get(scene.url("/messages")).text
    assert "Thư này được soạn khi đến lượt" in browser.get(scene.url(f"/messages/{scene.messages[0].id}")).text


@pytest.mark.parametrize(
    "path", ["", "/progress", "/progress?run={run}", "/messages", "/messages?run={run}", "/messages/{message}", "/messages/{message}/page"]
)
def test_an_outsider_sees_nothing(scene: Scene, sign_in: SignIn, client: FlaskClient, path: str) -> None:
    given = path.format(run=scene.run.id, message=scene.messages[0].id)
    assert sign_in(scene.mallory).get(scene.url(given)).status_code == 404
    assert client.get(scene.url(given)).status_code == 303
    if "{" in path:
        assert sign_in(scene.mallory).get(f"/conferences/{scene.other.id}/mail{given}").status_code == 404


@pytest.mark.parametrize("path", ["/runs/{run}/pause", "/runs/{run}/resume", "/runs/{run}/again", "/messages/{message}/again"])
def test_an_outsider_changes_nothing(scene: Scene, sign_in: SignIn, begin: BeginWork, path: str) -> None:
    given = path.format(run=scene.run.id, message=scene.messages[0].id)
    with begin() as work:
        note_refused(work, claim(work), error="550 no")
    for conference in (scene.conference, scene.other):
        assert sign_in(scene.mallory).post(f"/conferences/{conference.id}/mail{given}", data={"form_key": "one"}).status_code == 404
    assert states(begin) == ["failed", "waiting", "waiting"]
    with begin() as work:
        assert work.session.scalars(select(Mailing.paused_at)).all() == [None]


def test_the_lists_take_as_many_queries_for_three_as_for_three_hundred(
    scene: Scene, browser: FlaskClient, begin: BeginWork, count_queries: CountQueries
) -> None:
    def counted() -> list[int]:
        found = []
        for path in ("", "/messages", f"/messages?run={scene.run.id}"):
            with count_queries() as queries:
                assert browser.get(scene.url(path)).status_code == 200
            found.append(len(queries))
        return found

    few = counted()
    with begin() as work:
        for _ in range(30):
            put_mailing(work, scene.conference.id, "reminder", [NewMessage(f"khac-{n}@example.org") for n in range(10)])
    assert counted() == few
    assert max(few) <= 12
