"""What a letter with a calendar entry says: invitation, change, cancellation."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from confsvc.domain.agenda import ItemEntry, SessionEntry, add_item, add_session, remove_session
from confsvc.domain.outbox import NewMessage, put_mailing
from confsvc.domain.work import Work
from confsvc.models import AgendaSession, Attendance, CalendarEntry, LetterText, Message, Received
from confsvc.schemas.letter_words import words_in
from confsvc.schemas.letters import write_letter
from tests.factories import ENDS, STARTS
from tests.letters import HOUR, SENDER, Scene, link_of, make_scene, substitute, written, written_for

VIDEO = "https://video.example.org/j/1"


@pytest.fixture
def scene(work: Work) -> Scene:
    return make_scene(work)


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


@pytest.mark.parametrize(("locale", "none"), [("vi", "(bỏ trống)"), ("en", "(none)")])
def test_what_becomes_empty_or_is_filled_says_so(work: Work, scene: Scene, locale: str, none: str) -> None:
    scene.conference.mail_languages = locale
    written(work, scene)
    chair = words_in(locale).gettext("Chair")
    for before, after in (("Nguyễn Minh", ""), ("", "Trần Bình")):
        scene.conference.chair_name = after
        letter = written(work, scene)
        assert f"\n- {chair}: {before or none} → {after or none}\n" in letter.text
        assert f">→ {after or none}</b>" in letter.html


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


def remove(work: Work, scene: Scene) -> None:
    work.session.get_one(Attendance, scene.dina.id).state = "not_admitted"
    scene.dina.origin = "walk_in"


def change_address(work: Work, scene: Scene) -> None:
    scene.dina.email = ""


def one_entry_each(work: Work, scene: Scene) -> None:
    add_session(work, scene.conference.id, SessionEntry("Phiên sáng", STARTS, ENDS))
    scene.conference.entry_rule = "sessions"


@pytest.mark.parametrize(
    ("change", "subject", "because", "has_link"),
    [
        (cancel_conference, "Hủy lịch", "Chúng tôi trân trọng thông báo: Hội nghị tổng kết năm 2022 đã bị hủy, không tổ chức nữa.", True),
        (substitute, "Hủy thư mời", "Lê Văn Thay sẽ dự thay tại Hội nghị tổng kết năm 2022; vì vậy mục này được xóa khỏi lịch.", False),
        (
            remove,
            "Hủy thư mời",
            "Danh sách đại biểu dự Hội nghị tổng kết năm 2022 đã thay đổi và không còn tên người nhận thư này; vì vậy mục này được xóa khỏi lịch.",
            False,
        ),
        (
            change_address,
            "Xóa khỏi lịch",
            "Thư mời dự Hội nghị tổng kết năm 2022 không còn gửi tới địa chỉ này; vì vậy mục này được xóa khỏi lịch tại đây.",
            False,
        ),
        (
            one_entry_each,
            "Xóa khỏi lịch",
            "Lịch dự Hội nghị tổng kết năm 2022 được gửi lại bằng các mục khác; mục này được xóa khỏi lịch. Thư mời vẫn giữ nguyên giá trị.",
            True,
        ),
    ],
)
def test_a_cancellation_says_why(work: Work, scene: Scene, change: Callable[[Work, Scene], None], subject: str, because: str, has_link: bool) -> None:
    scene.conference.video_link = VIDEO
    assert VIDEO in written(work, scene).text
    change(work, scene)
    work.session.flush()
    entry = work.session.scalars(select(CalendarEntry)).one()
    letter = written_for(work, scene, "calendar", NewMessage("dina@example.org", entry_id=entry.id, delegate_id=scene.dina.id))
    assert letter
    assert letter.calendar
    assert (letter.purpose, letter.calendar.method, letter.to_address, letter.to_name) == ("cancellation", "CANCEL", "dina@example.org", "Nguyễn Thị Dina")
    assert letter.subject == f"{subject}: Hội nghị tổng kết năm 2022"
    assert letter.text.splitlines()[4 if subject == "Hủy thư mời" else 2] == because
    assert ("https://hop.example.org/" in letter.text) is has_link
    # Only a cancelled conference is called so; whoever alone is taken out is shown no way in.
    is_cancelled = change is cancel_conference
    shown = letter.calendar.ics.replace(b"\r\n ", b"").decode()
    assert [line for line in shown.splitlines() if line.startswith(("SUMMARY", "STATUS"))] == [
        f"SUMMARY:{'[Đã hủy] ' if is_cancelled else ''}Hội nghị tổng kết năm 2022",
        "STATUS:CANCELLED",
    ]
    assert ("hủy" in shown, VIDEO in shown, VIDEO in letter.text, VIDEO in letter.html) == (is_cancelled,) * 4


def test_own_words_for_a_cancelled_conference_are_not_said_to_whoever_alone_is_taken_out(work: Work, scene: Scene) -> None:
    work.session.add(
        LetterText(conference_id=scene.conference.id, kind="cancellation", locale="vi", subject="Hoãn", body="Hoãn.\n\n{reason}\n\n{details}", version=1)
    )
    written(work, scene)
    remove(work, scene)
    assert written(work, scene).subject == "Hủy thư mời: Hội nghị tổng kết năm 2022"


def test_a_withdrawn_invitation_says_so_in_english(work: Work, scene: Scene) -> None:
    scene.conference.mail_languages = "en"
    written(work, scene)
    remove(work, scene)
    letter = written(work, scene)
    assert letter.subject == "Your invitation to Hội nghị tổng kết năm 2022 has been withdrawn"
    assert letter.text.splitlines()[2] == f"{letter.subject}."
    assert "cancel" not in letter.text.casefold()


def test_a_session_that_is_taken_out_is_named(work: Work, scene: Scene) -> None:
    one_entry_each(work, scene)
    kept = add_session(work, scene.conference.id, SessionEntry("Phiên chiều", ENDS, ENDS + HOUR))
    assert [written(work, scene).subject for _ in range(2)] == ["Thư mời: Phiên sáng", "Thư mời: Phiên chiều"]
    [gone] = work.session.scalars(select(AgendaSession).where(AgendaSession.id != kept.id)).all()
    remove_session(work, scene.conference.id, gone.id, version=gone.version)
    letter = written(work, scene)
    assert (letter.subject, letter.to_address) == ("Hủy thư mời: Phiên sáng", "dina@example.org")
    assert letter.text.splitlines()[4] == "“Phiên sáng” không còn trong chương trình của Hội nghị tổng kết năm 2022."


def test_a_new_address_is_invited_and_the_old_one_told(work: Work, scene: Scene) -> None:
    written(work, scene)
    scene.dina.email = "moi@example.org"
    work.session.flush()
    told = [written(work, scene) for _ in range(2)]
    assert sorted((letter.to_address, letter.purpose, "/d/" in letter.text) for letter in told) == [
        ("dina@example.org", "cancellation", False),
        ("moi@example.org", "invitation", True),
    ]


def test_a_letter_about_a_session_names_it_and_the_conference(work: Work, scene: Scene) -> None:
    one_entry_each(work, scene)
    add_item(work, scene.conference.id, work.session.scalars(select(AgendaSession.id)).one(), ItemEntry("Báo cáo tổng kết"))
    letter = written(work, scene)
    assert letter.subject == "Thư mời: Phiên sáng"
    assert "\nHội nghị: Hội nghị tổng kết năm 2022\nPhiên họp: Phiên sáng\nThời gian: 14:00 – 17:00" in letter.text
    assert "\nChương trình:\n  14:00  Báo cáo tổng kết\n" in letter.text


def test_a_changed_programme_shows_what_went_and_what_came(work: Work, scene: Scene) -> None:
    sessions = [add_session(work, scene.conference.id, SessionEntry(f"Phiên {number}", STARTS, ENDS)) for number in range(2)]
    written(work, scene)
    sessions[1].title, sessions[1].starts_at = "Phiên bế mạc", STARTS + timedelta(days=1)
    sessions[1].ends_at = ENDS + timedelta(days=1)
    letter = written(work, scene)
    assert "\n- Chương trình: 14:00  Phiên 1 → 14:00, 17/01/2023  Phiên bế mạc\n" in letter.text
    sessions[0].title, scene.conference.chair_name = "Phiên khai mạc", ""
    sessions[1].title = "Bế mạc"
    letter = written(work, scene)
    was, comes = ("14:00  Phiên 0", "14:00, 17/01/2023  Phiên bế mạc"), ("14:00  Phiên khai mạc", "14:00, 17/01/2023  Bế mạc")
    listed = "".join([*(f"  − {line}\n" for line in was), *(f"  + {line}\n" for line in comes)])
    assert f"\n- Chương trình:\n{listed}- Chủ trì: Nguyễn Minh → (bỏ trống)\n" in letter.text


def test_a_long_programme_is_cut_short(work: Work, scene: Scene) -> None:
    for number in range(20):
        add_session(work, scene.conference.id, SessionEntry(f"Phiên {number}", STARTS, ENDS))
    assert "\n  14:00  Phiên 11\n  và 8 nội dung khác\n" in written(work, scene).text


def test_a_conference_of_several_days_elsewhere_says_so(work: Work, scene: Scene) -> None:
    scene.conference.timezone, scene.conference.ends_at = "Asia/Kolkata", ENDS + timedelta(days=1)
    scene.conference.host_name = ""
    letter = written(work, scene)
    assert "\nThời gian: 12:30, thứ Hai, 16/01/2023 – 15:30, thứ Ba, 17/01/2023 (GMT+5:30)\n" in letter.text
    assert letter.from_name == "Ban Tổ chức"


def test_a_proposal_that_is_not_taken_up_is_answered(work: Work, scene: Scene) -> None:
    written(work, scene)
    entry = work.session.scalars(select(CalendarEntry)).one()
    proposal = Received(digest="x", conference_id=scene.conference.id, delegate_id=scene.dina.id, entry_id=entry.id, kind="counter", outcome="settled")
    proposal.received_at = work.now
    work.session.add(proposal)
    mailing = put_mailing(work, scene.conference.id, "counter_declined", [NewMessage("dina@example.org", delegate_id=scene.dina.id)])
    message = work.session.scalars(select(Message).where(Message.mailing_id == mailing.id)).one()
    assert write_letter(work, message, SENDER) is None
    proposal.detail = {"declined_by_message": message.id, "answered_sequence": 0}
    work.session.flush()
    letter = write_letter(work, message, SENDER)
    assert letter
    assert letter.calendar
    assert (letter.subject, letter.calendar.method) == ("Giữ nguyên lịch: Hội nghị tổng kết năm 2022", "DECLINECOUNTER")


def test_a_calendar_that_is_true_already_is_told_nothing(work: Work, scene: Scene) -> None:
    written(work, scene)
    entry = work.session.scalars(select(CalendarEntry)).one()
    about = NewMessage("dina@example.org", entry_id=entry.id, delegate_id=scene.dina.id)
    assert written_for(work, scene, "calendar", about) is None
    scene.conference.title = "Hội nghị khác"
    assert written_for(work, scene, "calendar", NewMessage("olga@example.org", entry_id=entry.id, is_test=True)) is None
    assert entry.sequence == 0
