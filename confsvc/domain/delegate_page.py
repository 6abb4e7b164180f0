"""All that an organiser sees of one delegate."""

from collections.abc import Sequence
from dataclasses import dataclass

from confsvc.domain.attendance_history import Story, read_story
from confsvc.domain.mail_trouble import count_waiting_from, undelivered_to_delegate
from confsvc.domain.passes import link_token
from confsvc.domain.seating import Standing, namesakes_of, read_standings
from confsvc.domain.work import Work
from confsvc.models import Attendance, Conference, Delegate
from confsvc.models.mail import Message


@dataclass(frozen=True, slots=True)
class DelegatePage:
    """`namesakes` are those of the unit who may be the same person, `undelivered` a message that did not arrive, `to_look_at` how much of theirs came in."""

    conference: Conference
    delegate: Delegate
    attendance: Attendance
    standing: Standing
    namesakes: Sequence[Delegate]
    story: Story
    link_token: str
    undelivered: Message | None
    to_look_at: int


def read_delegate_page(work: Work, conference_id: int, delegate_id: int) -> DelegatePage:
    """The delegate with everything around; raises NotFound for a conference the actor does not organise."""
    story = read_story(work, conference_id, delegate_id)
    delegate = story.delegate
    return DelegatePage(
        conference=story.conference,
        delegate=delegate,
        attendance=story.attendance,
        standing=read_standings(work, [delegate.mandate])[delegate.mandate_id],
        namesakes=namesakes_of(work, delegate),
        story=story,
        link_token=link_token(work, delegate),
        undelivered=undelivered_to_delegate(work, delegate),
        to_look_at=count_waiting_from(work, delegate),
    )
