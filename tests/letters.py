"""A conference that writes, for tests of its letters: who is written to, and what a message says once it is written."""

import re
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from confsvc.domain.calendar_watch import put_calendar_messages
from confsvc.domain.outbox import NewMessage, put_mailing
from confsvc.domain.registration_links import give_link
from confsvc.domain.work import Work
from confsvc.models import Attendance, Conference, Delegate, Mandate, Message, Site
from confsvc.schemas.letters import Letter, Sender, write_letter
from tests.factories import make_conference, make_delegate, make_mandate, make_site, make_substitute

SENDER = Sender("hop@mail.example.org", "https://hop.example.org/")
HOUR = timedelta(hours=1)


@dataclass
class Scene:
    conference: Conference
    site: Site
    mandate: Mandate
    dina: Delegate


def make_scene(work: Work) -> Scene:
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


def substitute(work: Work, scene: Scene) -> None:
    """Somebody comes in the place of dina."""
    deputy = make_substitute(work, scene.dina)
    attendance = work.session.get_one(Attendance, scene.dina.id)
    attendance.state, attendance.substitute_id = "substituted", deputy.id


def remind(work: Work, scene: Scene) -> Letter | None:
    return written_for(work, scene, "reminder", NewMessage(scene.dina.email, scene.dina.full_name, delegate_id=scene.dina.id))


def ask_unit(work: Work, scene: Scene, purpose: str = "registration") -> Letter | None:
    return written_for(work, scene, purpose, NewMessage(scene.mandate.liaison_email, mandate_id=scene.mandate.id))


def remind_site(work: Work, scene: Scene) -> Letter | None:
    return written_for(work, scene, "operator_reminder", NewMessage(scene.site.contact_email, site_id=scene.site.id))


def link_of(letter: Letter) -> str:
    """The one link that stands on a line of its own."""
    return str(re.findall(r"^https://\S+$", letter.text, re.MULTILINE)[0])
