"""What is wrong with the mail of one person or one unit, for the pages that show them."""

from sqlalchemy import ColumnElement, func, select

from confsvc.domain.work import Work
from confsvc.models import Delegate, Mandate
from confsvc.models.mail import Message, Received

# A message that stands so was handed over and has come to its end.
ENDED = ("sent", "failed", "bounced")


def undelivered_to_delegate(work: Work, delegate: Delegate) -> Message | None:
    """The last message to this person at their present address, if it did not arrive; asks no permission."""
    return _undelivered(work, Message.delegate_id == delegate.id, delegate.email)


def undelivered_to_unit(work: Work, mandate: Mandate) -> Message | None:
    """The last message to the liaison at their present address, if it did not arrive; asks no permission."""
    return _undelivered(work, Message.mandate_id == mandate.id, mandate.liaison_email)


def count_waiting_from(work: Work, delegate: Delegate) -> int:
    """How much that came in about this person is to be looked at; asks no permission."""
    return work.session.scalar(select(func.count()).where(Received.delegate_id == delegate.id, Received.outcome == "shown")) or 0


def _undelivered(work: Work, about: ColumnElement[bool], address: str) -> Message | None:
    if not address:
        return None
    ended = (about, Message.to_address == address, Message.state.in_(ENDED), Message.is_test.is_(False))
    last = work.session.scalars(select(Message).where(*ended).order_by(Message.id.desc()).limit(1)).first()
    return last if last is not None and last.state != "sent" else None
