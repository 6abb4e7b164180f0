"""Letters without a calendar entry: units are asked, delegates and sites reminded, and nobody of what does not hold any more."""

import re
from collections.abc import Callable

import pytest
from sqlalchemy import select

from confsvc.domain.outbox import NewMessage, put_mailing
from confsvc.domain.registration_links import registration_token, revoke_link
from confsvc.domain.work import Work
from confsvc.models import Message
from confsvc.schemas.letters import write_letter
from tests.conftest import NOW
from tests.factories import STARTS
from tests.letters import HOUR, SENDER, Scene, ask_unit, link_of, make_scene, remind, remind_site, substitute


@pytest.fixture
def scene(work: Work) -> Scene:
    return make_scene(work)


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
    assert "còn thiếu 2 trong tổng số 3 đại biểu." in letter.text
    scene.mandate.declined_seats = 2
    work.session.flush()
    assert ask_unit(work, scene, "registration_reminder") is None


def test_delegates_and_sites_are_reminded(work: Work, scene: Scene) -> None:
    letter, other = remind(work, scene), remind_site(work, scene)
    assert letter
    assert other
    assert letter.subject == "Nhắc lịch: Hội nghị tổng kết năm 2022, 14:00, thứ Hai, 16/01/2023"
    assert other.subject == "Nhắc lịch Điểm cầu trung tâm: Hội nghị tổng kết năm 2022, 14:00, thứ Hai, 16/01/2023"
    assert (other.to_name, other.text.splitlines()[0]) == ("Lê Kỹ Thuật", "Kính gửi đồng chí Lê Kỹ Thuật,")
    scene.conference.address_form, scene.site.contact_name = "delegate", ""
    work.session.flush()
    plain, unit = remind_site(work, scene), ask_unit(work, scene)
    assert plain
    assert unit
    assert [letter.text.splitlines()[0] for letter in (plain, unit)] == ["Kính gửi Điểm cầu trung tâm,", "Kính gửi Ông/Bà Trần Văn Thư,"]
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
