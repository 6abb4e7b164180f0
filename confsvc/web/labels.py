"""What the domain's fixed words are called on screen."""

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from confsvc.domain.figures import Figures
from confsvc.domain.replies import BY_CALENDAR

CONFERENCE_STATES: dict[str, LazyString] = {
    "draft": _("Draft"),
    "published": _("Published"),
    "in_progress": _("In progress"),
    "closed": _("Closed"),
    "postponed": _("Postponed"),
    "cancelled": _("Cancelled"),
}
# How a state looks: a class of the badge.
STATE_TONES = {"draft": "", "published": "accent", "in_progress": "good", "closed": "", "postponed": "warn", "cancelled": "bad"}
# What a settled conference does not allow any more, by the blueprint of the page that says it.
_PLAN_SETTLED = _("The conference is over: its sites and its agenda cannot be changed any more.")
_SEATS_SETTLED = _("The conference is over: seats and sites of delegates stay as they are. Names and particulars can still be corrected.")
REHEARSAL_NOTICE = _("The lists of a rehearsal are a copy and stay as they were taken. Change them in the conference itself.")
SETTLED_NOTICES: dict[str, LazyString] = {
    "sites": _PLAN_SETTLED,
    "agenda": _PLAN_SETTLED,
    "mandates": _SEATS_SETTLED,
    "delegates": _SEATS_SETTLED,
    "desks": _("The conference is over: no more desks can be paired."),
}
CONFERENCE_MODES: dict[str, LazyString] = {
    "in_person": _("In person"),
    "online": _("Online"),
    "hybrid": _("In person and online"),
}
ADDRESS_FORMS: dict[str, LazyString] = {
    "comrade": _("Comrade"),
    "sir_madam": _("Sir or Madam"),
    "delegate": _("Delegate"),
}
WALK_IN_RULES: dict[str, LazyString] = {
    "open": _("Let in at the desk"),
    "ask": _("Let in once an organiser agrees"),
    "refuse": _("Turned away"),
}
ONLINE_RULES: dict[str, LazyString] = {
    "counts": _("Present at once"),
    "ask": _("Present once an organiser confirms it"),
}
ENTRY_RULES: dict[str, LazyString] = {
    "conference": _("One for the whole conference"),
    "sessions": _("One for each session"),
}
UPDATE_RULES: dict[str, LazyString] = {
    "automatic": _("By itself, a minute after the change"),
    "ask": _("When an organiser says so"),
}
# What becomes of updates, by the rule of the conference.
UPDATES_GO: dict[str, LazyString] = {
    "automatic": _("The updates go out by themselves, shortly after the last change."),
    "ask": _("The updates wait until an organiser sends them."),
}
TELLINGS: dict[str, LazyString] = {"invite": _("Invited"), "update": _("Changed"), "cancel": _("Taken out")}
TELLING_TONES = {"invite": "good", "update": "accent", "cancel": "bad"}
FEED_KINDS: dict[str, LazyString] = {"site": _("Site"), "unit": _("Invited unit"), "presenter": _("Presenter")}
MAIL_LANGUAGES: dict[str, LazyString] = {
    "vi": _("Vietnamese"),
    "en": _("English"),
    "both": _("Vietnamese and English in one letter"),
}
# Reasons that nobody typed.
FIXED_REASONS: dict[str, LazyString] = {BY_CALENDAR: _("declined in the calendar, without a reason")}
SITE_KINDS: dict[str, LazyString] = {"main": _("Main site"), "remote": _("Remote site")}
REQUIRED_RANKS: dict[str, LazyString] = {
    "head": _("The head in person"),
    "leader": _("A leader"),
    "any": _("Anyone"),
}
RANKS: dict[str, LazyString] = {"head": _("Head"), "leader": _("Leader"), "staff": _("Staff")}
REPLIES: dict[str, LazyString] = {
    "none": _("No answer yet"),
    "accepted": _("Will attend"),
    "declined": _("Will not attend"),
}
# Where the list of a unit stands.
REGISTRATION_STATUSES: dict[str, LazyString] = {
    "registered": _("Registered"),
    "part": _("Partly registered"),
    "not_registered": _("Not registered"),
    "late": _("Registered late"),
    "declined": _("Declined"),
}
REGISTRATION_TONES = {"registered": "good", "part": "warn", "not_registered": "bad", "late": "warn", "declined": ""}
ATTENDANCE_STATES: dict[str, LazyString] = {
    "present": _("Present"),
    "left": _("Has left"),
    "not_yet": _("Not checked in"),
    "excused": _("Excused"),
    "substituted": _("Replaced"),
    "pending": _("Waits for approval"),
    "not_admitted": _("Not admitted"),
}
PRESENT_ONLINE = _("Present online")
# What "not checked in" has become once the conference is closed.
ABSENT = _("Absent without a reason")
# How a state looks: a class of the badge.
ATTENDANCE_TONES = {"present": "good", "left": "warn", "not_yet": "", "excused": "warn", "substituted": "", "pending": "accent", "not_admitted": "bad"}
# What is said of somebody beside the state.
ATTENDANCE_MARKS: dict[str, LazyString] = {
    "late": _("Late"),
    "left_early": _("Left early"),
    "substitute": _("Substitute"),
    "walk_in": _("Walk-in delegate"),
    "corrected": _("Corrected after the close"),
    "told_late": _("Told after the close"),
}
MARK_TONES = {"late": "warn", "left_early": "warn", "substitute": "accent", "walk_in": "accent", "corrected": "bad", "told_late": "bad"}
ORIGINS: dict[str, LazyString] = {"listed": _("Named beforehand"), "substitute": _("Substitute"), "walk_in": _("Walk-in delegate")}
# Counts that are shown where there is anything to count: parts of those present, those who left, people without a seat here.
FURTHER_FIGURES: dict[str, LazyString] = {
    "away": _("Came and left"),
    "late": _("Late"),
    "online": PRESENT_ONLINE,
    "substitutes": _("Substitutes present"),
    "visiting": _("From other sites"),
    "walk_ins": _("Walk-in delegates"),
    "headcount": _("Counted by eye"),
}
REPLY_TONES = {"none": "", "accepted": "good", "declined": "warn"}
ATTENDANCE_MODES: dict[str, LazyString] = {"in_person": _("In person"), "online": _("Online")}
EVENT_METHODS: dict[str, LazyString] = {
    "scan": _("scanned"),
    "name": _("found by name"),
    "form": _("typed at the door"),
    "headcount": _("counted by eye"),
    "organiser": _("by an organiser"),
    "self": _("by the delegate"),
    "join": _("from the personal page"),
    "system": _("by the system"),
}
VERDICTS: dict[str, LazyString] = {
    "accepted": _("Accepted"),
    "repeated": _("Was so already"),
    "moved": _("Moved from another site"),
    "refused": _("Refused"),
}
RESTS_ON_SITE: dict[str, LazyString] = {
    "sites": _("Other sites belong under it."),
    "mandates": _("Units are invited to it."),
    "delegates": _("Delegates have their seats there."),
    "desks": _("Desks have been paired with it."),
    "attendance": _("People have been checked in there."),
}
REMINDER_AUDIENCES: dict[str, LazyString] = {
    "units": _("Units that have not registered, or not completely"),
    "delegates": _("Delegates who are invited and have not declined"),
    "operators": _("Site contacts"),
}
REMINDER_UNITS: dict[str, LazyString] = {"minutes": _("minutes before"), "hours": _("hours before"), "days": _("days before")}
REMINDER_STATES: dict[str, LazyString] = {
    "waits": _("Waits"),
    "due": _("Goes out now"),
    "done": _("Was carried out"),
    "missed": _("Was missed"),
    "off": _("Does not go out"),
}
REMINDER_TONES = {"waits": "accent", "due": "accent", "done": "good", "missed": "warn", "off": ""}


