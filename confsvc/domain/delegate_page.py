"""All that an organiser sees of one delegate."""

from collections.abc import Sequence
from dataclasses import dataclass

from confsvc.domain.attendance_history import Story, read_story
from confsvc.domain.passes import link_token
from confsvc.domain.seating import Standing, namesakes_of, read_standings
from confsvc.domain.work import Work
from confsvc.models import Attendance, Conference, Delegate


@dataclass(frozen=True, slots=True)
class DelegatePage:
    """`namesakes` are those of the unit who may be the same person."""

    conference: Conference
    delegate: Delegate
    attendance: Attendance
    standing: Standing
    namesakes: Sequence[Delegate]
    story: Story
    link_token: str


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
    )
