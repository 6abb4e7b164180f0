"""A conference that is held on another day begins empty: who had come to the first attempt has not come to the second."""

from sqlalchemy import select

from confsvc.domain.attendance import NewEvent, record_attendance
from confsvc.domain.work import Work
from confsvc.models import Attendance


def take_everybody_back(work: Work, conference_id: int) -> None:
    """A line of the log for each person who is in, has left or waits: it was for a conference that was postponed. Asks no permission."""
    came = select(Attendance.delegate_id, Attendance.state).where(
        Attendance.conference_id == conference_id, Attendance.state.in_(("present", "left", "pending"))
    )
    lines = [
        NewEvent(work.new_id(), "deny" if state == "pending" else "undo", "system", work.now, delegate_id=delegate_id)
        for delegate_id, state in work.session.execute(came.order_by(Attendance.delegate_id))
    ]
    record_attendance(work, conference_id, lines)
