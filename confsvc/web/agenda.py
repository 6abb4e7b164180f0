"""The pages on which a conference's agenda is planned."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from confsvc.boundary import begin_reading
from confsvc.domain.access import organised_conference
from confsvc.domain.agenda import (
    add_item,
    add_session,
    change_item,
    change_session,
    move_item,
    order_mark,
    organised_item,
    organised_session,
    read_agenda,
    remove_item,
    remove_session,
)
from confsvc.domain.agenda_setting import Presenter, find_presenters, read_setting
from confsvc.domain.agenda_warnings import AgendaWarning, agenda_warnings
from confsvc.domain.errors import InUse
from confsvc.domain.work import Work
from confsvc.web.agenda_forms import ItemForm, SessionForm
from confsvc.web.agenda_labels import AGENDA_WARNINGS
from confsvc.web.fields import read_id
from confsvc.web.forms import Form, carry_out
from confsvc.web.template_tools import clock, duration

pages = Blueprint("agenda", __name__, url_prefix="/conferences/<int:conference_id>/agenda")


def _url(conference_id: int, anchor: str | None = None, **query: Any) -> str:
    """The agenda; with an anchor browsers leave `autofocus` alone, so it is either the one or the other."""
    return url_for("agenda.show", conference_id=conference_id, _anchor=anchor, **query)


def warning_words(warning: AgendaWarning, zone: str) -> str:
    """The sentence of a warning, in the reader's language and the conference's zone."""

    def said(value: str | int | datetime) -> str:
        return clock(value, zone) if isinstance(value, datetime) else duration(value) if isinstance(value, int) else value

    return str(AGENDA_WARNINGS[warning.code]) % {key: said(value) for key, value in warning.fields.items()}


@dataclass(frozen=True)
class Said:
    """The sentences of the warnings: of a session as a whole, and of each item."""

    of_sessions: dict[int, list[str]]
    of_items: dict[int, list[str]]
    count: int

    @classmethod
    def all(cls, warnings: list[AgendaWarning], zone: str) -> "Said":
        said = cls({}, {}, len(warnings))
        for warning in warnings:
            place = said.of_sessions.setdefault(warning.session_id, []) if warning.item_id is None else said.of_items.setdefault(warning.item_id, [])
            place.append(warning_words(warning, zone))
        return said


@pages.get("")
def show(conference_id: int) -> ResponseReturnValue:
    return _show(conference_id)


def _show(conference_id: int, conflict: bool = False) -> ResponseReturnValue:
    with begin_reading() as work:
        conference = organised_conference(work, conference_id)
        agenda = read_agenda(work, conference_id)
        setting = read_setting(work, conference)
    return render_template(
        "agenda/show.html",
        conference=conference,
        agenda=agenda,
        setting=setting,
        said=Said.all(agenda_warnings(agenda, setting), conference.timezone),
        mark=order_mark(scheduled.session for scheduled in agenda),
        form=Form(formdata=None),
        item_form=ItemForm(formdata=None),
        conflict=conflict,
        moved=request.args.get("moved", type=int),
        added=request.args.get("added", type=int),
        way=request.args.get("way", ""),
    ), 409 if conflict else 200


@pages.get("/print")
def printable(conference_id: int) -> ResponseReturnValue:
    """The agenda on paper."""
    with begin_reading() as work:
        conference = organised_conference(work, conference_id)
        agenda = read_agenda(work, conference_id)
        setting = read_setting(work, conference)
    return render_template("agenda/print.html", conference=conference, agenda=agenda, setting=setting)


@pages.route("/sessions/new", methods=["GET", "POST"])
def new_session(conference_id: int) -> ResponseReturnValue:
    with begin_reading() as work:
        conference = organised_conference(work, conference_id)
        form = SessionForm.after(conference, read_agenda(work, conference_id))
    if form.validate_on_submit():

        def add(work: Work) -> str:
            session = add_session(work, conference_id, form.entry())
            return _url(conference_id, f"session-{session.id}")

        done = carry_out(form, add)
        if done:
            return done
    return render_template("agenda/session.html", conference=conference, form=form, session=None), form.status


@pages.route("/sessions/<int:session_id>", methods=["GET", "POST"])
def edit_session(conference_id: int, session_id: int) -> ResponseReturnValue:
    with begin_reading() as work:
        conference = organised_conference(work, conference_id)
        session = organised_session(work, conference_id, session_id)
    form = SessionForm.of(conference, session)
    if form.validate_on_submit():

        def change(work: Work) -> str:
            change_session(work, conference_id, session_id, form.entry(), version=form.version.data or 0)
            return _url(conference_id, f"session-{session_id}")

        done = carry_out(form, change)
        if done:
            return done
    return render_template("agenda/session.html", conference=conference, form=form, session=session), form.status


@pages.post("/sessions/<int:session_id>/remove")
def drop_session(conference_id: int, session_id: int) -> ResponseReturnValue:
    """Remove an empty session; one with items, or one changed meanwhile, stays and the agenda says so."""
    form = Form()

    def drop(work: Work) -> str:
        remove_session(work, conference_id, session_id, version=form.version.data or 0)
        flash(_("The session was removed."), "success")
        return _url(conference_id)

    try:
        done = carry_out(form, drop) if form.validate_on_submit() else None
    except InUse:
        flash(_("The session still has items. Please move or remove them first."), "error")
        done = None
    return done or _show(conference_id, conflict=True)


@pages.route("/sessions/<int:session_id>/items/new", methods=["GET", "POST"])
def new_item(conference_id: int, session_id: int) -> ResponseReturnValue:
    with begin_reading() as work:
        conference = organised_conference(work, conference_id)
        session = organised_session(work, conference_id, session_id)
        form = ItemForm.of(conference)
        people = _offer(work, conference_id, form)

    def add(work: Work) -> str:
        item = add_item(work, conference_id, session_id, form.entry())
        return _url(conference_id, added=item.id)

    if "find" not in request.form and form.validate_on_submit():
        done = carry_out(form, add)
        if done:
            return done
    return _item_page(form, people, conference=conference, session=session, item=None)


@pages.route("/items/<int:item_id>", methods=["GET", "POST"])
def edit_item(conference_id: int, item_id: int) -> ResponseReturnValue:
    with begin_reading() as work:
        conference = organised_conference(work, conference_id)
        item = organised_item(work, conference_id, item_id)
        form = ItemForm.of(conference, item)
        people = _offer(work, conference_id, form)

    def change(work: Work) -> str:
        change_item(work, conference_id, item_id, form.entry(), version=form.version.data or 0)
        return _url(conference_id, f"item-{item_id}")

    if "find" not in request.form and form.validate_on_submit():
        done = carry_out(form, change)
        if done:
            return done
    return _item_page(form, people, conference=conference, session=item.session, item=item)


def _offer(work: Work, conference_id: int, form: ItemForm) -> list[Presenter]:
    """Fill the form's list of sites; the delegates its presenter may be."""
    form.offer(work, conference_id)
    query = form.presenter_name.data or "" if "find" in request.form else ""
    return find_presenters(work, conference_id, query, chosen_id=form.presenter_id.data)


