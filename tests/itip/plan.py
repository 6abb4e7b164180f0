"""The conference of the exchanges: two sites, two units with liaisons, a morning and an afternoon, and the people of the story."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from confsvc.models import AgendaItem, AgendaSession, Delegate, Mandate
from tests.browser.conftest import PASSWORD_HASH, Server
from tests.factories import make_account, make_conference, make_delegate, make_mandate, make_site, make_unit
from tests.itip.exchange import Exchange
from tests.itip.visitor import Visitor

OLGA = "olga@example.org"
LAN, BINH = "lan@example.org", "binh@example.org"
DINA, EVA, MINH, THU = "dina@example.org", "eva@example.org", "minh@example.org", "thu@example.org"
TITLE = "Hội nghị tổng kết; năm 2026, triển khai nhiệm vụ 2027"
SESSIONS = ["Phiên sáng", "Phiên chiều"]
# Both sites are in one house: only their names differ.
ADDRESS = "01 Nguyễn Tất Thành, Phan Thiết"
DAY = (datetime.now(UTC) + timedelta(days=30)).replace(hour=1, minute=0, second=0, microsecond=0)


def plan(server: Server, **columns: Any) -> int:
    """Publish the conference, with these columns; its id."""
    with server.begin() as work:
        olga = make_account(work, password_hash=PASSWORD_HASH)
        start = columns.get("starts_at", DAY)
        host = make_unit(work, "Sở Nội vụ")
        columns = {"title": TITLE, "host_unit_id": host.id, "host_name": host.name, "starts_at": start, "ends_at": start + timedelta(hours=8), **columns}
        conference = make_conference(work, olga, **columns)
        hall = make_site(work, conference, address=ADDRESS)
        make_site(work, conference, "Điểm cầu Tuy Phong", kind="remote", address=ADDRESS)
        for name, liaison in (("Sở Y tế", LAN), ("Sở Xây dựng", BINH)):
            make_mandate(work, conference, hall, make_unit(work, name), seats=2, liaison_name=f"Văn thư {name}", liaison_email=liaison)
        for number, title in enumerate(SESSIONS):
            starts_at = start + timedelta(hours=5 * number)
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


def invite(exchange: Exchange, *people: tuple[str, str]) -> Visitor:
    """Put these people (name, address) on the list of the first unit and invite them; the organiser who did it."""
    with exchange.server.begin() as work:
        mandate = work.session.scalars(select(Mandate).where(Mandate.conference_id == exchange.conference_id).order_by(Mandate.id)).first()
        assert mandate
        mandate.seats = len(people) + 2
        for name, email in people:
            make_delegate(work, mandate, name, email=email)
    olga = exchange.visitor(OLGA)
    olga.send(olga.open(exchange.path("/invitations")).form("csrf_token", to="/invitations"))
    return olga


def told(method: str, *addresses: str, of: Sequence[str] = (TITLE,)) -> dict[str, list[str]]:
    """Each of these is sent this about each of these entries."""
    return {address: [f"{method} {title}" for title in of] for address in addresses}


def link_in(text: str, path: str) -> str:
    """The link to this path that stands in a mail."""
    return next(word.strip("<>.,") for word in text.split() if path in word)
