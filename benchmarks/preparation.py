"""A conference that is running, with its halls, people, paired desks and a public board, made in bulk by the commands organisers use."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import URL, create_engine, insert, select

from benchmarks.servers import SECRET
from confsvc.database import WriterTurn, prepare_engine, session_makers
from confsvc.domain.accounts import create_account
from confsvc.domain.board import board_token, renew_board_link
from confsvc.domain.conferences import ConferenceEntry, create_conference, move_conference
from confsvc.domain.delegates import DelegateEntry, add_delegates
from confsvc.domain.mandates import MandateEntry, invite_units
from confsvc.domain.passes import sign_token
from confsvc.domain.passwords import Passwords
from confsvc.domain.sites import SiteEntry, create_sites
from confsvc.domain.tokens import derive_token, hash_token
from confsvc.domain.unit_imports import import_units
from confsvc.domain.unit_rows import UnitRow
from confsvc.domain.work import AccountActor, Actor, System, Work, begin_work
from confsvc.models import Delegate, Desk, Pairing, Pass, Unit

EMAIL, PASSWORD = "ban-to-chuc@example.org", "mat khau cua ban to chuc"  # of a server that lives for seconds
LEAST_ARGON2_KIB = 32
# As many as a hall of a commune expects; a run that would else run out of people has larger ones.
PEOPLE_OF_A_HALL = 40


@dataclass(frozen=True, slots=True)
class Size:
    """How large a conference is: each hall has one desk and as many people as any other."""

    halls: int
    people: int = PEOPLE_OF_A_HALL


@dataclass(frozen=True, slots=True)
class PairedDesk:
    """A desk: what its cookie holds, and what the passes of the people of its hall say."""

    token: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A conference that is running; `board_token` opens its public board, `account_id` organises it."""

    conference_id: int
    account_id: int
    board_token: str
    desks: tuple[PairedDesk, ...]


@contextmanager
def units_of_work(database: URL) -> Iterator["Units"]:
    """A way to a database beside the server's own."""
    engine = create_engine(database)
    prepare_engine(engine)
    try:
        yield Units(session_makers(engine)[1])
    finally:
        engine.dispose()


class Units:
    """Units of work over one database, of which nobody is told."""

    def __init__(self, open_session: Any) -> None:
        self._open = open_session
        self._turn = WriterTurn()

    @contextmanager
    def begin(self, actor: Actor | None = None) -> Iterator[Work]:
        with begin_work(
            self._open,
            turn=self._turn,
            now=datetime.now(UTC),
            new_id=lambda: str(uuid4()),
            secret=SECRET,
            actor=actor or System(),
            publish=lambda _: None,
        ) as work:
            yield work


def prepare_conference(database: URL, size: Size) -> Prepared:
    """Make it in a migrated database."""
    with units_of_work(database) as units, units.begin() as work:
        account = create_account(work, Passwords(LEAST_ARGON2_KIB), email=EMAIL, name="Ban Tổ chức", password=PASSWORD)
        acting = replace(work, actor=AccountActor(account.id))
        conference = create_conference(
            acting,
            ConferenceEntry("Hội nghị toàn quốc", "hybrid", "Asia/Ho_Chi_Minh", work.now - timedelta(minutes=10), work.now + timedelta(hours=6)),
        )
        names = [f"Điểm cầu {number}" for number in range(1, size.halls + 1)]
        sites = create_sites(acting, conference.id, [SiteEntry(name, kind="remote" if number else "main") for number, name in enumerate(names)])
        import_units(acting, [UnitRow(line, f"X{line}", f"Ủy ban nhân dân xã {line}", "xã", "") for line in range(1, size.halls + 1)])
        unit_ids = list(work.session.scalars(select(Unit.id).order_by(Unit.id)))
        invited = [MandateEntry(unit, site.id, seats=size.people, required_rank="leader") for unit, site in zip(unit_ids, sites, strict=True)]
        mandates = invite_units(acting, conference.id, invited)
        add_delegates(acting, conference.id, [_person(mandate.id, number) for mandate in mandates for number in range(size.people)])
        for step in ("publish", "start"):
            move_conference(acting, conference.id, step, version=conference.version)
        renew_board_link(acting, conference.id)
        tokens = pair_desks(work, conference.id, account.id, [site.id for site in sites])
        codes = _codes_by_site(work, conference.id)
        desks = tuple(PairedDesk(token, tuple(codes[site.id])) for token, site in zip(tokens, sites, strict=True))
        return Prepared(conference.id, account.id, board_token(acting, conference) or "", desks)


def pair_desks(work: Work, conference_id: int, account_id: int, site_ids: Sequence[int]) -> list[str]:
    """Pair a desk with each of these sites, as by a link and a press of a button each; what their cookies hold, in this order."""
    shared = {"conference_id": conference_id, "expires_at": work.now + timedelta(days=1)}
    uids = [work.new_id() for _ in site_ids]
    pairings = [
        {**shared, "site_id": site, "uid": uid, "token_hash": hash_token(uid), "created_by_id": account_id, "created_at": work.now, "used_at": work.now}
        for site, uid in zip(site_ids, uids, strict=True)
    ]
    work.session.execute(insert(Pairing), pairings)
    pairing_ids = dict(work.session.execute(select(Pairing.uid, Pairing.id).where(Pairing.conference_id == conference_id)).all())
    tokens = [derive_token(work.secret, "desk", uid) for uid in uids]
    desks = [
        {**shared, "site_id": site, "uid": uid, "token_hash": hash_token(token), "pairing_id": pairing_ids[uid], "name": "Bàn 1", "paired_at": work.now}
        for site, uid, token in zip(site_ids, uids, tokens, strict=True)
    ]
    work.session.execute(insert(Desk), desks)
    return tokens


def _person(mandate_id: int, number: int) -> DelegateEntry:
    return DelegateEntry(f"Nguyễn Văn {number}", mandate_id, position="Chuyên viên", rank="staff" if number else "leader")


def _codes_by_site(work: Work, conference_id: int) -> dict[int, list[str]]:
    """Site id → what the QR codes of its people hold."""
    found: defaultdict[int, list[str]] = defaultdict(list)
    passes = select(Delegate.site_id, Pass.uid).join(Pass, Pass.delegate_id == Delegate.id).where(Delegate.conference_id == conference_id)
    for site_id, uid in work.session.execute(passes.order_by(Delegate.id)):
        found[site_id].append(sign_token(work.secret, conference_id, uid))
    return found
