"""The mail of a conference: how far each run is, every message as it went out, and the steps an organiser can take."""

from typing import Any
from uuid import uuid4

from flask import Blueprint, flash, jsonify, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from confsvc.boundary import begin_reading, runtime
from confsvc.domain.errors import NotFound
from confsvc.domain.outbox_list import (
    FILTERS,
    MessageQuery,
    Progress,
    mailing_progress,
    pause_mailing,
    read_mailings,
    read_message,
    read_messages,
    resume_mailing,
    send_again,
    send_failed_again,
)
from confsvc.domain.work import Work
from confsvc.schemas.mime_reading import read_message_parts
from confsvc.web import mail_labels
from confsvc.web.asked import asked_choice, asked_id, asked_page, asked_text
from confsvc.web.presses import press
from confsvc.web.template_tools import number

pages = Blueprint("mail", __name__, url_prefix="/conferences/<int:conference_id>/mail")


@pages.get("")
def index(conference_id: int) -> ResponseReturnValue:
    """The runs, the newest first."""
    with begin_reading() as work:
        conference, page, runs = read_mailings(work, conference_id, asked_page())
    return render_template("mail_pages/index.html", conference=conference, page=page, runs=runs, **_for_templates())


@pages.get("/progress")
def progress(conference_id: int) -> ResponseReturnValue:
    """How far one run is, or those of the same page of the list, in words and numbers, for a page that stays open."""
    mailing_id = asked_id("run")
    with begin_reading() as work:
        runs = [mailing_progress(work, conference_id, mailing_id)] if mailing_id else read_mailings(work, conference_id, asked_page())[2]
    return jsonify(runs=[_present(run) for run in runs])


@pages.post("/runs/<int:mailing_id>/<any(pause, resume, again):step>")
def change(conference_id: int, mailing_id: int, step: str) -> ResponseReturnValue:
    """Hold a run, let it go on, or try again what was refused."""
    back = url_for("mail.index", conference_id=conference_id)

    def carry(work: Work) -> str:
        if step == "again":
            count = send_failed_again(work, conference_id, mailing_id)
            flash(ngettext("%(count)s message is sent again.", "%(count)s messages are sent again.", count, count=number(count)), "success")
        else:
            (pause_mailing if step == "pause" else resume_mailing)(work, conference_id, mailing_id)
        return back

    return press(carry, back)


@pages.get("/messages")
def messages(conference_id: int) -> ResponseReturnValue:
    """The messages, of one run or of all, the newest first."""
    query = MessageQuery(asked_text(), asked_choice("state", FILTERS), asked_id("run"), asked_page())
    with begin_reading() as work:
        found = read_messages(work, conference_id, query)
        run = mailing_progress(work, conference_id, query.mailing_id) if query.mailing_id else None
    return render_template("mail_pages/messages.html", conference=found.conference, found=found, query=query, run=run, **_for_templates())


@pages.get("/messages/<int:message_id>")
def message(conference_id: int, message_id: int) -> ResponseReturnValue:
    """One message, as it went out or will."""
    with begin_reading() as work:
        opened = read_message(work, conference_id, message_id)
    parts = read_message_parts(opened.data) if opened.data is not None else None
    return render_template("mail_pages/message.html", conference=opened.conference, opened=opened, message=opened.message, parts=parts, **_for_templates())


@pages.get("/messages/<int:message_id>/page")
def page(conference_id: int, message_id: int) -> ResponseReturnValue:
    """The HTML of a message, for the frame on its page; its headers let nothing in it run, load or be pressed."""
    with begin_reading() as work:
        opened = read_message(work, conference_id, message_id)
    if opened.data is None:
        raise NotFound(kind="message")
    return read_message_parts(opened.data).html


@pages.post("/messages/<int:message_id>/again")
def again(conference_id: int, message_id: int) -> ResponseReturnValue:
    """Try one message once more that did not arrive."""
    back = url_for("mail.message", conference_id=conference_id, message_id=message_id)

    def carry(work: Work) -> str:
        send_again(work, conference_id, message_id)
        flash(_("The message is sent again."), "success")
        return back

    return press(carry, back)


def _for_templates() -> dict[str, Any]:
    return {"mail_labels": mail_labels, "on_disk": not runtime().settings.smtp_host, "new_key": uuid4, "present": _present}


def _present(run: Progress) -> dict[str, Any]:
    """A run in words, the same for the page as it opens and for the page that stays open."""
    settled = run.total - run.open
    lost = run.counts.get("failed", 0) + run.counts.get("bounced", 0)
    dropped = run.counts.get("dropped", 0)
    words = _("%(sent)s of %(total)s sent", sent=number(run.counts.get("sent", 0)), total=number(run.total))
    if dropped:
        words += " · " + ngettext("%(count)s not needed any more", "%(count)s not needed any more", dropped, count=number(dropped))
    return {
        "id": run.mailing.id,
        "total": run.total,
        "settled": settled,
        "open": run.open,
        "words": words,
        "standing": _("Done") if not run.open else _("Paused") if run.mailing.paused_at else _("Being sent"),
        "lost": ngettext("%(count)s did not arrive", "%(count)s did not arrive", lost, count=number(lost)) if lost else "",
        "trouble": str(mail_labels.error_words(run.trouble)) if run.open else "",
    }
