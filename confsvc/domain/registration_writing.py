"""When units were written to about their lists: with their link, or to remind them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from confsvc.domain.work import Work
from confsvc.models import Message, RegistrationChange

REMINDER = "registration_reminder"
LATELY = timedelta(days=1)
NOT_SENT = ("failed", "bounced", "dropped")


@dataclass(frozen=True, slots=True)
class Written:
    """The last message to a unit: `reminds` if it was a reminder, `has_link` if the link it tells of is still the unit's."""

    at: datetime
    reminds: bool
    has_link: bool


def last_written(work: Work, mandate_ids: Sequence[int]) -> dict[int, Written]:
    """Mandate id → the last message, for those that were written to; asks no permission. One query."""
    line = RegistrationChange
    told = line.mandate_id.in_(mandate_ids) & line.kind.in_(("link_made", "link_sent"))
    latest = select(func.max(line.id)).where(told).group_by(line.mandate_id, line.kind)
    lines = work.session.scalars(select(line).where(line.id.in_(latest))).all()
    made = {one.mandate_id: one.id for one in lines if one.kind == "link_made"}
    sent = [one for one in lines if one.kind == "link_sent"]
    return {one.mandate_id: Written(one.at, one.detail.get("purpose") == REMINDER, one.id > made.get(one.mandate_id, 0)) for one in sent}


def count_reminded(work: Work, mandate_ids: Sequence[int]) -> int:
    """How many of these units were reminded within the last day; asks no permission. One query."""
    reminded = (Message.purpose == REMINDER, ~Message.is_test, Message.state.not_in(NOT_SENT), Message.created_at > work.now - LATELY)
    return work.session.scalars(select(func.count(func.distinct(Message.mandate_id))).where(Message.mandate_id.in_(mandate_ids), *reminded)).one()
