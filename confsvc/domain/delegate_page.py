"""All that an organiser sees of one delegate."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from confsvc.domain.attendance_history import Story, read_story
from confsvc.domain.attendance_marks import Marks, read_marks
from confsvc.domain.passes import link_token
from confsvc.domain.seating import Standing, namesakes_of, read_standings
from confsvc.domain.work import Work
from confsvc.models import Attendance, Conference, Delegate, Site


@dataclass(frozen=True, slots=True)
class DelegatePage:
    """`hall` is the name of the site where the person is present; `namesakes` are those of the unit who may be the same person."""

    conference: Conference
    delegate: Delegate
    attendance: Attendance
    marks: Marks
    hall: str
    standing: Standing
    namesakes: Sequence[Delegate]
    story: Story
    link_token: str


def read_delegate_page(work: Work, conference_id: int, delegate_id: int) -> DelegatePage:
    """The delegate with everything around; raises NotFound for a conference the actor does not organise."""
    story = read_story(work, conference_id, delegate_id)
    conference, delegate, attendance = story.conference, story.delegate, story.attendance
    hall = work.session.scalar(select(Site.name).where(Site.id == attendance.site_id)) if attendance.site_id else ""
    return DelegatePage(
        conference=conference,
        delegate=delegate,
        attendance=attendance,
        marks=read_marks(work, conference, [attendance]),
        hall=hall or "",
        standing=read_standings(work, [delegate.mandate])[delegate.mandate_id],
        namesakes=namesakes_of(work, delegate),
        story=story,
        link_token=link_token(work, delegate),
    )
