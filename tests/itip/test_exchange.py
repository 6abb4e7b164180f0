"""The whole exchange, with no mock inside: `confsvc serve` as a process, a mail server, a maildir of answers, people with browsers.

After each step everybody's calendar, made of nothing but the mail they were sent, shows what the database says, and exactly those
were written to whom the step concerns.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from confsvc.models import AgendaSession, Conference, Delegate
from tests.itip.answers import answer
from tests.itip.exchange import Exchange
from tests.itip.plan import BINH, DAY, DINA, EVA, LAN, MINH, OLGA, SESSIONS, THU, TITLE, delegate_id, link_in, local, told

RULES = {"conference": [TITLE], "sessions": SESSIONS}


@pytest.mark.parametrize("entry_rule", list(RULES))
def test_invitations_stay_true_through_everything_that_changes(start_exchange: Callable[..., Exchange], entry_rule: str) -> None:
    tell_the_story(start_exchange(entry_rule=entry_rule), RULES[entry_rule])


def tell_the_story(exchange: Exchange, titles: list[str]) -> None:
    """Everything from the first letter to a unit until the conference is cancelled; `titles` are those of the entries that each delegate gets."""
    olga = exchange.visitor(OLGA)

    # The organiser sends every unit its link; nobody else is written to.
    page = olga.open(exchange.path("/registrations/registration"))
    olga.send(page.form("csrf_token", to="/registrations/registration"))
    links = {mail.recipients[0]: link_in(mail.text, "/r/") for mail in exchange.expect({LAN: ["mail"], BINH: ["mail"]})}

    # The units name their people, one by filling in, one by pasting.
    lan, binh = exchange.visitor(), exchange.visitor()
    rows = {"full_name": ["Nguyễn Thị Dina", "Trần Văn Êva"], "position": ["Trưởng phòng", "Bác sĩ"], "rank": ["staff", "staff"], "phone": ["", ""]}
    lan.send(lan.open(links[LAN] + "/add").form("full_name"), {**rows, "email": [DINA, EVA], "step": "save"})
    pasted = binh.send(binh.open(links[BINH] + "/paste").form("pasted"), {"pasted": f"Họ và tên\tEmail\nLê Minh\t{MINH}"})
    binh.send(pasted.form("full_name"), {"step": "save"})
    exchange.expect({})

    # They are invited.
    olga.send(olga.open(exchange.path("/invitations")).form("csrf_token", to="/invitations"))
    exchange.expect(told("REQUEST", DINA, EVA, MINH, of=titles))

    # The conference begins an hour later, and its agenda with it.
    later = {"starts_at": local(DAY + timedelta(hours=1)), "ends_at": local(DAY + timedelta(hours=9))}
    olga.send(olga.open(exchange.path("/edit")).form("title", "starts_at"), {**later, "move_agenda": "y"})
    exchange.expect(told("REQUEST", DINA, EVA, MINH, of=titles))

    # The afternoon is moved.
    with exchange.server.begin() as work:
        afternoon = work.session.scalars(select(AgendaSession).where(AgendaSession.title == SESSIONS[-1])).one()
        moved = {"starts_at": local(afternoon.starts_at + timedelta(minutes=30)), "ends_at": local(afternoon.ends_at + timedelta(minutes=30))}
    olga.send(olga.open(exchange.path(f"/agenda/sessions/{afternoon.id}")).form("title", "starts_at"), moved)
    exchange.expect(told("REQUEST", DINA, EVA, MINH, of=titles[-1:]))

    # Minh goes to the other site.
    with exchange.server.begin() as work:
        remote = work.session.scalars(select(Delegate.site_id).where(Delegate.email == DINA)).one() + 1
    olga.send(olga.open(exchange.path(f"/delegates/{delegate_id(exchange, MINH)}/edit")).form("full_name", "site_id"), {"site_id": str(remote)})
    exchange.expect(told("REQUEST", MINH, of=titles))

    # Thu comes instead of Dina.
    form = lan.open(f"{links[LAN]}/people/{delegate_id(exchange, DINA)}/substitute").form("full_name", "reason")
    lan.send(form, {"full_name": "Phạm Thị Thu", "email": THU, "rank": "staff", "reason": "Bận công tác"})
    exchange.expect(told("CANCEL", DINA, of=titles) | told("REQUEST", THU, of=titles))

    # Eva declines, from her calendar; nobody hears of it by mail.
    eva = exchange.calendars[EVA]
    for shown in eva.shown():
        exchange.answer(EVA, answer(eva, shown.uid, "DECLINED", datetime.now(UTC)), "REPLY")
    exchange.wait_until(lambda work: work.session.scalars(select(Delegate.reply).where(Delegate.email == EVA)).one() == "declined")
    assert exchange.quiet()

    # It is cancelled.
    olga.send(olga.open(exchange.path("")).form("csrf_token", to="/cancel"))
    exchange.expect(told("CANCEL", EVA, MINH, THU, of=titles))
    with exchange.server.begin() as work:
        assert work.session.get_one(Conference, exchange.conference_id).state == "cancelled"
