"""What an answer from somebody's calendar comes to: taken by the rule of their own link, shown to the organiser, or left.

Nobody is believed for what they claim to be: the UID must be one that we sent (they cannot be guessed), and ATTENDEE and From must both be
the very address it was sent to. Order follows RFC 5546 §2.1.5: by SEQUENCE, then DTSTAMP.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from confsvc.domain.access import organised_conference
from confsvc.domain.errors import Invalid, WrongState
from confsvc.domain.inbound_mail import CalendarAnswer, InboundMail
from confsvc.domain.replies import ANSWERABLE, BY_CALENDAR, REASON_MAX_CHARACTERS, answer_invitation
from confsvc.domain.work import DelegateActor, Work
from confsvc.models import CalendarEntry, Conference, Delegate
from confsvc.models.mail import Received

REPLIES = {"ACCEPTED": "accepted", "DECLINED": "declined"}
# Reasons of rows that are the person's own word, in whose order later ones are judged; the first: it was taken.
OWN_WORD = ("", "tentative", "delegated", "one_session", "not_possible")


@dataclass(frozen=True, slots=True)
class Finding:
    """What is made of one thing that came in: the columns of a row of `Received`, `reason` a code."""

    kind: str
    outcome: str
    reason: str
    conference_id: int | None = None
    delegate_id: int | None = None
    entry_id: int | None = None
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Case:
    """An answer to an entry that went out by mail, and all that it is judged by; read while nobody else writes the conference."""

    mail: InboundMail
    answer: CalendarAnswer
    entry: CalendarEntry
    conference: Conference
    delegate: Delegate | None

    @property
    def told_sequence(self) -> int:
        return int((self.entry.told or {}).get("sequence", self.entry.sequence))

    def find(self, outcome: str, reason: str, **more: Any) -> Finding:
        kind = "counter" if self.answer.method == "COUNTER" else "reply"
        about = (self.conference.id, self.delegate.id if self.delegate else None, self.entry.id)
        return Finding(kind, outcome, reason, *about, detail={**_said(self.answer), **_scope(self.entry), **more})


def judge_answer(work: Work, mail: InboundMail, answer: CalendarAnswer) -> Finding:
    """Take the answer where it may be taken, and say what became of it. Asks no permission: the mail is the permission."""
    uid = (CalendarEntry.uid == answer.uid, CalendarEntry.told_to != "")
    conference_id = work.session.scalar(select(CalendarEntry.conference_id).where(*uid))
    if conference_id is None:
        return Finding("counter" if answer.method == "COUNTER" else "reply", "ignored", "unknown_entry")
    conference = organised_conference(work, conference_id, lock=True)
    entry = work.session.scalars(select(CalendarEntry).where(*uid).execution_options(populate_existing=True)).one()
    delegate = work.session.get(Delegate, entry.delegate_id, populate_existing=True) if entry.delegate_id else None
    case = _Case(mail, answer, entry, conference, delegate)
    if conference.state not in ANSWERABLE or conference.ends_at <= work.now:
        return case.find("ignored", "over")
    if delegate is None or entry.cancelled_at is not None:
        return case.find("ignored", "taken_out")
    doubt = _doubt(case, delegate)
    if doubt:
        return case.find("shown", doubt)
    return (
        case.find("shown", "proposal", answered_sequence=min(answer.sequence, case.told_sequence))
        if answer.method == "COUNTER"
        else _judge(work, case, delegate)
    )


def _doubt(case: _Case, delegate: Delegate) -> str:
    """Why this may be somebody else's word; empty if nothing says so."""
    told_to = case.entry.told_to.lower()
    if case.answer.attendee != told_to:
        return "other_attendee"
    if case.mail.sender != told_to:
        return "other_sender"
    return "address_changed" if delegate.email.lower() != told_to else ""


