"""The list of conferences, the overview of one, and the forms that make and change it."""

from datetime import datetime, timedelta
from uuid import uuid4

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from confsvc.boundary import begin_reading, runtime
from confsvc.domain.access import organised_conference, real_conference, require_organiser
from confsvc.domain.admissions import count_asking, units_asking
from confsvc.domain.conference_copies import duplicate_conference
from confsvc.domain.conference_lists import SORTS, find_conferences, what_is_missing
from confsvc.domain.conference_states import allowed_steps
from confsvc.domain.conferences import change_conference, create_conference, move_conference
from confsvc.domain.errors import WrongState
from confsvc.domain.figures import read_total
from confsvc.domain.members import list_members
from confsvc.domain.moments import known_timezones, wall_clock
from confsvc.domain.planning import SETTLED_STATES
from confsvc.domain.received_list import count_received
from confsvc.domain.rehearsals import find_rehearsal
from confsvc.domain.work import Work
from confsvc.models import Conference, Unit
from confsvc.models.conference import STATES
from confsvc.web import labels
from confsvc.web.calendar_updates import updates_on_overview
from confsvc.web.conference_forms import ConferenceForm, CopyForm, MemberForm, PeriodForm, blank_conference, standing_conference
from confsvc.web.forms import Form, carry_out
from confsvc.web.messages import error_text
from confsvc.web.template_tools import moment, settled

pages = Blueprint("conferences", __name__)


@pages.get("/")
def start() -> ResponseReturnValue:
    """The way in: an organiser's conferences, everybody else to the sign-in."""
    return redirect(url_for("conferences.index" if current_user.is_authenticated else "sign_in.show"), 303)


@pages.get("/conferences")
def index() -> ResponseReturnValue:
    query, state, sort = request.args.get("q", "")[:100], request.args.get("state", ""), request.args.get("sort", "date")
    state, sort = state if state in STATES else "", sort if sort in SORTS else "date"
    with begin_reading() as work:
        found, sizes = find_conferences(work, query=query, state=state, sort=sort, number=request.args.get("page", 1, type=int))
    return render_template("conferences/list.html", found=found, sizes=sizes, query=query, state=state, sort=sort)


