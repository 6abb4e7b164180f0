"""Every table; importing this package fills `Base.metadata`."""

from confsvc.models.account import Account
from confsvc.models.agenda import AgendaItem, AgendaSession
from confsvc.models.attendance import Attendance, AttendanceEvent, OnlinePresence
from confsvc.models.base import Base
from confsvc.models.calendar import CalendarEntry, FeedLink
from confsvc.models.cluster import ToldFact, Worker, WorkerDesk
from confsvc.models.conference import Conference, ConferenceMember
from confsvc.models.delegate import Delegate, Mandate, Pass
from confsvc.models.delegate_import import DelegateImport
from confsvc.models.desk import Desk, HandedOver, Pairing
from confsvc.models.follow_up import FollowUp
from confsvc.models.mail import LetterText, Mailing, Message, Received, Reminder
from confsvc.models.registration import RegistrationChange
from confsvc.models.site import Site, SiteTally
from confsvc.models.submission import Submission
from confsvc.models.unit import Unit, UnitMove, UnitSuccession

__all__ = [
    "Account",
    "AgendaItem",
    "AgendaSession",
    "Attendance",
    "AttendanceEvent",
    "Base",
    "CalendarEntry",
    "Conference",
    "ConferenceMember",
    "Delegate",
    "DelegateImport",
    "Desk",
    "FeedLink",
    "FollowUp",
    "HandedOver",
    "LetterText",
    "Mailing",
    "Mandate",
    "Message",
    "OnlinePresence",
    "Pairing",
    "Pass",
    "Received",
    "RegistrationChange",
    "Reminder",
    "Site",
    "SiteTally",
    "Submission",
    "ToldFact",
    "Unit",
    "UnitMove",
    "UnitSuccession",
    "Worker",
    "WorkerDesk",
]
