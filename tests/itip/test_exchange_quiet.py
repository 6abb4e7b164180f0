"""What sends nothing, and what sends once: own answers, strangers, rehearsals, five edits, updates that are asked for."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import select

from confsvc.models import Conference, ConferenceMember, Delegate, Message
from confsvc.models.mail import Received
from tests.factories import make_conference, make_delegate, make_mandate, make_site, make_unit
from tests.itip.answers import answer
from tests.itip.client import Shown, read_feed
from tests.itip.content_lines import parse_calendar
from tests.itip.exchange import Exchange
from tests.itip.plan import DAY, DINA, EVA, MINH, TITLE, delegate_id, invite, link_in, told

PEOPLE = (("Nguyễn Thị Dina", DINA), ("Trần Văn Êva", EVA))
CANARY = "canary@example.org"


def test_five_edits_in_a_minute_are_one_update(start_exchange: Callable[..., Exchange]) -> None:
    exchange = start_exchange(settle_seconds=3)
    olga = invite(exchange, *PEOPLE)
    exchange.expect(told("REQUEST", DINA, EVA))
    for number in range(5):
        olga.send(olga.open(exchange.path("/edit")).form("title", "starts_at"), {"title": f"Hội nghị {number}"})
    exchange.expect(told("REQUEST", DINA, EVA, of=["Hội nghị 4"]))
    assert [shown.sequence for client in exchange.calendars.values() for shown in client.shown()] == [1, 1]


def test_own_answers_and_strangers_send_nothing(start_exchange: Callable[..., Exchange]) -> None:
    exchange = start_exchange()
    olga = invite(exchange, *PEOPLE)
    links = {mail.recipients[0]: link_in(mail.text, "/d/") for mail in exchange.expect(told("REQUEST", DINA, EVA))}

    # Eva answers by her own link, and changes her mind.
    eva = exchange.visitor()
    for reply, reason in (("declined", "Bận"), ("accepted", "")):
        eva.send(eva.open(links[EVA]).form("reply", "reason"), {"reply": reply, "reason": reason})
        assert replies(exchange) == {DINA: "none", EVA: reply}
        assert exchange.quiet()

    # Mallory holds a copy of Eva's entry and speaks for her; and Eva speaks for Dina.
    copy = exchange.calendars[EVA]
    [entry] = copy.shown()
    forged = answer(copy, entry.uid, "DECLINED", datetime.now(UTC))
    exchange.answer(EVA, forged, "REPLY", sender="mallory@example.org")
    exchange.answer(EVA, answer(copy, entry.uid, "DECLINED", datetime.now(UTC), attendee=DINA), "REPLY")
    exchange.answer(EVA, forged.replace(entry.uid.encode(), b"00000000-0000-4000-8000-000000000000"), "REPLY")
    exchange.wait_until(lambda work: len(work.session.scalars(select(Received.id)).all()) == 3)
    assert replies(exchange) == {DINA: "none", EVA: "accepted"}
    with exchange.server.begin() as work:
        found = sorted(tuple(row) for row in work.session.execute(select(Received.outcome, Received.reason)))
    assert found == [("ignored", "unknown_entry"), ("shown", "other_attendee"), ("shown", "other_sender")]
    assert exchange.quiet()

    # The next update says to each what they answered last.
    olga.send(olga.open(exchange.path("/edit")).form("title", "starts_at"), {"title": "Hội nghị khác"})
    exchange.expect(told("REQUEST", DINA, EVA, of=["Hội nghị khác"]))
    assert {address: [shown.partstat for shown in client.shown()] for address, client in exchange.calendars.items()} == {
        DINA: ["NEEDS-ACTION"],
        EVA: ["ACCEPTED"],
    }


def test_rehearsals_send_nothing(start_exchange: Callable[..., Exchange]) -> None:
    exchange = start_exchange()
    olga = invite(exchange, *PEOPLE)
    exchange.expect(told("REQUEST", DINA, EVA))
    olga.send(olga.open(exchange.path("/rehearsal")).form("csrf_token", to="/rehearsal/start"))
    with exchange.server.begin() as work:
        rehearsal = work.session.scalars(select(Conference).where(Conference.rehearses_id == exchange.conference_id)).one()
    olga.open(f"/conferences/{rehearsal.id}/invitations", status=409)
    olga.send(olga.open(exchange.path("/rehearsal")).form("csrf_token", to="/rehearsal/arrivals"))
    olga.send(olga.open(exchange.path("/rehearsal")).form("csrf_token", to="/rehearsal/lists"))
    # What is said of the real one afterwards came after everything that the rehearsal could have had to say.
    olga.send(olga.open(exchange.path("/edit")).form("title", "starts_at"), {"title": "Hội nghị thật"})
    exchange.expect(told("REQUEST", DINA, EVA, of=["Hội nghị thật"]))
    with exchange.server.begin() as work:
        assert work.session.scalars(select(Message.conference_id).distinct()).all() == [exchange.conference_id]


def test_updates_that_are_asked_for_wait_for_the_press(start_exchange: Callable[..., Exchange]) -> None:
    exchange = start_exchange(update_rule="ask")
    olga = invite(exchange, *PEOPLE)
    exchange.expect(told("REQUEST", DINA, EVA))
    canary_id = another_conference(exchange)
    olga.send(olga.open(f"/conferences/{canary_id}/invitations").form("csrf_token", to="/invitations"))
    exchange.expect({CANARY: ["REQUEST Chim báo"]})

    olga.send(olga.open(exchange.path("/edit")).form("title", "starts_at"), {"title": "Hội nghị khác"})
    # Everything that goes by itself has gone once the other conference's change has, which came later.
    olga.send(olga.open(f"/conferences/{canary_id}/edit").form("title", "starts_at"), {"title": "Chim báo 2"})
    exchange.wait_until(lambda work: work.session.get_one(Conference, canary_id).calendar_stale_at is None)
    exchange.expect({CANARY: ["REQUEST Chim báo 2"]})
    assert [shown.summary for shown in exchange.calendars[DINA].shown()] == [TITLE]

    olga.send(olga.open(exchange.path("/calendars")).form("csrf_token", to="/calendars"))
    exchange.expect(told("REQUEST", DINA, EVA, of=["Hội nghị khác"]))


def test_nobody_is_written_to_without_an_address_or_after_it_was_over(start_exchange: Callable[..., Exchange]) -> None:
    exchange = start_exchange()
    olga = invite(exchange, *PEOPLE, ("Không Thư", ""))
    mails = exchange.expect(told("REQUEST", DINA, EVA))
    assert {line.value for mail in mails for line in parse_calendar(mail.calendar or b"").components("VEVENT")[0].all("ATTENDEE")} == {
        f"mailto:{DINA}",
        f"mailto:{EVA}",
    }
    with exchange.server.begin() as work:
        nobody = work.session.scalars(select(Delegate.id).where(Delegate.email == "")).one()
    olga.send(olga.open(exchange.path(f"/delegates/{nobody}/edit")).form("full_name", "email"), {"email": MINH})
    exchange.expect(told("REQUEST", MINH))
    # He writes his address differently: the old one is told that it is over, the new one is invited.
    new = "le.minh@example.org"
    olga.send(olga.open(exchange.path(f"/delegates/{delegate_id(exchange, MINH)}/edit")).form("full_name", "email"), {"email": new})
    exchange.expect(told("CANCEL", MINH) | told("REQUEST", new))
    assert {shown.uid for shown in exchange.calendars[new].shown()}.isdisjoint(uid for uid, _ in exchange.calendars[MINH].held)


def test_a_message_that_had_to_wait_says_nothing_that_is_not_true_any_more(start_exchange: Callable[..., Exchange]) -> None:
    exchange = start_exchange()
    olga = invite(exchange, *PEOPLE)
    exchange.expect(told("REQUEST", DINA, EVA))

    def rename(title: str) -> None:
        olga.send(olga.open(exchange.path("/edit")).form("title", "starts_at"), {"title": title})

    # Dina's mailbox takes nothing for a while; the message to her is written already.
    exchange.office.later.add(DINA)
    rename("Tên hai")
    waits = select(Message).where(Message.state == "ready", Message.attempts == 1, Message.due_at > datetime.now(UTC))
    exchange.wait_until(lambda work: work.session.scalar(waits) is not None)
    exchange.expect(told("REQUEST", EVA, of=["Tên hai"]), out_of_reach=DINA)

    # It takes mail again, and something else has changed: she hears of that, and never of what was true in between.
    exchange.office.later.clear()
    rename("Tên ba")
    exchange.expect(told("REQUEST", DINA, EVA, of=["Tên ba"]))
    with exchange.server.begin() as work:
        old = work.session.scalars(waits).one()
        old.due_at, old_id = work.now, old.id
    exchange.wait_until(lambda work: work.session.get_one(Message, old_id).state == "dropped")
    exchange.expect({})


def replies(exchange: Exchange) -> dict[str, str]:
    with exchange.server.begin() as work:
        return {delegate.email: delegate.reply for delegate in work.session.scalars(select(Delegate))}


def another_conference(exchange: Exchange) -> int:
    """One more conference of the same organiser, which tells of changes by itself, with one delegate."""
    with exchange.server.begin() as work:
        conference = make_conference(work, title="Chim báo", starts_at=DAY, ends_at=DAY.replace(hour=9))
        organiser = work.session.scalars(select(ConferenceMember.account_id).where(ConferenceMember.conference_id == exchange.conference_id)).one()
        work.session.add(ConferenceMember(conference_id=conference.id, account_id=organiser))
        make_delegate(work, make_mandate(work, conference, make_site(work, conference), make_unit(work, "Sở Chim")), "Chim", email=CANARY)
        return conference.id


def test_mail_and_feed_are_one_calendar(start_exchange: Callable[..., Exchange]) -> None:
    exchange = start_exchange(update_rule="ask")
    olga = invite(exchange, PEOPLE[0])
    [mail] = exchange.expect(told("REQUEST", DINA))
    dina, link = exchange.visitor(), link_in(mail.text, "/d/")

    def subscribed() -> list[Shown]:
        """The entry for the whole, as whoever subscribed to Dina's calendar sees it; a feed does not say whose answer it is."""
        uids = {uid for uid, _ in exchange.calendars[DINA].held}
        return [shown for shown in read_feed(dina.open(f"{link}/feed.ics").html.encode()) if shown.uid in uids]

    def mailed() -> list[Shown]:
        return [replace(shown, partstat="") for shown in exchange.calendars[DINA].shown()]

    def rename(title: str) -> None:
        olga.send(olga.open(exchange.path("/edit")).form("title", "starts_at"), {"title": title})

    def press() -> None:
        olga.send(olga.open(exchange.path("/calendars")).form("csrf_token", to="/calendars"))

    assert subscribed() == mailed()
    # The feed is read before the mail is written: it is one change all the same.
    rename("Tên hai")
    assert [(shown.summary, shown.sequence) for shown in subscribed()] == [("Tên hai", 1)]
    press()
    exchange.expect(told("REQUEST", DINA, of=["Tên hai"]))
    assert subscribed() == mailed()
    # Two changes for whoever reads the feed in between, none for the mail; afterwards both go on from there.
    rename("Tên ba")
    assert [shown.sequence for shown in subscribed()] == [2]
    rename("Tên hai")
    assert [shown.sequence for shown in subscribed()] == [3]
    assert not [form for form in olga.open(exchange.path("/calendars")).forms if form.action.endswith("/calendars")]
    rename("Tên bốn")
    press()
    exchange.expect(told("REQUEST", DINA, of=["Tên bốn"]))
    assert [shown.sequence for shown in subscribed()] == [shown.sequence for shown in mailed()] == [4]