@pages.route("/conferences/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    with begin_reading() as work:
        require_organiser(work)
        form = ConferenceForm(obj=blank_conference(work.now, runtime().settings.default_timezone))
    if form.validate_on_submit():
        done = carry_out(form, lambda work: _show_url(create_conference(work, form.entry(work)).id))
        if done:
            return done
    return render_template("conferences/new.html", form=form, timezones=known_timezones()), form.status


@pages.get("/conferences/<int:conference_id>")
def show(conference_id: int) -> ResponseReturnValue:
    return show_overview(conference_id, MemberForm(formdata=None))


def show_overview(conference_id: int, form: Form, status: int = 200) -> ResponseReturnValue:
    """The overview, with what went wrong with a form that stands on it."""
    with begin_reading() as work:
        conference = organised_conference(work, conference_id)
        site_count, figures = read_total(work, conference_id)
        missing = what_is_missing(work, conference) if conference.state in ("draft", "published", "postponed") else []
        members = list_members(work, conference_id)
        rehearsal = find_rehearsal(work, conference_id) if conference.rehearses_id is None else None
        to_look_at = count_received(work, conference_id)
        updates = updates_on_overview(work, conference, people=figures.named)
        asking = count_asking(work, conference_id)
        asking_units = units_asking(work, conference_id) if asking else []
        questions = _step_questions(conference, work.now, asking=asking, rehearsed=rehearsal is not None)
    return render_template(
        "conferences/show.html",
        conference=conference,
        site_count=site_count,
        figures=figures,
        missing=[what for what in missing if what not in labels.TO_CHECK],
        to_check=[what for what in missing if what in labels.TO_CHECK],
        members=members,
        steps={step: uuid4() for step in allowed_steps(conference.state, rehearsal=conference.rehearses_id is not None)},
        rehearsal=rehearsal,
        updates=updates,
        updates_key=uuid4(),
        to_look_at=to_look_at,
        asking=asking,
        asking_units=asking_units,
        questions=questions,
        can_change=not settled(conference),
        form=form,
        member_form=form if isinstance(form, MemberForm) else MemberForm(formdata=None),
    ), status


@pages.route("/conferences/<int:conference_id>/edit", methods=["GET", "POST"])
def edit(conference_id: int) -> ResponseReturnValue:
    with begin_reading() as work:
        conference = real_conference(work, conference_id)
        if request.method == "GET" and conference.state in SETTLED_STATES:
            raise WrongState(state=conference.state, step="change_plan")
        host = work.session.get(Unit, conference.host_unit_id) if conference.host_unit_id else None
        form = ConferenceForm(obj=standing_conference(conference, host))
    if form.validate_on_submit():

        def change(work: Work) -> str:
            version, move_agenda = form.version.data or 0, bool(form.move_agenda.data)
            change_conference(work, conference_id, form.entry(work), version=version, move_agenda=move_agenda)
            return _show_url(conference_id)

        done = carry_out(form, change)
        if done:
            flash(_("The conference was saved."), "success")
            return done
    return render_template("conferences/edit.html", form=form, conference=conference, timezones=known_timezones()), form.status


@pages.route("/conferences/<int:conference_id>/duplicate", methods=["GET", "POST"])
def duplicate(conference_id: int) -> ResponseReturnValue:
    with begin_reading() as work:
        conference = real_conference(work, conference_id)
    form = CopyForm(data={"title": conference.title})
    if form.validate_on_submit():

        def copy(work: Work) -> str:
            made = duplicate_conference(work, conference_id, title=form.title.data or "", starts_at=form.begins(conference.timezone))
            if made.left_out:
                words = ngettext(
                    "%(num)s unit that has ended without one successor was not invited: %(names)s",
                    "%(num)s units that have ended without one successor were not invited: %(names)s",
                    len(made.left_out),
                    names=", ".join(made.left_out),
                )
                flash(words, "warning")
            return _show_url(made.conference.id)

        done = carry_out(form, copy)
        if done:
            flash(_("The copy is a draft: please look through it."), "success")
            return done
    return render_template("conferences/duplicate.html", form=form, conference=conference), form.status


@pages.post("/conferences/<int:conference_id>/<any(publish, start, close, postpone, cancel):step>")
def move(conference_id: int, step: str) -> ResponseReturnValue:
    """Take a step from the overview; where it cannot be taken any more the overview says so."""
    form = Form()
    if form.validate_on_submit():

        def go(work: Work) -> str:
            moved = move_conference(work, conference_id, step, version=form.version.data or 0)
            flash(_("The rehearsal was closed.") if moved.rehearses_id is not None else str(labels.STEPS_TAKEN[step]), "success")
            return _show_url(conference_id)

        try:
            done = carry_out(form, go)
        except WrongState as error:
            flash(str(error_text(error.code, error.fields)), "error")
            return show_overview(conference_id, MemberForm(formdata=None), 409)
        if done:
            return done
    return show_overview(conference_id, form, form.status)


@pages.route("/conferences/<int:conference_id>/resume", methods=["GET", "POST"])
def resume(conference_id: int) -> ResponseReturnValue:
    """Give a postponed conference its new time."""
    with begin_reading() as work:
        conference = organised_conference(work, conference_id)
        if "resume" not in allowed_steps(conference.state):
            raise WrongState(state=conference.state, step="resume")
    times = {name: wall_clock(getattr(conference, name), conference.timezone) for name in ("starts_at", "ends_at")}
    form = PeriodForm(data={**times, "version": conference.version})
    if form.validate_on_submit():

        def go(work: Work) -> str:
            starts_at, ends_at = form.period(conference.timezone)
            move_conference(work, conference_id, "resume", version=form.version.data or 0, starts_at=starts_at, ends_at=ends_at)
            flash(str(labels.STEPS_TAKEN["resume"]), "success")
            return _show_url(conference_id)

        done = carry_out(form, go)
        if done:
            return done
    return render_template("conferences/resume.html", form=form, conference=conference), form.status


def _step_questions(conference: Conference, now: datetime, *, asking: int, rehearsed: bool) -> dict[str, str]:
    """What is asked before each step; starting names a beginning that is far off and a rehearsal, closing those who wait for a decision."""
    questions = {step: str(question) for step, question in labels.STEP_QUESTIONS.items()}
    if conference.starts_at - now > timedelta(days=1):
        questions["start"] = str(labels.START_EARLY_QUESTION) % {"moment": moment(conference.starts_at, conference.timezone)}
    if rehearsed:
        questions["start"] += " " + _("There is still a rehearsal: devices that were paired for it do not count. Pair them anew, and wipe it.")
    if conference.rehearses_id is not None:
        questions["close"] = _("Close the rehearsal? Its desks are refused from then on, and its report can be read. The conference itself is not touched.")
    if asking:
        waiting = ngettext(
            "%(num)s person still waits for a decision and stays undecided: not present unless an organiser says so afterwards.",
            "%(num)s people still wait for a decision and stay undecided: not present unless an organiser says so afterwards.",
            asking,
        )
        questions["close"] = f"{questions['close']} {waiting}"
    return questions


def _show_url(conference_id: int) -> str:
    return url_for("conferences.show", conference_id=conference_id)
