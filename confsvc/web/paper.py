"""On paper: badges, name plates and sign-in sheets are chosen, looked at, made and fetched."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from confsvc.boundary import begin_reading, runtime
from confsvc.domain.access import acting_account_id, organised_conference
from confsvc.domain.choosing import MANDATES, SITES
from confsvc.domain.paper import PaperChoice, PaperPerson, count_paper_list, paper_tokens, read_paper_list
from confsvc.extensions import limiter
from confsvc.models import Conference
from confsvc.web.addresses import capital_url
from confsvc.web.asked import asked_choice, asked_id, asked_text
from confsvc.web.choosing import asked_one
from confsvc.web.forms import Form
from confsvc.web.paper_runs import Order, paper_runs, rest
from confsvc.web.paper_texts import KINDS, Tokens, file_title, papers
from confsvc.web.run_pages import attach_runs
from confsvc.web.template_tools import wall

pages = Blueprint("paper", __name__, url_prefix="/conferences/<int:conference_id>/paper")
# Each picture starts a process.
PREVIEW_LIMIT = "60 per minute"
SOME_CODE = "X"
SHOWN = {"badges": 1, "badge_sheets": 4, "plates": 1, "site_sheets": 12, "unit_sheets": 12}


@pages.get("")
def index(conference_id: int) -> ResponseReturnValue:
    with begin_reading() as work:
        conference = organised_conference(work, conference_id)
        kind, choice = asked_paper(conference)
        sites, units = asked_one(work, SITES, conference_id, "site"), asked_one(work, MANDATES, conference_id, "unit")
        choice = replace(choice, site_id=sites.id, mandate_id=units.id)
        total = count_paper_list(work, conference, choice)
    return render_template(
        "paper/index.html",
        conference=conference,
        kinds=KINDS,
        kind=kind,
        choice=choice,
        asked=asked_address(kind, choice, conference),
        total=total,
        sites=sites,
        units=units,
        since=wall(choice.since, conference),
        now=wall(runtime().clock(), conference),
        form=Form(formdata=None),
    )


@pages.get("/preview.png")
@limiter.limit(PREVIEW_LIMIT)
def preview(conference_id: int) -> ResponseReturnValue:
    """The first page of what is chosen."""
    with begin_reading() as work:
        kind, choice = asked_paper(organised_conference(work, conference_id))
        found = read_paper_list(work, conference_id, choice, first=SHOWN[kind])
    first = next(papers(kind, found.conference, found.people, code_addresses(found.conference)), None)
    if first is None:
        return "", 404
    response = make_response(paper_runs().draw_picture(first[0]))
    response.mimetype = "image/png"
    return response


@pages.post("/print")
def make(conference_id: int) -> ResponseReturnValue:
    """Begin to make what is chosen."""
    form = Form()
    with begin_reading() as work:
        kind, choice = asked_paper(organised_conference(work, conference_id))
        found = read_paper_list(work, conference_id, choice, rest=rest)
        account_id = acting_account_id(work)
    if not form.validate_on_submit() or not found.people:
        return redirect(url_for(".index", conference_id=conference_id, **asked_address(kind, choice, found.conference)), 303)
    addresses = code_addresses(found.conference)
    order = Order(account_id, conference_id, file_title(kind, found.conference), found.total, papers(kind, found.conference, found.people, addresses))
    run = paper_runs().start(str(form.form_key.data)[:36], order, runtime().clock())
    return redirect(url_for(".show", conference_id=conference_id, key=run.key), 303)


def asked_paper(conference: Conference) -> tuple[str, PaperChoice]:
    """What the address asks for: the kind of paper, and for whom."""
    kind = asked_choice("kind", KINDS, "badges")
    choice = PaperChoice(
        site_id=asked_id("site"),
        mandate_id=asked_id("unit"),
        delegate_id=asked_id("delegate"),
        since=_asked_moment(conference),
        everybody=request.args.get("who") == "all",
        order="unit" if kind == "unit_sheets" else "site",
    )
    return kind, choice


def asked_address(kind: str, choice: PaperChoice, conference: Conference) -> dict[str, Any]:
    """The same as query parameters."""
    asked = {"kind": kind, "site": choice.site_id, "unit": choice.mandate_id, "delegate": choice.delegate_id}
    asked |= {"since": wall(choice.since, conference), "who": "all" if choice.everybody else None}
    return {name: value for name, value in asked.items() if value}


def _asked_moment(conference: Conference) -> datetime | None:
    try:
        typed = datetime.fromisoformat(asked_text("since"))
        return typed.replace(tzinfo=ZoneInfo(conference.timezone)).astimezone(runtime().clock().tzinfo)
    except (ValueError, OverflowError):
        return None


def code_addresses(conference: Conference) -> Tokens:
    """Gives what the codes of some people say; asks for nothing of the request any more when it is called."""
    secret = runtime().secret
    # The address of one pass tells that of every other.
    before = capital_url("invitation.scanned_pass", token=SOME_CODE).removesuffix(SOME_CODE)

    def addresses(people: Sequence[PaperPerson]) -> list[str]:
        return [before + token.upper() if token else "" for token in paper_tokens(secret, conference, people)]

    return addresses


attach_runs(pages, "paper/run.html")