def given_reason(reason: str) -> str:
    """A reason as it was given, in words where nobody typed one."""
    return str(FIXED_REASONS.get(reason, reason))


def attendance_state(state: str, conference_state: str, mode: str = "in_person") -> LazyString:
    """What the state of a person's attendance is called; nobody is absent before the conference is closed."""
    if state == "not_yet" and conference_state == "closed":
        return ABSENT
    return PRESENT_ONLINE if state == "present" and mode == "online" else ATTENDANCE_STATES[state]


def further_figures(figures: Figures) -> dict[str, LazyString]:
    """The names of those counts that say something here."""
    return {key: label for key, label in FURTHER_FIGURES.items() if getattr(figures, key)}


def attendance_filters(conference_state: str) -> dict[str, LazyString]:
    """What a list of people may be narrowed to: states, and what is marked beside them."""
    closed = conference_state == "closed"
    states = {state: attendance_state(state, conference_state) for state in ATTENDANCE_STATES}
    marks = {mark: label for mark, label in ATTENDANCE_MARKS.items() if closed or mark not in ("corrected", "told_late")}
    return {**states, "online": PRESENT_ONLINE, **marks}


CONFERENCE_STEPS: dict[str, LazyString] = {
    "publish": _("Publish"),
    "start": _("Start the conference"),
    "close": _("Close the conference"),
    "postpone": _("Postpone"),
    "resume": _("Set a new time…"),
    "cancel": _("Cancel the conference"),
}
# What is asked before a step that many people feel.
STEP_QUESTIONS: dict[str, LazyString] = {
    "publish": _("Publish the conference? Delegates' personal links and QR codes work from then on."),
    "start": _("Start the conference now? The board and every delegate's page will say that it is in progress."),
    "close": _(
        "Close the conference? Check-in ends and whoever is not present counts as absent. Afterwards only attendance can still be corrected, with a reason."
    ),
    "postpone": _("Postpone the conference? Every delegate's page and calendar will say so at once."),
    "cancel": _("Cancel the conference? Every delegate's page and calendar will say so at once. This cannot be taken back."),
}
# What is asked instead where the beginning is more than a day away.
START_EARLY_QUESTION = _("The conference begins only at %(moment)s. Start it now all the same?")
# What is said once a step was taken.
STEPS_TAKEN: dict[str, LazyString] = {
    "publish": _("The conference was published."),
    "start": _("The conference is in progress now."),
    "close": _("The conference was closed."),
    "postpone": _("The conference was postponed."),
    "resume": _("The conference was published with its new time."),
    "cancel": _("The conference was cancelled."),
}
MISSING: dict[str, LazyString] = {
    "sites": _("There is no site; publishing needs at least one."),
    "main_site": _("No site is the main site."),
    "agenda": _("The agenda is empty."),
    "mandates": _("No unit is invited."),
    "delegates": _("No delegate is named."),
    "host": _("The host unit is not set."),
    "chair": _("The chair is not named."),
    "video_link": _("There is no video link, neither here nor at a site."),
    "future": _("The beginning lies in the past."),
}
# What lacks nothing and is still to be looked at.
TO_CHECK = ("future",)
# Where it can be completed.
MISSING_PLACES = {
    "sites": "sites.index",
    "main_site": "sites.index",
    "agenda": "agenda.show",
    "mandates": "mandates.index",
    "delegates": "delegates.index",
    "host": "conferences.edit",
    "chair": "conferences.edit",
    "video_link": "conferences.edit",
    "future": "conferences.edit",
}
UNIT_CHANGES: dict[str, LazyString] = {"rename": _("Renamed"), "merge": _("Merged"), "split": _("Split")}
RESTS_ON_UNIT: dict[str, LazyString] = {
    "units": _("Other units belong to it, or did."),
    "history": _("It has been renamed, merged or split, or came about that way."),
    "sites": _("Sites of conferences belong to it."),
    "mandates": _("It is invited to a conference."),
    "conferences": _("It is the host of a conference."),
}
# How a missing person stands, and what the button says that notes it.
FOLLOW_UPS: dict[str, LazyString] = {
    "open": _("Not followed up"),
    "called": _("Called"),
    "on_the_way": _("On the way"),
    "excused": _("Excused"),
    "sends_deputy": _("Sends a deputy"),
}
FOLLOW_UP_STEPS: dict[str, LazyString] = {**FOLLOW_UPS, "excused": _("Excused…")}
FOLLOW_UP_TONES = {"open": "bad", "called": "", "on_the_way": "good", "excused": "warn", "sends_deputy": "accent"}
# What people say most often.
EXCUSES = (_("Ill"), _("On a work trip"), _("At another meeting"), _("Family matters"), _("On leave"))
