"""How letters read: in both languages, in own words, as HTML, and with names that want to be something else."""

from html.parser import HTMLParser

import pytest
from sqlalchemy import event, select

from confsvc.domain import letters
from confsvc.domain.calendar_content import CHANGES
from confsvc.domain.calendar_watch import put_calendar_messages
from confsvc.domain.letter_texts import set_text
from confsvc.domain.work import Work
from confsvc.models import LetterText, Message
from confsvc.schemas import letter_parts
from confsvc.schemas.letters import Sender, write_letter
from tests.conftest import BeginWork
from tests.factories import make_conference, make_delegate, make_mandate, make_site
from tests.letters import SENDER, Scene, link_of, make_scene, written


@pytest.fixture
def scene(work: Work) -> Scene:
    return make_scene(work)


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


def test_every_reason_and_every_change_has_words() -> None:
    assert set(letter_parts.REASONS) == set(letters.REASONS)
    assert tuple(letter_parts.CHANGED) == CHANGES


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
