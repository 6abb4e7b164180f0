"""A conference with one of everything, and the address of every page there is: for tests that look at all of them."""

import dataclasses
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule

from confsvc.domain.agenda import ItemEntry, SessionEntry, add_item, add_session
from confsvc.domain.board import board_token, renew_board_link
from confsvc.domain.delegate_imports import stage_import
from confsvc.domain.feeds import make_feed
from confsvc.domain.passes import link_token, pass_token, valid_pass
from confsvc.domain.registration_links import give_link, registration_token
from confsvc.domain.rehearsal_arrivals import let_arrive
from confsvc.domain.rehearsals import start_rehearsal
from confsvc.domain.reminder_rules import make_usual_reminders
from confsvc.domain.tokens import hash_token
from confsvc.domain.work import AccountActor, Work
from confsvc.models import Account, AgendaItem, AgendaSession, Delegate, HandedOver, Mandate, Pairing, Received, Reminder, Site
from confsvc.schemas.delegate_sheet import read_delegate_list
from confsvc.schemas.spreadsheets import Limits
from tests.factories import ENDS, STARTS, make_account, make_conference, make_delegate, make_desk, make_mandate, make_site
from tests.outgoing import make_refused

# These ask for a link, a paired device or nothing; everything else is for organisers.
OPEN_BLUEPRINTS = {"invitation", "feed", "registration", "online", "desk", "desk_app", "public_board", "language", "health", "sign_in", None}
# The pages on which something is done in a rehearsal.
REHEARSED = ("conferences.show", "delegates.show", "desks.index", "attendance.index", "missing.index", "board.show")
# One of every verdict: new, wrong, changed, doubled, a heading; long words that must not push a narrow page wide.
LIST = (
    "TT,Họ và tên,Chức vụ,Đơn vị,Điện thoại,Email\n"
    "I,Sở Nội vụ\n"
    "1,Trần Văn Bình,Giám đốc,Sở Nội vụ,0913123456,binh@example.org\n"
    "2,Nguyễn Thị Dina,Phó Giám đốc,Sở Nội vụ\n"
    "3,Lê Văn Chi,Chuyên viên,Sở Nội vụu,12,khong-phai-dia-chi-thu-dien-tu-nao-ca@\n"
    "4,Trần Văn Bình,Giám đốc,Sở Nội vụ,0913123456,binh@example.org\n"
)
DESK_TOKEN = "the cookie of a desk"
PAIRING_TOKEN = "a-pairing-link"


@dataclass(frozen=True)
class Scene:
    """A conference of olga's with one of everything; `values` fill the parameters of any address."""

    olga: Account
    mallory: Account
    values: dict[str, Any]
    tokens: dict[str, str]
    confirmed_import: int
    # What `values` is for the conference, in its rehearsal.
    rehearsal: dict[str, Any]


def make_scene(work: Work, **account: Any) -> Scene:
    """Olga's conference, and another one of mallory's; `account` are columns of both accounts."""
    olga, mallory = make_account(work, **account), make_account(work, "mallory", **account)
    conference = make_conference(work, olga)
    make_site(work, make_conference(work, mallory, title="Hội nghị khác"))
    site = make_site(work, conference)
    mandate = make_mandate(work, conference, site)
    dina = make_delegate(work, mandate)
    session = add_session(work, conference.id, SessionEntry("Phiên họp", STARTS, ENDS))
    item = add_item(work, conference.id, session.id, ItemEntry("Báo cáo"))
    desk = make_desk(work, site, token=DESK_TOKEN)
    pairing = Pairing(conference_id=conference.id, site_id=site.id, uid=work.new_id(), token_hash=hash_token(PAIRING_TOKEN), created_by_id=olga.id)
    pairing.created_at, pairing.expires_at = work.now, work.now + timedelta(minutes=30)
    work.session.add(pairing)
    handed = HandedOver(conference_id=conference.id, desk_id=desk.id, handed_by_id=desk.id, client_ref=work.new_id(), act="check_in", subject=dina.full_name)
    handed.payload = {"client_ref": handed.client_ref, "occurred_at": work.now.isoformat(), "method": "name", "delegate_id": dina.id}
    handed.happened_at = handed.received_at = work.now
    work.session.add(handed)
    work.session.flush()
    given, confirmed = _imports(work, conference.id, olga)
    renew_board_link(work, conference.id)
    make_usual_reminders(work, conference.id)
    work.session.flush()
    values: dict[str, Any] = {"conference_id": conference.id, "site_id": site.id, "mandate_id": mandate.id, "delegate_id": dina.id, "session_id": session.id}
    reminders = select(Reminder.id).where(Reminder.conference_id == conference.id).limit(1)
    values |= {"handed_id": handed.id, "kind": "invitation", "reminder_id": work.session.scalars(reminders).one()}
    values |= {"item_id": item.id, "desk_id": desk.id, "pairing_id": pairing.id, "import_id": given, "account_id": olga.id, "unit_id": mandate.unit_id}
    received = Received(digest=work.new_id(), conference_id=conference.id, delegate_id=dina.id, kind="counter", outcome="shown", received_at=work.now)
    received.reason, received.from_address = "proposal", "dina@example.org"
    work.session.add(received)
    work.session.flush()
    values["received_id"] = received.id
    refused = make_refused(work, dina)
    values |= {"mailing_id": refused.mailing_id, "message_id": refused.id}
    feed = make_feed(dataclasses.replace(work, actor=AccountActor(olga.id)), conference.id, "site", site.id)
    values["feed_id"] = feed.feed.id
    give_link(work, conference, mandate)
    tokens = {
        "invitation": link_token(work, dina),
        "feed": feed.token,
        "registration": registration_token(work, mandate),
        "pass": pass_token(work, valid_pass(work, dina.id)),
        "board": board_token(work, conference) or "",
        "pairing": PAIRING_TOKEN,
    }
    return Scene(olga, mallory, values, tokens, confirmed, _rehearsal(work, values))