def _judge(work: Work, case: _Case, delegate: Delegate) -> Finding:
    """An answer that is the person's own word."""
    answer = case.answer
    stamped = min(answer.stamped_at or work.now, work.now)
    sequence = min(answer.sequence, case.told_sequence)
    order: dict[str, Any] = {"order": [sequence, stamped.isoformat()], "partstat": answer.partstat}
    if _is_outdated(work, case, delegate, sequence, stamped):
        return case.find("ignored", "outdated")
    if sequence < case.told_sequence:
        return case.find("shown", "earlier_version")
    match answer.partstat:
        case "TENTATIVE" | "DELEGATED":
            return case.find("shown", answer.partstat.lower(), **order)
        case "ACCEPTED" | "DECLINED":
            if answer.partstat == "DECLINED" and not _declines_everything(work, case.entry):
                return case.find("shown", "one_session", **order)
            return case.find(*_set_answer(work, case, delegate), **order)
    return case.find("ignored", "says_nothing")


def _set_answer(work: Work, case: _Case, delegate: Delegate) -> tuple[str, str]:
    """Outcome and reason of answering as the delegate would by their link."""
    reply = REPLIES[case.answer.partstat]
    reason = case.answer.comment[:REASON_MAX_CHARACTERS].strip() or BY_CALENDAR
    try:
        answer_invitation(replace(work, actor=DelegateActor(delegate.id)), reply=reply, reason=reason, client_ref=f"mail:{case.mail.digest}:{case.entry.id}")
    except (Invalid, WrongState):
        return "refused", "not_possible"
    return "taken", ""


def _is_outdated(work: Work, case: _Case, delegate: Delegate, sequence: int, stamped: datetime) -> bool:
    """Whether the person has said something later already: in an answer to this entry, or by their own link."""
    own = select(Received).where(Received.delegate_id == delegate.id, Received.kind == "reply", Received.reason.in_(OWN_WORD))
    last = work.session.scalars(own.where(Received.entry_id == case.entry.id).order_by(Received.id.desc()).limit(1)).first()
    if last is not None and (sequence, stamped) < _order(last):
        return True
    by_mail = work.session.scalar(select(func.max(Received.received_at)).where(Received.delegate_id == delegate.id, Received.outcome == "taken"))
    by_link = delegate.replied_at is not None and (by_mail is None or delegate.replied_at > by_mail)
    return by_link and delegate.replied_at is not None and stamped < delegate.replied_at


def _declines_everything(work: Work, entry: CalendarEntry) -> bool:
    """Whether every other entry that this person's calendar holds was declined too, so that they do not come at all."""
    held = (CalendarEntry.delegate_id == entry.delegate_id, CalendarEntry.told_to != "", CalendarEntry.cancelled_at.is_(None), CalendarEntry.id != entry.id)
    others = work.session.scalars(select(CalendarEntry.id).where(*held)).all()
    if not others:
        return True
    newest = select(func.max(Received.id)).where(Received.delegate_id == entry.delegate_id, Received.kind == "reply", Received.reason.in_(OWN_WORD))
    last = work.session.scalars(select(Received).where(Received.id.in_(newest.where(Received.entry_id.in_(others)).group_by(Received.entry_id))))
    return {one.entry_id for one in last if one.detail.get("partstat") == "DECLINED"} == set(others)


def _order(row: Received) -> tuple[int, datetime]:
    sequence, stamped = row.detail["order"]
    return sequence, datetime.fromisoformat(stamped)


def _said(answer: CalendarAnswer) -> dict[str, Any]:
    """What was said, for the page that shows it: only what says something."""
    wished = answer.proposal
    moments = {name: value.isoformat() for name, value in (("starts_at", wished.starts_at), ("ends_at", wished.ends_at)) if value}
    texts = {"partstat": answer.partstat, "attendee": answer.attendee, "comment": answer.comment, "delegated_to": answer.delegated_to, "place": wished.place}
    return {**{name: text for name, text in texts.items() if text}, **moments}


def _scope(entry: CalendarEntry) -> dict[str, Any]:
    """The title of the session that the entry is about."""
    title = ((entry.told or {}).get("content") or {}).get("title", "") if entry.scope.startswith("session:") else ""
    return {"session": title} if title else {}
