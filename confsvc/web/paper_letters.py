"""The printed draft of the giấy mời: what is typed for it, a look at its first page, the file."""

from typing import Any

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField
from wtforms.validators import DataRequired, Length

from confsvc.boundary import begin_reading, runtime
from confsvc.domain.access import acting_account_id
from confsvc.domain.paper_letters import LetterGround, addressed, read_letter_ground
from confsvc.extensions import limiter
from confsvc.schemas.letter_paper import LetterHead, letter_paper
from confsvc.schemas.paper import Paper
from confsvc.web.asked import row_id
from confsvc.web.fields import Choice
from confsvc.web.forms import REQUIRED, TOO_LONG, Form, Lines, Text
from confsvc.web.paper import PREVIEW_LIMIT
from confsvc.web.paper_runs import Order, paper_runs
from confsvc.web.template_tools import marked

pages = Blueprint("paper_letters", __name__, url_prefix="/conferences/<int:conference_id>/paper/letters")
SHORT, LONG = Length(max=200, message=TOO_LONG), Length(max=1000, message=TOO_LONG)
# The usual ones; the office that files it comes last.
RECIPIENTS = "Như trên;\nLưu: VT."
GENERAL, EACH = "general", "each"


class LetterForm(Form):
    whom = Choice(_l("For whom"), default=GENERAL)
    issuer = Text(_l("Issued by"), [DataRequired(REQUIRED), SHORT])
    superior = Text(_l("Its superior unit"), [SHORT])
    symbol = Text(_l("Symbol of the number"), [SHORT])
    place = Text(_l("Place of issue"), [SHORT])
    authority = Lines(_l("Who signs: authority and position"), [LONG])
    signer = Text(_l("Name of who signs"), [SHORT])
    recipients = Lines(_l("Recipients (Nơi nhận)"), [LONG], default=RECIPIENTS)
    agenda = BooleanField(_l("Agenda overleaf"))

    def head(self) -> LetterHead:
        return LetterHead(
            issuer=self.issuer.data,
            superior=self.superior.data,
            symbol=self.symbol.data,
            place=self.place.data,
            authority=self.authority.data.splitlines(),
            signer=self.signer.data,
            recipients=self.recipients.data.splitlines(),
        )

    def typed(self) -> dict[str, Any]:
        """What the form holds, as query parameters."""
        held = {name: field.data for name, field in self._fields.items() if name not in ("csrf_token", "form_key", "version")}
        return {name: "y" if value is True else value for name, value in held.items() if value}


@pages.get("")
def index(conference_id: int) -> ResponseReturnValue:
    ground = _ground(conference_id)
    return _page(ground, LetterForm(formdata=None, issuer=ground.conference.host_name, superior=ground.superior))


@pages.post("")
def make(conference_id: int) -> ResponseReturnValue:
    """Show the first page, or begin to make the letters, as the button says."""
    ground = _ground(conference_id)
    form = LetterForm()
    if not form.validate_on_submit():
        return _page(ground, form)
    if request.form.get("act") != "make":
        return _page(ground, form, url_for(".preview", conference_id=conference_id, **form.typed()))
    with begin_reading() as work:
        account_id = acting_account_id(work)
    title, count = _title(ground), _count(ground, form.whom.data)
    order = Order(account_id, conference_id, title, count, iter([(_paper(ground, form), count)]))
    run = paper_runs().start(str(form.form_key.data)[:36], order, runtime().clock())
    return redirect(url_for("paper.show", conference_id=conference_id, key=run.key), 303)


@pages.get("/preview.png")
@limiter.limit(PREVIEW_LIMIT)
def preview(conference_id: int) -> ResponseReturnValue:
    """The first page of the letter that the query parameters describe."""
    ground = _ground(conference_id)
    form = LetterForm(formdata=MultiDict(request.args), meta={"csrf": False})
    if not form.validate():
        return "", 422
    response = make_response(paper_runs().draw_picture(_paper(ground, form, first=1)))
    response.mimetype = "image/png"
    return response


def _ground(conference_id: int) -> LetterGround:
    with begin_reading() as work:
        return read_letter_ground(work, conference_id)


def _page(ground: LetterGround, form: LetterForm, picture: str = "") -> ResponseReturnValue:
    each = [(EACH, _("Each invited unit by itself"))] if ground.mandates else []
    units = [(str(mandate.id), mandate.unit_name) for mandate in ground.mandates]
    form.whom.choices = [(GENERAL, _("All together, one letter")), *each, *units]
    return render_template("paper/letters.html", conference=ground.conference, form=form, picture=picture), form.status


def _paper(ground: LetterGround, form: LetterForm, first: int | None = None) -> Paper:
    whom = form.whom.data
    mandates = None if whom == GENERAL else addressed(ground, None if whom == EACH else row_id(whom))[:first]
    return letter_paper(ground, form.head(), mandates, title=_title(ground), agenda=bool(form.agenda.data))


def _count(ground: LetterGround, whom: str) -> int:
    return len(ground.mandates) if whom == EACH else 1


def _title(ground: LetterGround) -> str:
    return marked(_("Draft invitation – %(title)s", title=ground.conference.title), ground.conference)
