"""Everything that comes in by mail is kept once, with what was made of it."""

import hashlib
from collections.abc import Sequence

from sqlalchemy import func, select

from confsvc.domain.calendar_replies import Finding, judge_answer
from confsvc.domain.inbound_mail import Bounce, InboundMail
from confsvc.domain.outbox import note_bounced
from confsvc.domain.work import Work
from confsvc.models.mail import Message, Received

REPEATED = "repeated"


def take_mail(work: Work, mail: InboundMail) -> tuple[str, ...]:
    """Do what the message asks for and may ask for, and keep that; one of models.mail.OUTCOMES for each thing it says, or REPEATED.

    The same message twice does nothing the second time. Of what concerns no conference nothing is kept but that it was there.
    Asks no permission.
    """
    if work.session.scalar(select(func.count()).where(Received.digest == mail.digest)):
        return (REPEATED,)
    found: list[Finding] = []
    for number, answer in enumerate(mail.answers):
        # Each is kept before the next is judged: the answers to several sessions are one answer together.
        found.append(judge_answer(work, mail, answer))
        _keep(work, mail, found[-1], number)
    if not found:
        found = [_bounced(work, mail.bounce) if mail.bounce else _letter(work, mail)]
        _keep(work, mail, found[0], 0)
    return tuple(finding.outcome for finding in found)


def _bounced(work: Work, bounce: Bounce) -> Finding:
    for name in bounce.message_ids:
        message = note_bounced(work, f"<{name}>", error=bounce.why)
        if message is not None:
            detail = {"address": message.to_address, "name": message.to_name, "why": bounce.why, "purpose": message.purpose}
            return Finding(
                "bounce", "shown", "bounced", message.conference_id, message.delegate_id, message.entry_id, {**detail, "mandate_id": message.mandate_id}
            )
    return Finding("bounce", "ignored", "unrelated")


def _letter(work: Work, mail: InboundMail) -> Finding:
    """Words to people: shown if they answer one of our messages and nobody's absence wrote them."""
    answered = _answered(work, mail.refers_to)
    if answered is None:
        return Finding("other", "ignored", "automatic" if mail.automatic else "unrelated")
    outcome, reason = ("ignored", "automatic") if mail.automatic else ("shown", "letter")
    return Finding("other", outcome, reason, answered.conference_id, answered.delegate_id, None, {"text": mail.text})


def _answered(work: Work, names: Sequence[str]) -> Message | None:
    """The newest of our messages among these."""
    wanted = select(Message).where(Message.message_id.in_([f"<{name}>" for name in names])).order_by(Message.id.desc()).limit(1)
    return work.session.scalars(wanted).first() if names else None


def _keep(work: Work, mail: InboundMail, finding: Finding, number: int) -> None:
    digest = mail.digest if number == 0 else hashlib.sha256(f"{mail.digest}:{number}".encode()).hexdigest()
    row = Received(digest=digest, kind=finding.kind, outcome=finding.outcome, reason=finding.reason, received_at=work.now, detail={})
    if finding.conference_id is not None:
        row.conference_id, row.delegate_id, row.entry_id, row.detail = finding.conference_id, finding.delegate_id, finding.entry_id, finding.detail
        row.from_address, row.subject = mail.sender or mail.written_from, mail.subject
    work.session.add(row)
    work.session.flush()
