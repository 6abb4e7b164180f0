"""Conferences: made, changed, moved from state to state."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from confsvc.domain.access import acting_account_id, organised_conference, require_organiser
from confsvc.domain.attendance import NewEvent, record_attendance
from confsvc.domain.attendance_log import late_after
from confsvc.domain.calendar_marks import calendars_changed
from confsvc.domain.conference_states import state_after
from confsvc.domain.edits import claim_version
from confsvc.domain.errors import Invalid
from confsvc.domain.facts import ConferenceStateChanged, RosterChanged
from confsvc.domain.links import normal_link
from confsvc.domain.moments import FIRST_YEAR, LAST_YEAR, require_timezone, shifted, wall_clock
from confsvc.domain.outbox import release_calendars
from confsvc.domain.planning import line, planned_conference
from confsvc.domain.postponement import take_everybody_back
from confsvc.domain.reminder_rules import make_usual_reminders
from confsvc.domain.tallies import recount_sites
from confsvc.domain.text import clean_lines, fold, text_sort_key
from confsvc.domain.work import UNSYNCED, AccountActor, Work
from confsvc.models import AgendaItem, AgendaSession, Attendance, AttendanceEvent, Conference, ConferenceMember, Site, Unit
from confsvc.models.conference import ADDRESS_FORMS, ENTRY_RULES, MAIL_LANGUAGES, MODES, ONLINE_RULES, UPDATE_RULES, WALK_IN_RULES

LONGEST = timedelta(days=31)
CHECK_IN_MINUTES_MAX = 24 * 60
LATE_MINUTES_MAX = 24 * 60
CHOICES = {
    "mode": MODES,
    "address_form": ADDRESS_FORMS,
    "walk_in_rule": WALK_IN_RULES,
    "online_rule": ONLINE_RULES,
    "entry_rule": ENTRY_RULES,
    "update_rule": UPDATE_RULES,
    "mail_languages": MAIL_LANGUAGES,
}
NOTES_MAX_CHARACTERS = 10_000


@dataclass(frozen=True, slots=True)
class ConferenceEntry:
    """What is told of a conference; moments are aware, `check_in_minutes` is how long before the start desks open.

    Who arrives more than `late_minutes` after the start is late; the rules are those of `Conference`.
    """

    title: str
    mode: str
    timezone: str
    starts_at: datetime
    ends_at: datetime
    host_unit_id: int | None = None
    chair_name: str = ""
    chair_position: str = ""
    address_form: str = "delegate"
    video_link: str = ""
    notes: str = ""
    check_in_minutes: int = 120
    late_minutes: int = 15
    walk_in_rule: str = "open"
    online_rule: str = "counts"
    registration_deadline: datetime | None = None
    entry_rule: str = "conference"
    update_rule: str = "automatic"
    mail_languages: str = "vi"


def create_conference(work: Work, entry: ConferenceEntry) -> Conference:
    """A draft that the acting account organises; the server itself makes one without a member. Raises Invalid."""
    require_organiser(work)
    conference = Conference(uid=work.new_id(), state="draft", created_at=work.now, revision=0, version=1)
    _fill(work, conference, entry)
    work.session.add(conference)
    work.session.flush()
    if isinstance(work.actor, AccountActor):
        work.session.add(ConferenceMember(conference_id=conference.id, account_id=work.actor.account_id))
        work.session.flush()
    make_usual_reminders(work, conference.id)
    return conference


def change_conference(work: Work, conference_id: int, entry: ConferenceEntry, *, version: int, move_agenda: bool = False) -> Conference:
    """Change a conference that is neither closed nor cancelled; raises WrongState, EditConflict or Invalid.

    `move_agenda` lets the agenda follow when the start is moved, and the end with it unless that was changed as well.
    Nobody who was invited is told of a start that has passed by the time it is set; what is in progress may have begun whenever it did.
    """
    conference = planned_conference(work, conference_id)
    claim_version(work, conference, version)
    started, zone, due = conference.starts_at, conference.timezone, late_after(conference.starts_at, conference.late_minutes)
    if conference.state == "published" and conference.invited_at and entry.starts_at != started and entry.starts_at < work.now:
        raise Invalid("starts_at", "start_past")
    _fill(work, conference, _with_end_following(conference, entry) if move_agenda else entry)
    if move_agenda:
        shift_agenda(work, conference, started, zone)
    work.session.flush()
    if late_after(conference.starts_at, conference.late_minutes) != due:
        _judge_lateness_anew(work, conference)
    calendars_changed(work, conference.id)
    work.tell(RosterChanged(conference.id))
    return conference


def move_conference(
    work: Work, conference_id: int, step: str, *, version: int, starts_at: datetime | None = None, ends_at: datetime | None = None
) -> Conference:
    """Take a step of `conference_states.STEPS`; `resume` needs the new period, and the agenda follows its start.

    `close` is a line of the attendance log: from that moment on desks are not heard any more, and whoever still waits for a
    decision does not count as present unless an organiser says so afterwards.

    A rehearsal can only be closed. Raises WrongState, EditConflict, or Invalid `conference_needs_site` for publishing without a site.
    """
    conference = organised_conference(work, conference_id, lock=True)
    state = state_after(conference.state, step, rehearsal=conference.rehearses_id is not None)
    claim_version(work, conference, version)
    if step == "publish" and not work.session.scalar(select(Site.id).where(Site.conference_id == conference_id).limit(1)):
        raise Invalid("sites", "conference_needs_site")
    if step == "resume":
        if starts_at is None or ends_at is None:
            raise Invalid("starts_at" if starts_at is None else "ends_at", "required")
        started = conference.starts_at
        _set_period(conference, starts_at, ends_at)
        if conference.registration_deadline and conference.registration_deadline >= starts_at:
            conference.registration_deadline = None
        shift_agenda(work, conference, started, conference.timezone)
        # It has not been started at its new time: check-in opens as for any other, and the halls are empty.
        conference.started_at, conference.resumed_at = None, work.now
        work.session.flush()
        take_everybody_back(work, conference.id)
        _judge_lateness_anew(work, conference)
    if step == "start":
        conference.started_at = work.now
    if step == "close":
        told = NewEvent(work.new_id(), "close", "organiser", work.now, account_id=acting_account_id(work))
        record_attendance(work, conference_id, [told])
        # Another process may have read its clock after this one and still have written first.
        recorded = select(func.max(AttendanceEvent.recorded_at)).where(AttendanceEvent.conference_id == conference_id)
        conference.closed_at = work.session.scalars(recorded).one()
    if step == "cancel":
        release_calendars(work, conference.id)
    conference.state = state
    calendars_changed(work, conference.id)
    work.tell(ConferenceStateChanged(conference.id, state))
    return conference


def shift_agenda(work: Work, conference: Conference, started: datetime, zone: str) -> None:
    """Move the agenda as the start was moved from `started` (in `zone`): by the same distance on the wall clock."""
    by = wall_clock(conference.starts_at, conference.timezone) - wall_clock(started, zone)
    if not by and zone == conference.timezone:
        return
    for session in work.session.scalars(select(AgendaSession).where(AgendaSession.conference_id == conference.id)):
        session.starts_at = shifted(session.starts_at, by, zone, conference.timezone)
        session.ends_at = shifted(session.ends_at, by, zone, conference.timezone)
        session.version += 1
    for item in work.session.scalars(select(AgendaItem).where(AgendaItem.conference_id == conference.id, AgendaItem.fixed_start.is_not(None))):
        if item.fixed_start:
            item.fixed_start = shifted(item.fixed_start, by, zone, conference.timezone)
            item.version += 1


def _with_end_following(conference: Conference, entry: ConferenceEntry) -> ConferenceEntry:
    """The entry with the end as far behind the start as it stands, where clocks are to show the same end as before."""
    zone, typed = conference.timezone, require_timezone(entry.timezone)
    is_possible = FIRST_YEAR <= entry.starts_at.year <= LAST_YEAR
    if not is_possible or wall_clock(entry.ends_at, typed) != wall_clock(conference.ends_at, zone):
        return entry
    by = wall_clock(entry.starts_at, typed) - wall_clock(conference.starts_at, zone)
    return replace(entry, ends_at=shifted(conference.ends_at, by, zone, typed, field="ends_at"))


def _fill(work: Work, conference: Conference, entry: ConferenceEntry) -> None:
    conference.title = line("title", entry.title, 300, required=True)
    conference.title_fold, conference.title_sort = fold(conference.title)[:300], text_sort_key(conference.title)
    for field, choices in CHOICES.items():
        if getattr(entry, field) not in choices:
            raise Invalid(field, "not_a_choice")
        setattr(conference, field, getattr(entry, field))
    conference.timezone = require_timezone(entry.timezone)
    _set_period(conference, entry.starts_at, entry.ends_at)
    _set_deadline(work, conference, entry.registration_deadline)
    conference.chair_name = line("chair_name", entry.chair_name, 200)
    conference.chair_position = line("chair_position", entry.chair_position, 200)
    conference.video_link = normal_link(entry.video_link)
    conference.notes = clean_lines(entry.notes)
    if len(conference.notes) > NOTES_MAX_CHARACTERS:
        raise Invalid("notes", "too_long")
    for field, most in (("check_in_minutes", CHECK_IN_MINUTES_MAX), ("late_minutes", LATE_MINUTES_MAX)):
        if not 0 <= getattr(entry, field) <= most:
            raise Invalid(field, "number_range", least=0, most=most)
        setattr(conference, field, getattr(entry, field))
    _set_host(work, conference, entry.host_unit_id)


def _judge_lateness_anew(work: Work, conference: Conference) -> None:
    """Let everybody who has come be late, or not, by the start and the grace as they are now; tell desks and boards."""
    came = (Attendance.conference_id == conference.id, Attendance.arrived_at.is_not(None))
    is_late = Attendance.arrived_at > late_after(conference.starts_at, conference.late_minutes)
    work.session.execute(update(Attendance).where(*came).values(late=is_late), execution_options=UNSYNCED)
    recount_sites(work, conference.id)


def _set_period(conference: Conference, starts_at: datetime, ends_at: datetime) -> None:
    if not FIRST_YEAR <= starts_at.year <= LAST_YEAR:
        raise Invalid("starts_at", "date_out_of_range", first=FIRST_YEAR, last=LAST_YEAR)
    if ends_at <= starts_at:
        raise Invalid("ends_at", "ends_before_start")
    if ends_at - starts_at > LONGEST:
        raise Invalid("ends_at", "period_too_long", days=LONGEST.days)
    conference.starts_at, conference.ends_at = starts_at, ends_at


def _set_deadline(work: Work, conference: Conference, deadline: datetime | None) -> None:
    """Until when units name their delegates: before the start, and not in the past unless that is how it stands already."""
    if deadline is not None and deadline >= conference.starts_at:
        raise Invalid("registration_deadline", "deadline_after_start")
    if deadline is not None and deadline <= work.now and deadline != conference.registration_deadline:
        raise Invalid("registration_deadline", "deadline_past")
    conference.registration_deadline = deadline


def _set_host(work: Work, conference: Conference, unit_id: int | None) -> None:
    """Set the host and keep the name it has now; later names change it only while the conference is a draft."""
    if unit_id is None:
        conference.host_unit_id, conference.host_name = None, ""
        return
    is_new = unit_id != conference.host_unit_id
    unit = work.session.get(Unit, unit_id)
    if unit is None or (is_new and unit.valid_to is not None):
        raise Invalid("host_unit", "unit_unknown")
    if is_new or conference.state == "draft":
        conference.host_unit_id, conference.host_name = unit.id, unit.name