def _item_page(form: ItemForm, people: list[Presenter], **shown: Any) -> ResponseReturnValue:
    return render_template("agenda/item.html", form=form, people=people, searched="find" in request.form, **shown), form.status


@pages.get("/presenters")
def presenters(conference_id: int) -> ResponseReturnValue:
    """The delegates whose name or unit holds `q`, to be put into the form of an item."""
    with begin_reading() as work:
        people = find_presenters(work, conference_id, request.args.get("q", "")[:200])
    return render_template("agenda/_people.html", people=people, chosen=None, searched=True)


@pages.post("/items/<int:item_id>/remove")
def drop_item(conference_id: int, item_id: int) -> ResponseReturnValue:
    form = Form()

    def drop(work: Work) -> str:
        remove_item(work, conference_id, item_id, version=form.version.data or 0)
        flash(_("The item was removed."), "success")
        return _url(conference_id)

    done = carry_out(form, drop) if form.validate_on_submit() else None
    return done or _show(conference_id, conflict=True)


@pages.post("/items/<int:item_id>/move")
def move(conference_id: int, item_id: int) -> ResponseReturnValue:
    """Put an item where `to` (session and place) says; on an order that is out of date nothing moves and the new one is shown."""
    form = Form()
    session, _colon, place = request.form.get("to", "").partition(":")

    def go(work: Work) -> str:
        mark = request.form.get("mark", "")
        move_item(work, conference_id, item_id, session_id=read_id(session) or 0, place=read_id(place) or 0, mark=mark)
        return _url(conference_id, moved=item_id, way=request.args.get("way"))

    done = carry_out(form, go) if form.validate_on_submit() else None
    return done or _show(conference_id, conflict=True)
