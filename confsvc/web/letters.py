"""What the conference's letters say: the texts, each with a preview for a real recipient and a test to oneself."""

from collections.abc import Sequence
from uuid import uuid4

from flask import Blueprint, Response, flash, make_response, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from confsvc.boundary import begin_reading, runtime
from confsvc.domain.access import signed_in_account
from confsvc.domain.errors import NotFound
from confsvc.domain.letter_samples import Recipient, find_recipients, put_test, sampled_conference
from confsvc.domain.letter_texts import PLACEHOLDERS, read_text, read_texts, reset_text, set_text, wrong_texts
from confsvc.domain.outbox import Written
from confsvc.domain.work import Work
from confsvc.schemas.letter_texts import standard_wording
from confsvc.schemas.letter_words import words_in
from confsvc.schemas.letters import Letter, Sender, as_test, languages, write_sample
from confsvc.schemas.mime import pack_letter
from confsvc.web import letter_labels
from confsvc.web.addresses import server_root
from confsvc.web.asked import asked_id, asked_text
from confsvc.web.forms import carry_out
from confsvc.web.language import LOCALES as LANGUAGES
from confsvc.web.letter_forms import LetterForm, as_typed
from confsvc.web.presses import press

pages = Blueprint("letters", __name__, url_prefix="/conferences/<int:conference_id>/letters")
SHOWN = {"letters": letter_labels.LETTERS, "languages": LANGUAGES}


@pages.get("")
def index(conference_id: int) -> ResponseReturnValue:
    """Every kind of letter, and in which languages the conference says it in its own words."""
    with begin_reading() as work:
        own = {(text.kind, text.locale) for text in read_texts(work, conference_id)}
        conference = sampled_conference(work, conference_id, "invitation")
    return render_template("letters/index.html", conference=conference, own=own, locales=languages(conference), **SHOWN)


@pages.route("/<kind>/<any(vi, en):locale>", methods=["GET", "POST"])
def edit(conference_id: int, kind: str, locale: str) -> ResponseReturnValue:
    """The words of one kind of letter in one language, with the placeholders that can be used."""
    with begin_reading() as work:
        conference = sampled_conference(work, conference_id, kind)
        own = read_text(work, conference_id, kind, locale)
    standard = standard_wording(kind, words_in(locale))
    form = LetterForm(obj=as_typed(own, standard))
    form.standard = standard

    def save(work: Work) -> str:
        set_text(work, conference_id, kind=kind, locale=locale, subject=form.subject.data, body=form.body.data, version=form.version.data or 0)
        flash(_("The text was saved. This is how it reads."), "success")
        return url_for("letters.show", conference_id=conference_id, kind=kind)

    if form.is_submitted():
        valid, wrong = form.validate(), wrong_texts(kind, form.subject.data or "", form.body.data or "")
        # All that is wrong at once, not one after the other.
        for error in wrong:
            if error.field not in form.errors:
                form.put(error)
        if valid and not wrong and (done := carry_out(form, save)):
            return done
    placeholders = {name: letter_labels.PLACEHOLDERS[name] for name in PLACEHOLDERS[kind]}
    values = {"conference": conference, "kind": kind, "locale": locale, "own": own, "placeholders": placeholders, "new_key": uuid4}
    return render_template("letters/edit.html", form=form, **values, **SHOWN), form.status


@pages.post("/<kind>/<any(vi, en):locale>/reset")
def reset(conference_id: int, kind: str, locale: str) -> ResponseReturnValue:
    def take_back(work: Work) -> str:
        reset_text(work, conference_id, kind=kind, locale=locale)
        flash(_("The text that comes with the server stands again."), "success")
        return url_for("letters.edit", conference_id=conference_id, kind=kind, locale=locale)

    return press(take_back, url_for("letters.edit", conference_id=conference_id, kind=kind, locale=locale))


@pages.get("/<kind>")
def show(conference_id: int, kind: str) -> ResponseReturnValue:
    """One letter as a recipient of one's choice would get it now."""
    query = asked_text()
    with begin_reading() as work:
        conference = sampled_conference(work, conference_id, kind)
        found = find_recipients(work, conference, kind, query)
        chosen = _chosen(found)
        letter = write_sample(work, conference, kind, chosen, _sender())
        address = signed_in_account(work).email
    values = {"conference": conference, "kind": kind, "query": query, "recipients": found, "chosen": chosen, "letter": letter, "address": address}
    return render_template("letters/show.html", **values, locales=languages(conference), new_key=uuid4, **SHOWN)


@pages.get("/<kind>/letter.html")
def page(conference_id: int, kind: str) -> Response:
    """The HTML part alone, for the frame of the preview."""
    with begin_reading() as work:
        return make_response(_sample(work, conference_id, kind).html)


@pages.post("/<kind>/test")
def test(conference_id: int, kind: str) -> ResponseReturnValue:
    """Send the letter that is shown to the signed-in account, marked as a test."""
    chosen = asked_id("to")

    def send(work: Work) -> str:
        account = signed_in_account(work)
        letter = as_test(_sample(work, conference_id, kind), to_name=account.name, to_address=account.email)
        address = runtime().settings.mail_from
        name = f"<{work.new_id()}@{address.rpartition('@')[2]}>"
        data = pack_letter(letter, sender=address, name=name, written_at=work.now)
        put_test(work, conference_id, kind, Written(letter.to_name, letter.to_address, letter.subject, data), name=name)
        flash(_("A test was put into the outbox, to %(address)s.", address=account.email), "success")
        return url_for("letters.show", conference_id=conference_id, kind=kind, to=chosen)

    return press(send, url_for("letters.show", conference_id=conference_id, kind=kind, to=chosen))


def _chosen(found: Sequence[Recipient]) -> int:
    """Whom the address asks for, else the first there is, else nobody."""
    return asked_id("to") or (found[0].id if found else 0)


def _sample(work: Work, conference_id: int, kind: str) -> Letter:
    conference = sampled_conference(work, conference_id, kind)
    letter = write_sample(work, conference, kind, _chosen(find_recipients(work, conference, kind, asked_text())), _sender())
    if letter is None:
        raise NotFound(kind="recipient")
    return letter


def _sender() -> Sender:
    return Sender(runtime().settings.mail_from, server_root())
