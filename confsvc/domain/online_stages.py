"""How far somebody is with joining online: what their page offers and tells."""

from datetime import datetime

from confsvc.domain.attendance_log import opens_at
from confsvc.models import Attendance, Conference

# `none`: nobody joins this conference from elsewhere. `early`, `open`: the button is not there yet, or is. `waiting`,
# `present`: joined. `gone`: joined or came, and has left. `elsewhere`: there is nothing to join for (in the hall, replaced,
# not admitted, postponed). `over`: closed or cancelled.
STAGES = ("none", "early", "open", "waiting", "present", "gone", "elsewhere", "over")
# The page is to be kept open, and heard.
JOINED = ("waiting", "present")
JOINABLE = ("open", "gone")


def stage_of(conference: Conference, attendance: Attendance, now: datetime) -> str:
    """One of STAGES for somebody of whom this is the attendance."""
    if conference.mode == "in_person":
        return "none"
    if conference.state in ("closed", "cancelled"):
        return "over"
    if conference.state not in ("published", "in_progress"):
        return "elsewhere"
    match attendance.state:
        case "present":
            return "present" if attendance.mode == "online" else "elsewhere"
        case "pending":
            return "waiting" if attendance.mode == "online" else "elsewhere"
        case "substituted" | "not_admitted":
            return "elsewhere"
    if conference.state == "published" and now < opens_at(conference):
        return "early"
    return "gone" if attendance.state == "left" else "open"


def stage_key(stage: str, since: datetime | None) -> str:
    """A short text for a stage and when it began."""
    return f"{stage}-{int(since.timestamp()) if since else 0}"
