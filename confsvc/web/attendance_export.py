"""The attendance list to take home: small ones are the answer at once, large ones are made while one looks on."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from uuid import uuid4

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _

from confsvc.boundary import begin_reading, current_actor, runtime
from confsvc.domain.access import acting_account_id
from confsvc.domain.attendance_list import count_roll, read_roll
from confsvc.domain.work import Actor
from confsvc.schemas.attendance_workbook import Sheet, Writing
from confsvc.web.attendance_sheets import sheets
from confsvc.web.language import select_locale
from confsvc.web.paper_runs import Order, Run, paper_runs, rest
from confsvc.web.run_pages import attach_runs, take_made
from confsvc.web.template_tools import marked

pages = Blueprint("attendance_export", __name__, url_prefix="/conferences/<int:conference_id>/attendance/export")
# Whoever is done within this time is answered with the file itself.
PATIENCE_SECONDS = 2.0


@pages.get("")
def make(conference_id: int) -> ResponseReturnValue:
    """The workbook, or the page on which one sees how far it is; asked for again meanwhile, it is the same one."""
    run = _begin(conference_id)
    if not run.is_followed:
        run.over.wait(PATIENCE_SECONDS)
    if run.state == "done" and not run.is_followed:
        return take_made(run) or redirect(url_for(".make", conference_id=conference_id), 303)
    run.is_followed = True
    return redirect(url_for(".show", conference_id=conference_id, key=run.key), 303)


def _begin(conference_id: int) -> Run:
    runs = paper_runs()
    with begin_reading() as work:
        conference, people = count_roll(work, conference_id)
        account_id = acting_account_id(work)
    title = marked(_("Attendance list – %(title)s", title=conference.title), conference)
    read = partial(_reading, select_locale(), current_actor(), conference_id)
    order = Order(account_id, conference_id, title, people, iter([(read, people)]), Writing(rest), "xlsx")
    if run := runs.at_work(order):
        # Whoever has begun it waits for the file, and would leave nothing of it.
        run.is_followed = True
    return run or runs.start(str(uuid4()), order, runtime().clock())


@contextmanager
def _reading(locale: str, actor: Actor, conference_id: int) -> Iterator[Sequence[Sheet]]:
    """The sheets in the language of whoever asked for them, all of one moment."""
    with force_locale(locale), begin_reading(actor) as work:
        yield sheets(read_roll(work, conference_id))


attach_runs(pages, "attendance/export.html")
