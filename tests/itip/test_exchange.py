"""The whole exchange, with no mock inside: `confsvc serve` as a process, a mail server, a maildir of answers, people with browsers.

After each step everybody's calendar, made of nothing but the mail they were sent, shows what the database says, and exactly those
were written to whom the step concerns.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from confsvc.models import AgendaItem, AgendaSession, Conference, Delegate
from tests.browser.conftest import PASSWORD_HASH, Server
from tests.factories import make_account, make_conference, make_mandate, make_site, make_unit
from tests.itip.answers import answer
from tests.itip.exchange import MAIL_FROM, Exchange
from tests.itip.post_office import make_maildir, open_office

OLGA = "olga@example.org"
LAN, BINH = "lan@example.org", "binh@example.org"
DINA, EVA, MINH, THU = "dina@example.org", "eva@example.org", "minh@example.org", "thu@example.org"
TITLE = "Hội nghị tổng kết; năm 2026, triển khai nhiệm vụ 2027"
SESSIONS = ["Phiên sáng", "Phiên chiều"]
RULES = {"conference": [TITLE], "sessions": SESSIONS}
DAY = (datetime.now(UTC) + timedelta(days=30)).replace(hour=1, minute=0, second=0, microsecond=0)


@pytest.fixture
def exchange(request: pytest.FixtureRequest, start_server: Callable[..., Server], tmp_path: Path) -> Iterator[Exchange]:
    """A published conference of two sites and two units with liaisons, a morning and an afternoon; nobody is named or invited yet."""
    maildir = make_maildir(tmp_path / "answers")
    with open_office() as office:
        smtp = {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(office.port), "SMTP_SECURITY": "none", "MAIL_FROM": MAIL_FROM, "MAIL_PER_MINUTE": "0"}
        server = start_server(**smtp, INBOX_DIR=str(maildir), INBOX_SECONDS="5", CALENDAR_SETTLE_SECONDS="1")
        yield Exchange(server, office, maildir, plan(server, getattr(request, "param", "conference")))


def plan(server: Server, entry_rule: str) -> int:
    with server.begin() as work:
        olga = make_account(work, password_hash=PASSWORD_HASH)
        times = {"starts_at": DAY, "ends_at": DAY + timedelta(hours=8)}
        conference = make_conference(work, olga, title=TITLE, host_name="Sở Nội vụ", entry_rule=entry_rule, **times)
        hall = make_site(work, conference, address="01 Nguyễn Tất Thành, Phan Thiết")
        make_site(work, conference, "Điểm cầu Tuy Phong", kind="remote", address="Liên Hương")
        for name, liaison in (("Sở Y tế", LAN), ("Sở Xây dựng", BINH)):
            make_mandate(work, conference, hall, make_unit(work, name), seats=2, liaison_name=f"Văn thư {name}", liaison_email=liaison)
        for number, title in enumerate(SESSIONS):
            starts_at = DAY + timedelta(hours=5 * number)
            session = AgendaSession(conference_id=conference.id, uid=work.new_id(), title=title, starts_at=starts_at, ends_at=starts_at + timedelta(hours=3))
            work.session.add(session)
            work.session.flush()
            work.session.add(AgendaItem(conference_id=conference.id, session_id=session.id, kind="report", title=f"Báo cáo {number}", planned_minutes=30))
        return conference.id


def delegate_id(exchange: Exchange, email: str) -> int:
    with exchange.server.begin() as work:
        return work.session.scalars(select(Delegate.id).where(Delegate.email == email, Delegate.conference_id == exchange.conference_id)).one()


def local(moment: datetime) -> str:
    """As a form takes a moment: the wall clock of the province."""
    return f"{moment + timedelta(hours=7):%Y-%m-%dT%H:%M}"


@pytest.mark.parametrize("exchange", list(RULES), indirect=True)
def test_invitations_stay_true_through_everything_that_changes(exchange: Exchange, request: pytest.FixtureRequest) -> None:
    titles = RULES[request.node.callspec.params["exchange"]]

    def told(method: str, *addresses: str, of: list[str] = titles) -> dict[str, list[str]]:
        return {address: [f"{method} {title}" for title in of] for address in addresses}

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
    exchange.expect(told("REQUEST", DINA, EVA, MINH))

    # The conference begins an hour later, and its agenda with it.
    form = olga.open(exchange.path("/edit")).form("title", "starts_at")
    later = {"starts_at": local(DAY + timedelta(hours=1)), "ends_at": local(DAY + timedelta(hours=9))}
    olga.send(form, {**later, "move_agenda": "y"})
    exchange.expect(told("REQUEST", DINA, EVA, MINH))

    # The afternoon is moved.
    with exchange.server.begin() as work:
        afternoon = work.session.scalars(select(AgendaSession).where(AgendaSession.title == "Phiên chiều")).one()
        moved = {"starts_at": local(afternoon.starts_at + timedelta(minutes=30)), "ends_at": local(afternoon.ends_at + timedelta(minutes=30))}
    olga.send(olga.open(exchange.path(f"/agenda/sessions/{afternoon.id}")).form("title", "starts_at"), moved)
    exchange.expect(told("REQUEST", DINA, EVA, MINH, of=titles[-1:]))

    # Minh goes to the other site.
    minh = olga.open(exchange.path(f"/delegates/{delegate_id(exchange, MINH)}/edit")).form("full_name", "site_id")
    with exchange.server.begin() as work:
        remote = work.session.scalars(select(Delegate.site_id).where(Delegate.email == DINA)).one() + 1
    olga.send(minh, {"site_id": str(remote)})
    exchange.expect(told("REQUEST", MINH))

    # Thu comes instead of Dina.
    form = lan.open(f"{links[LAN]}/people/{delegate_id(exchange, DINA)}/substitute").form("full_name", "reason")
    lan.send(form, {"full_name": "Phạm Thị Thu", "email": THU, "rank": "staff", "reason": "Bận công tác"})
    exchange.expect(told("CANCEL", DINA) | told("REQUEST", THU))

    # Eva declines, from her calendar; nobody hears of it by mail.
    eva = exchange.calendars[EVA]
    for shown in eva.shown():
        exchange.answer(EVA, answer(eva, shown.uid, "DECLINED", datetime.now(UTC)), "REPLY")
    exchange.wait_until(lambda work: work.session.scalars(select(Delegate.reply).where(Delegate.email == EVA)).one() == "declined")

    # It is cancelled.
    olga.send(olga.open(exchange.path("")).form("csrf_token", to="/cancel"))
    exchange.expect(told("CANCEL", EVA, MINH, THU))
    with exchange.server.begin() as work:
        assert work.session.get_one(Conference, exchange.conference_id).state == "cancelled"


def link_in(text: str, path: str) -> str:
    """The link to this path that stands in a mail."""
    return next(word.strip("<>.,") for word in text.split() if path in word)
