"""What each message says, to whom, in which language, and when it says nothing any more."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from sqlalchemy import event, select

from confsvc.domain.agenda import SessionEntry, add_session
from confsvc.domain.calendar_watch import put_calendar_messages
from confsvc.domain.letter_texts import set_text
from confsvc.domain.outbox import NewMessage, put_mailing
from confsvc.domain.registration_links import give_link, registration_token, revoke_link
from confsvc.domain.work import Work
from confsvc.models import Attendance, CalendarEntry, Conference, Delegate, LetterText, Mandate, Message, Site
from confsvc.schemas.letters import Letter, Sender, write_letter
from tests.conftest import NOW, BeginWork
from tests.factories import ENDS, STARTS, make_conference, make_delegate, make_mandate, make_site, make_substitute

SENDER = Sender("hop@mail.example.org", "https://hop.example.org/")
HOUR = timedelta(hours=1)


@dataclass
class Scene:
    conference: Conference
    site: Site
    mandate: Mandate
    dina: Delegate


@pytest.fixture
def scene(work: Work) -> Scene:
    """A conference whose invitations were sent: dina is invited by mail, her unit by a link, and somebody runs the site."""
    conference = make_conference(work, invited_at=work.now, host_name="Sở Nội vụ tỉnh", address_form="comrade", chair_name="Nguyễn Minh")
    site = make_site(work, conference, address="12 Trần Phú", contact_name="Lê Kỹ Thuật", contact_email="site@example.org")
    mandate = make_mandate(work, conference, site, seats=3, required_rank="leader", liaison_name="Trần Văn Thư", liaison_email="van-thu@example.org")
    dina = make_delegate(work, mandate, email="dina@example.org", position="Phó Giám đốc")
    give_link(work, conference, mandate)
    return Scene(conference, site, mandate, dina)


def next_letter(work: Work, scene: Scene) -> Letter | None:
    """What the comparison puts into the outbox now, written."""
    put_calendar_messages(work, scene.conference.id)
    message = work.session.scalars(select(Message).where(Message.state == "waiting").order_by(Message.id)).first()
    assert message, "the comparison has put nothing"
    message.state = "sent"
    return write_letter(work, message, SENDER)


def written(work: Work, scene: Scene) -> Letter:
    letter = next_letter(work, scene)
    assert letter
    return letter


def written_for(work: Work, scene: Scene, purpose: str, to: NewMessage) -> Letter | None:
    mailing = put_mailing(work, scene.conference.id, purpose, [to])
    return write_letter(work, work.session.scalars(select(Message).where(Message.mailing_id == mailing.id)).one(), SENDER)


def remind(work: Work, scene: Scene) -> Letter | None:
    return written_for(work, scene, "reminder", NewMessage(scene.dina.email, scene.dina.full_name, delegate_id=scene.dina.id))


def ask_unit(work: Work, scene: Scene, purpose: str = "registration") -> Letter | None:
    return written_for(work, scene, purpose, NewMessage(scene.mandate.liaison_email, mandate_id=scene.mandate.id))


def remind_site(work: Work, scene: Scene) -> Letter | None:
    return written_for(work, scene, "operator_reminder", NewMessage(scene.site.contact_email, site_id=scene.site.id))


def link_of(letter: Letter) -> str:
    """The one link that stands on a line of its own."""
    return str(re.findall(r"^https://\S+$", letter.text, re.MULTILINE)[0])


def test_an_invitation_says_when_where_by_whom_and_how_to_answer(work: Work, scene: Scene) -> None:
    letter = written(work, scene)
    assert (letter.purpose, letter.locales, letter.from_name) == ("invitation", ("vi",), "Sở Nội vụ tỉnh")
    assert (letter.to_name, letter.to_address) == ("Nguyễn Thị Dina", "dina@example.org")
    assert letter.subject == "Thư mời: Hội nghị tổng kết năm 2022"
    lines = letter.text.splitlines()
    assert lines[:3] == [
        "Kính gửi đồng chí Nguyễn Thị Dina,",
        "",
        "Sở Nội vụ tỉnh trân trọng kính mời đồng chí Nguyễn Thị Dina tới dự Hội nghị tổng kết năm 2022.",
    ]
    assert [line for line in lines if re.match(r"(Hội nghị|Thời gian|Địa điểm|Chủ trì|Kính mời): ", line)] == [
        "Hội nghị: Hội nghị tổng kết năm 2022",
        "Thời gian: 14:00 – 17:00, thứ Hai, 16/01/2023 (GMT+7)",
        "Địa điểm: Điểm cầu trung tâm, 12 Trần Phú",
        "Chủ trì: Nguyễn Minh",
        "Kính mời: Nguyễn Thị Dina, Phó Giám đốc, Sở Nội vụ",
    ]
    assert link_of(letter).startswith("https://hop.example.org/d/")
    assert "Đề nghị xác nhận tham dự" in letter.text
    assert "Trân trọng,\nSở Nội vụ tỉnh" in letter.text
    assert letter.calendar is not None
    assert letter.calendar.method == "REQUEST"


def test_an_update_says_what_was_and_what_is(work: Work, scene: Scene) -> None:
    written(work, scene)
    scene.conference.starts_at, scene.conference.ends_at = STARTS + HOUR, ENDS + HOUR
    scene.site.address = ""
    letter = written(work, scene)
    assert (letter.purpose, letter.subject) == ("update", "Thay đổi: Hội nghị tổng kết năm 2022")
    assert re.findall(r"^- .*$", letter.text, re.MULTILINE) == [
        "- Thời gian: 14:00 – 17:00, thứ Hai, 16/01/2023 (GMT+7) → 15:00 – 18:00, thứ Hai, 16/01/2023 (GMT+7)",
        "- Địa điểm: Điểm cầu trung tâm, 12 Trần Phú → Điểm cầu trung tâm",
    ]
    assert "\nThời gian: 15:00 – 18:00, thứ Hai, 16/01/2023 (GMT+7)\n" in letter.text


def test_a_postponed_conference_is_an_update_without_a_new_time(work: Work, scene: Scene) -> None:
    written(work, scene)
    scene.conference.state = "postponed"
    letter = written(work, scene)
    assert letter.purpose == "update"
    assert re.findall(r"^- .*$", letter.text, re.MULTILINE) == ["- Trạng thái: Theo kế hoạch → Tạm hoãn"]
    assert "Thời gian dự kiến: 14:00" in letter.text
    assert "Tạm hoãn; thời gian mới sẽ được thông báo sau." in letter.text


def cancel_conference(work: Work, scene: Scene) -> None:
    scene.conference.state = "cancelled"


def substitute(work: Work, scene: Scene) -> None:
    deputy = make_substitute(work, scene.dina)
    attendance = work.session.get_one(Attendance, scene.dina.id)
    attendance.state, attendance.substitute_id = "substituted", deputy.id


def remove(work: Work, scene: Scene) -> None:
    work.session.get_one(Attendance, scene.dina.id).state = "not_admitted"
    scene.dina.origin = "walk_in"


def change_address(work: Work, scene: Scene) -> None:
    scene.dina.email = ""


def one_entry_each(work: Work, scene: Scene) -> None:
    add_session(work, scene.conference.id, SessionEntry("Phiên sáng", STARTS, ENDS))
    scene.conference.entry_rule = "sessions"


@pytest.mark.parametrize(
    ("change", "because", "has_link"),
    [
        (cancel_conference, "Chúng tôi trân trọng thông báo: Hội nghị tổng kết năm 2022 đã bị hủy, không tổ chức nữa.", True),
        (substitute, "Lê Văn Thay sẽ dự thay tại Hội nghị tổng kết năm 2022; vì vậy mục này được xóa khỏi lịch.", False),
        (remove, "Danh sách đại biểu dự Hội nghị tổng kết năm 2022 đã thay đổi và không còn tên người nhận thư này; vì vậy mục này được xóa khỏi lịch.", False),
        (change_address, "Thư mời dự Hội nghị tổng kết năm 2022 không còn gửi tới địa chỉ này; vì vậy mục này được xóa khỏi lịch tại đây.", False),
        (
            one_entry_each,
            "Lịch dự Hội nghị tổng kết năm 2022 được gửi lại bằng các mục khác; mục này được xóa khỏi lịch. Thư mời vẫn giữ nguyên giá trị.",
            True,
        ),
    ],
)
def test_a_cancellation_says_why(work: Work, scene: Scene, change: Callable[[Work, Scene], None], because: str, has_link: bool) -> None:
    written(work, scene)
    change(work, scene)
    work.session.flush()
    entry = work.session.scalars(select(CalendarEntry)).one()
    letter = written_for(work, scene, "calendar", NewMessage("dina@example.org", entry_id=entry.id, delegate_id=scene.dina.id))
    assert letter
    assert letter.calendar
    assert (letter.purpose, letter.calendar.method, letter.to_address, letter.to_name) == ("cancellation", "CANCEL", "dina@example.org", "Nguyễn Thị Dina")
    assert letter.subject == "Hủy lịch: Hội nghị tổng kết năm 2022"
    assert letter.text.splitlines()[2] == because
    assert ("https://" in letter.text) is has_link


def test_a_calendar_that_is_true_already_is_told_nothing(work: Work, scene: Scene) -> None:
    written(work, scene)
    entry = work.session.scalars(select(CalendarEntry)).one()
    about = NewMessage("dina@example.org", entry_id=entry.id, delegate_id=scene.dina.id)
    assert written_for(work, scene, "calendar", about) is None
    scene.conference.title = "Hội nghị khác"
    assert written_for(work, scene, "calendar", NewMessage("olga@example.org", entry_id=entry.id, is_test=True)) is None
    assert entry.sequence == 0


def test_a_unit_is_asked_for_its_delegates(work: Work, scene: Scene) -> None:
    scene.conference.registration_deadline = STARTS - HOUR
    letter = ask_unit(work, scene)
    assert letter
    assert letter.calendar is None
    assert (letter.purpose, letter.to_address, letter.to_name) == ("registration", "van-thu@example.org", "Trần Văn Thư")
    assert re.findall(r"^(?:Đơn vị|Số chỗ|Yêu cầu thành phần|Hạn đăng ký): .*$", letter.text, re.MULTILINE) == [
        "Đơn vị: Sở Nội vụ",
        "Số chỗ: 3",
        "Yêu cầu thành phần: Đại diện lãnh đạo",
        "Hạn đăng ký: 13:00, thứ Hai, 16/01/2023",
    ]
    assert link_of(letter) == f"https://hop.example.org/r/{registration_token(work, scene.mandate)}"


def test_a_unit_is_reminded_of_the_seats_that_have_no_name(work: Work, scene: Scene) -> None:
    letter = ask_unit(work, scene, "registration_reminder")
    assert letter
    assert "còn thiếu 2 đại biểu trong tổng số 3 đại biểu." in letter.text
    scene.mandate.declined_seats = 2
    work.session.flush()
    assert ask_unit(work, scene, "registration_reminder") is None


def test_delegates_and_sites_are_reminded(work: Work, scene: Scene) -> None:
    letter, other = remind(work, scene), remind_site(work, scene)
    assert letter
    assert other
    assert letter.subject == "Nhắc lịch: Hội nghị tổng kết năm 2022, 14:00, thứ Hai, 16/01/2023"
    assert other.subject == "Điểm cầu trung tâm: Hội nghị tổng kết năm 2022, 14:00, thứ Hai, 16/01/2023"
    assert other.to_name == "Lê Kỹ Thuật"
    assert "https://" not in other.text
    assert "\nMở điểm danh: 12:00, thứ Hai, 16/01/2023\nSố đại biểu dự kiến: 1\n" in other.text


def leave_addresses(scene: Scene) -> None:
    scene.dina.email = scene.mandate.liaison_email = scene.site.contact_email = "new@example.org"


SILENCES: dict[str, Callable[[Scene], None]] = {
    "cancelled": lambda scene: setattr(scene.conference, "state", "cancelled"),
    "begun": lambda scene: setattr(scene.conference, "starts_at", NOW),
    "rehearsal": lambda scene: setattr(scene.conference, "rehearses_id", scene.conference.id),
    "other address": leave_addresses,
}


@pytest.mark.parametrize("silence", SILENCES)
def test_nobody_hears_of_what_does_not_hold_any_more(work: Work, scene: Scene, silence: str) -> None:
    conference_id = scene.conference.id
    about = {"reminder": {"delegate_id": scene.dina.id}, "operator_reminder": {"site_id": scene.site.id}}
    about |= {purpose: {"mandate_id": scene.mandate.id} for purpose in ("registration", "registration_reminder")}
    to = {"reminder": "dina@example.org", "operator_reminder": "site@example.org"}
    for purpose, row in about.items():
        put_mailing(work, conference_id, purpose, [NewMessage(to.get(purpose, "van-thu@example.org"), **row)])  # type: ignore[arg-type]  # ids
    messages = work.session.scalars(select(Message)).all()
    assert all(write_letter(work, message, SENDER) for message in messages)
    SILENCES[silence](scene)
    work.session.flush()
    assert [message.purpose for message in messages if write_letter(work, message, SENDER)] == []


def test_whoever_declined_or_was_replaced_is_not_reminded(work: Work, scene: Scene) -> None:
    scene.dina.reply = "declined"
    work.session.flush()
    assert remind(work, scene) is None
    scene.dina.reply = "accepted"
    substitute(work, scene)
    work.session.flush()
    assert remind(work, scene) is None


def test_a_revoked_link_is_not_sent(work: Work, scene: Scene) -> None:
    revoke_link(work, scene.conference.id, scene.mandate.id)
    assert ask_unit(work, scene) is None


def test_letters_in_both_languages_say_the_same_twice(work: Work, scene: Scene) -> None:
    scene.conference.mail_languages = "both"
    letter = written(work, scene)
    assert letter.locales == ("vi", "en")
    assert letter.subject == "Thư mời: Hội nghị tổng kết năm 2022 / Invitation: Hội nghị tổng kết năm 2022"
    assert "\nThời gian: 14:00 – 17:00, thứ Hai, 16/01/2023 (GMT+7)\n" in letter.text
    assert "\nTime: 14:00 – 17:00, Monday, 16/01/2023 (GMT+7)\n" in letter.text
    assert letter.html.count("<td lang=") == 2


def test_english_letters_name_people_plainly(work: Work, scene: Scene) -> None:
    scene.conference.mail_languages = "en"
    assert written(work, scene).text.splitlines()[0] == "Dear Nguyễn Thị Dina,"


def test_own_words_take_the_place_of_the_standard_text(work: Work, scene: Scene) -> None:
    body = "Xin chào {name}!\nMời bấm https://so-noi-vu.example.org/huong-dan\n\n{details}\n\nHẹn gặp {full_name} ({position}, {unit}) tại {site}."
    set_text(work, scene.conference.id, kind="invitation", locale="vi", subject="{host} mời {full_name}", body=body, version=0)
    letter = written(work, scene)
    assert letter.subject == "Sở Nội vụ tỉnh mời Nguyễn Thị Dina"
    assert letter.text.startswith("Xin chào đồng chí Nguyễn Thị Dina!\nMời bấm https://so-noi-vu.example.org/huong-dan\n\nHội nghị: ")
    assert "Hẹn gặp Nguyễn Thị Dina (Phó Giám đốc, Sở Nội vụ) tại Điểm cầu trung tâm." in letter.text
    assert '<a href="https://so-noi-vu.example.org/huong-dan" rel="noreferrer">' in letter.html


HOSTILE = [
    "<script>alert(1)</script>",
    "{host}{0.__class__.__mro__}",
    "{link}",
    "%(name)s %s %d {details}",
    "=cmd|'/C calc'!A0",
    "\u202eanid\u202c",
    'x" onmouseover="alert(1)',
    "https://evil.example/?{link}",
    "Dina\r\nBcc: all@example.org",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_stays_a_name(work: Work, scene: Scene, name: str) -> None:
    scene.dina.full_name, scene.conference.title, scene.conference.mail_languages = name, name, "both"
    scene.conference.host_name = scene.site.name = scene.mandate.unit_name = name
    letter = written(work, scene)
    page = Seen(letter.html)
    assert page.scripts == []
    assert page.handlers == []
    assert {link for link in page.links if "evil" in link} == set()
    assert "\r" not in letter.subject
    assert "\n" not in letter.subject
    assert "\u202e" not in letter.text + letter.html
    for harmless in (letter.text, page.text):
        assert "object" not in harmless
        assert "mappingproxy" not in harmless
    if "{" in name:
        assert name in letter.subject
        assert name in letter.text
        assert name in page.text


class Seen(HTMLParser):
    """What a mail program makes of a letter: its text, its links, and whatever could run or be fetched."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self.links, self.scripts, self.handlers = "", list[str](), list[str](), list[str]()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.scripts += [tag] if tag in ("script", "img", "link", "iframe", "object", "style", "form", "svg", "base") else []
        self.handlers += [name for name, _ in attrs if name.startswith("on") or name in ("src", "srcset", "background")]
        self.links += [value or "" for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_html_says_what_the_text_says(work: Work, scene: Scene) -> None:
    scene.conference.video_link = "https://video.example.org/?a=1&b=2"
    letter = written(work, scene)
    page = Seen(letter.html)
    assert page.links == ["https://video.example.org/?a=1&b=2", link_of(letter)]
    assert page.scripts == []
    assert page.handlers == []
    for line in letter.text.splitlines():
        for part in line.removeprefix("-- ").split(": ", 1):
            if not part.startswith("https://hop"):
                assert " ".join(part.rstrip(":").split()) in " ".join(page.text.split())


def test_without_an_address_of_the_server_a_letter_has_no_link(work: Work, scene: Scene) -> None:
    put_calendar_messages(work, scene.conference.id)
    message = work.session.scalars(select(Message)).one()
    letter = write_letter(work, message, Sender("hop@example.org"))
    assert letter
    assert "/d/" not in letter.text


def count_statements(work: Work, message: Message) -> int:
    statements: list[str] = []
    event.listen(work.session.connection(), "before_cursor_execute", lambda *told: statements.append(told[2]))
    assert write_letter(work, message, SENDER)
    return len(statements)


def test_a_letter_costs_few_queries_however_many_people_there_are(begin: BeginWork) -> None:
    counts = []
    for people in (1, 60):
        with begin() as work:
            conference = make_conference(work, invited_at=work.now, mail_languages="both")
            site = make_site(work, conference)
            mandate = make_mandate(work, conference, site, seats=people)
            for number in range(people):
                make_delegate(work, mandate, f"Lê Văn {number}", email=f"le-{number}@example.org")
            put_calendar_messages(work, conference.id)
            conference_id = conference.id
        with begin() as work:
            message = work.session.scalars(select(Message).where(Message.conference_id == conference_id).limit(1)).one()
            counts.append(count_statements(work, message))
    assert counts[0] == counts[1] <= 11


def test_every_text_of_the_conference_is_gone_with_it(work: Work, scene: Scene) -> None:
    set_text(work, scene.conference.id, kind="invitation", locale="vi", subject="Mời", body="{details}", version=0)
    work.session.delete(scene.conference)
    work.session.flush()
    assert work.session.scalars(select(LetterText)).all() == []
