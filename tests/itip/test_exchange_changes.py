"""More that may happen to a conference once people were invited: it is put off, its sessions change, people come and go, somebody proposes."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from confsvc.models import AgendaItem, AgendaSession, Delegate, Mandate
from confsvc.models.mail import Received
from tests.itip.answers import propose
from tests.itip.content_lines import parse_calendar
from tests.itip.exchange import Exchange
from tests.itip.plan import BINH, DINA, EVA, LAN, MINH, SESSIONS, THU, TITLE, delegate_id, invite, link_in, told

PEOPLE = (("Nguyễn Thị Dina", DINA), ("Trần Văn Êva", EVA))
BERLIN = ZoneInfo("Europe/Berlin")


def night_of_change() -> datetime:
    """Ten in the evening before the last Sunday of next March, in Berlin: the clock is put forward in the first session."""
    last = datetime(datetime.now(UTC).year + 1, 3, 31, 22, tzinfo=BERLIN)
    return last - timedelta(days=(last.weekday() + 1) % 7 + 1)


def wall(moment: datetime) -> str:
    return f"{moment.astimezone(BERLIN):%Y-%m-%dT%H:%M}"


def test_it_is_put_off_and_its_sessions_change(start_exchange: Callable[..., Exchange]) -> None:
    start = night_of_change()
    exchange = start_exchange(entry_rule="sessions", timezone="Europe/Berlin", starts_at=start.astimezone(UTC))
    olga = invite(exchange, *PEOPLE)
    exchange.expect(told("REQUEST", DINA, EVA, of=SESSIONS))
    # The first begins in winter time, the second in summer time.
    [_, second] = exchange.calendars[DINA].shown("Europe/Berlin")
    assert f"{second.starts_at:%H:%M %z}" == "04:00 +0200"

    # The first begins a quarter of an hour later: looking at what that brings about tells nobody, confirming it tells those whom it concerns.
    with exchange.server.begin() as work:
        first = work.session.scalars(select(AgendaSession.id).where(AgendaSession.title == SESSIONS[0])).one()
    page = olga.open(exchange.path(f"/agenda/sessions/{first}/shift"))
    preview = olga.send(page.form("overrun", "starts_at"), {"starts_at": wall(start + timedelta(minutes=15))})
    exchange.expect({})
    olga.send(preview.form("overrun", "confirm"), {"confirm": "1"})
    exchange.expect(told("REQUEST", DINA, EVA, of=SESSIONS[:1]))
    assert f"{exchange.calendars[EVA].shown('Europe/Berlin')[0].starts_at:%H:%M %z}" == "22:15 +0100"

    olga.send(olga.open(exchange.path("")).form("csrf_token", to="/postpone"))
    mails = exchange.expect(told("REQUEST", DINA, EVA, of=SESSIONS))
    assert {parse_calendar(mail.calendar or b"").components("VEVENT")[0].value("STATUS") for mail in mails} == {"TENTATIVE"}

    # A week later the clocks have been changed already; the agenda keeps its hours of the day.
    week = {"starts_at": wall(start + timedelta(days=7)), "ends_at": wall(start + timedelta(days=7, hours=9))}
    olga.send(olga.open(exchange.path("/resume")).form("starts_at", "ends_at"), week)
    exchange.expect(told("REQUEST", DINA, EVA, of=SESSIONS))
    assert [f"{shown.starts_at:%H:%M %z}" for shown in exchange.calendars[EVA].shown("Europe/Berlin")] == ["22:15 +0200", "04:00 +0200"]

    # A third session; the first is taken out.
    third = {"title": "Phiên bế mạc", "starts_at": wall(start + timedelta(days=7, hours=9)), "ends_at": wall(start + timedelta(days=7, hours=9, minutes=30))}
    olga.send(olga.open(exchange.path("/edit")).form("title", "ends_at"), {"ends_at": third["ends_at"]})
    exchange.expect({})
    olga.send(olga.open(exchange.path("/agenda/sessions/new")).form("title", "starts_at"), third)
    exchange.expect(told("REQUEST", DINA, EVA, of=["Phiên bế mạc"]))
    with exchange.server.begin() as work:
        report = work.session.scalars(select(AgendaItem.id).where(AgendaItem.session_id == first)).one()
    olga.send(olga.open(exchange.path(f"/agenda/items/{report}")).form("csrf_token", to="/remove"))
    exchange.expect(told("REQUEST", DINA, EVA, of=SESSIONS[:1]))
    olga.send(olga.open(exchange.path(f"/agenda/sessions/{first}")).form("csrf_token", to="/remove"))
    exchange.expect(told("CANCEL", DINA, EVA, of=SESSIONS[:1]))

    # One entry for the whole instead of one for each session.
    olga.send(olga.open(exchange.path("/edit")).form("title", "entry_rule"), {"entry_rule": "conference"})
    left = [f"CANCEL {title}" for title in (SESSIONS[1], "Phiên bế mạc")]
    exchange.expect({address: [*left, f"REQUEST {TITLE}"] for address in (DINA, EVA)})


def test_people_come_and_go(start_exchange: Callable[..., Exchange]) -> None:
    exchange = start_exchange()
    olga = invite(exchange, *PEOPLE)
    exchange.expect(told("REQUEST", DINA, EVA))
    olga.send(olga.open(exchange.path("/registrations/registration")).form("csrf_token", to="/registrations/registration"))
    links = {mail.recipients[0]: link_in(mail.text, "/r/") for mail in exchange.expect({LAN: ["mail"], BINH: ["mail"]})}

    # Whoever is named after the invitations were sent is invited then.
    binh = exchange.visitor()
    row = {"full_name": ["Lê Minh", ""], "position": ["", ""], "rank": ["leader", "staff"], "phone": ["", ""], "email": [MINH, ""]}
    binh.send(binh.open(links[BINH] + "/add").form("full_name"), {**row, "step": "save"})
    exchange.expect(told("REQUEST", MINH))

    # A substitute of a lower rank than was asked for waits for consent, and nobody is told of it before.
    with exchange.server.begin() as work:
        of_minh = select(Delegate.mandate_id).where(Delegate.email == MINH)
        work.session.scalars(select(Mandate).where(Mandate.id.in_(of_minh))).one().required_rank = "leader"
    form = binh.open(f"{links[BINH]}/people/{delegate_id(exchange, MINH)}/substitute").form("full_name", "reason")
    binh.send(form, {"full_name": "Phạm Thị Thu", "email": THU, "rank": "staff", "reason": "Bận công tác"})
    exchange.expect({})
    page = olga.open(exchange.path(f"/attendance/{delegate_id(exchange, THU)}"))
    olga.send(page.form("kind", "admit-form_key"), {"kind": "admit"})
    exchange.expect(told("CANCEL", MINH) | told("REQUEST", THU))

    # It was a mistake: Minh comes himself, and his calendar takes the entry back that was cancelled.
    page = olga.open(exchange.path(f"/attendance/{delegate_id(exchange, THU)}"))
    olga.send(page.form("kind", "withdraw_substitute-form_key"), {"withdraw_substitute-reason": "Nhầm"})
    exchange.expect(told("CANCEL", THU) | told("REQUEST", MINH))
    assert len(exchange.calendars[MINH].held) == 1

    # Eva is taken off the list.
    lan = exchange.visitor()
    lan.send(lan.open(links[LAN]).form("csrf_token", to=f"/people/{delegate_id(exchange, EVA)}/remove"))
    exchange.expect(told("CANCEL", EVA))

    # The hall has another address, and another name: everybody there is told once.
    with exchange.server.begin() as work:
        hall = work.session.scalars(select(Delegate.site_id).where(Delegate.email == DINA)).one()
    olga.send(olga.open(exchange.path(f"/sites/{hall}")).form("name", "address"), {"name": "Hội trường 2", "address": "12 Hùng Vương; tầng 2, phòng \\B"})
    exchange.expect(told("REQUEST", DINA, MINH))


def test_proposals_are_shown_and_declined(start_exchange: Callable[..., Exchange]) -> None:
    exchange = start_exchange()
    olga = invite(exchange, *PEOPLE)
    exchange.expect(told("REQUEST", DINA, EVA))
    [entry] = exchange.calendars[EVA].shown()
    later = entry.starts_at + timedelta(days=1)
    exchange.answer(EVA, propose(exchange.calendars[EVA], entry.uid, later, later + timedelta(hours=2), datetime.now(UTC), comment="Chiều hơn"), "COUNTER")
    exchange.wait_until(lambda work: work.session.scalars(select(Received.outcome)).all() == ["shown"])
    assert exchange.quiet()
    page = olga.open(exchange.path("/received"))
    assert "Chiều hơn" in page.html
    olga.send(page.form("csrf_token", to="/decline"))
    exchange.expect({EVA: [f"DECLINECOUNTER {TITLE}"]})
    assert exchange.calendars[EVA].shown() == [entry]