def _rehearsal(work: Work, values: dict[str, Any]) -> dict[str, Any]:
    """The same values, of the same rows as they are in a rehearsal that somebody has arrived at."""
    rehearsal = start_rehearsal(work, values["conference_id"])
    let_arrive(work, values["conference_id"], 1)
    found: dict[str, Any] = {"conference_id": rehearsal.id}
    tables: dict[str, Any] = {"site_id": Site, "mandate_id": Mandate, "delegate_id": Delegate, "session_id": AgendaSession, "item_id": AgendaItem}
    for name, table in tables.items():
        found[name] = work.session.scalars(select(table.id).where(table.conference_id == rehearsal.id).limit(1)).one()
    found["desk_id"] = make_desk(work, work.session.get_one(Site, found["site_id"])).id
    return {**values, **found}


def _imports(work: Work, conference_id: int, account: Account) -> tuple[int, int]:
    """The ids of a list that waits for its yes, and of one that got it and left a row out."""
    sent = read_delegate_list(LIST.encode(), "danh-sach-dai-bieu-rat-dai-khong-co-khoang-trang.csv", Limits(100, 2**20))
    acting = dataclasses.replace(work, actor=AccountActor(account.id))
    given, confirmed = stage_import(acting, conference_id, sent), stage_import(acting, conference_id, sent)
    left_out = {"row": 5, "name": "Lê Văn Chi", "unit": "Sở Nội vụu", "problems": [["unit_unknown", {"unit": "Sở Nội vụu", "nearest": "Sở Nội vụ"}]]}
    counts = {"error": 1, "new": 1, "changed": 1, "unchanged": 0, "duplicate": 1, "skipped": 2}
    confirmed.confirmed_at, confirmed.outcome = work.now, {"counts": counts, "units_invited": 0, "left_out": [left_out]}
    confirmed.rows, confirmed.sheets = [], []
    work.session.flush()
    return given.id, confirmed.id


def addresses(app: Flask, values: dict[str, Any], *, open_ones: bool = False) -> Iterator[tuple[str, str, Rule]]:
    """Method, address and rule of every page for organisers, or of every open one."""
    url = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        blueprint = rule.endpoint.partition(".")[0] if "." in rule.endpoint else None
        if (blueprint in OPEN_BLUEPRINTS and rule.endpoint != "sign_in.account") is not open_ones or rule.endpoint == "static":
            continue
        choices = re.search(r"<any\((\w+)", rule.rule)
        filled = {name: values.get(name, choices[1] if choices else "x") for name in rule.arguments}
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield method, url.build(rule.endpoint, filled), rule


def pages(app: Flask, scene: Scene) -> Iterator[tuple[str, Rule]]:
    """Address and rule of every page that is read, links with their true tokens."""
    tokens = {"/d/": "invitation", "/r/": "registration", "/f/": "feed", "/p/": "pass", "/P/": "pass", "/b/": "board", "/pair/": "pairing"}
    for method, address, rule in [*addresses(app, scene.values), *addresses(app, scene.values, open_ones=True)]:
        kind = tokens.get(address[: address.find("/", 1) + 1])
        if method == "GET":
            yield (address.replace("/x", f"/{scene.tokens[kind]}", 1) if kind else address), rule
        if method == "GET" and rule.endpoint == "delegate_imports.show":
            yield f"{address.rpartition('/')[0]}/{scene.confirmed_import}", rule
    for method, address, rule in addresses(app, scene.rehearsal):
        if method == "GET" and rule.endpoint in REHEARSED:
            yield address, rule
