"""A conference with people who came in every way there is, and a rehearsal of it in which everything happens."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

from sqlalchemy import Select, select

from confsvc.domain.board import renew_board_link
from confsvc.domain.check_in import Act, Answer, CheckIn, CountHeads, Leave, Substitute, UndoCheckIn, WalkIn, WithdrawSubstitute, carry_out
from confsvc.domain.conferences import move_conference
from confsvc.domain.follow_ups import FollowUpEntry, follow_up
from confsvc.domain.handing_over import GivenAct, hand_over
from confsvc.domain.pairings import create_pairing
from confsvc.domain.passes import pass_token, valid_pass
from confsvc.domain.rehearsal_arrivals import let_arrive
from confsvc.domain.rehearsals import start_rehearsal, wipe_rehearsal
from confsvc.domain.work import Anonymous, DeskActor, Work
from confsvc.models import AgendaItem, AgendaSession, Base, Conference, Delegate, Desk, Site
from confsvc.schemas.acts import act_name, present_act
from tests.conftest import NOW, BeginWork
from tests.factories import ENDS, STARTS, acting, make_account, make_conference, make_delegate, make_desk, make_mandate, make_site

ANYTIME = NOW - timedelta(minutes=10)


class Hall:
    """olga's conference with two sites: dina and an have seats at the main one, chi at the other; dat was replaced by duc, em walked in."""

    def __init__(self, begin: BeginWork) -> None:
        self.begin = begin
        self.refs = (f"00000000-0000-4000-9000-{n:012d}" for n in count(1))
        with begin() as work:
            self.olga, self.mallory = make_account(work), make_account(work, "mallory")
            self.conference = make_conference(work, self.olga, board_token_hash="b" * 64)
            self.main = make_site(work, self.conference, address="Số 1")
            self.remote = make_site(work, self.conference, "Điểm cầu Phú Quý", kind="remote", parent_id=self.main.id, sort_order=3)
            here = make_mandate(work, self.conference, self.main, seats=5, liaison_name="Lan", liaison_phone="+84913123456")
            there = make_mandate(work, self.conference, self.remote, seats=2, required_rank="leader")
            self.dina, self.an, dat = (make_delegate(work, here, name) for name in ("Nguyễn Thị Dina", "Võ Hoài An", "Lê Tiến Đạt"))
            self.chi = make_delegate(work, there, "Trần Chi", rank="head", phone="+84912000111", protocol_order=2)
            self.desk = make_desk(work, self.main, token="real")
            session = AgendaSession(conference_id=self.conference.id, uid=work.new_id(), title="Phiên", starts_at=STARTS, ends_at=ENDS)
            work.session.add(session)
            work.session.flush()
            place = {"conference_id": self.conference.id, "session_id": session.id, "site_id": self.remote.id, "presenter_id": self.chi.id}
            work.session.add(AgendaItem(**place, title="Báo cáo", fixed_start=STARTS))
        self.codes = {one.id: self.code(one) for one in (self.dina, self.an, self.chi)}
        self.tell(self.desk, self.act(Substitute, delegate_id=dat.id, name="Phan Đức", position="Phó phòng", rank="staff", reason="ốm"))
        self.tell(self.desk, self.act(WalkIn, name="Hồ Em", position="", unit="Báo Bình Thuận"), self.scan(self.dina))

    def act(self, kind: Callable[..., Act], **fields: Any) -> Act:
        return kind(client_ref=next(self.refs), occurred_at=ANYTIME, **fields)

    def scan(self, delegate: Delegate, kind: Callable[..., Act] = CheckIn) -> Act:
        return self.act(kind, code=self.codes[delegate.id])

    def code(self, delegate: Delegate) -> str:
        with self.begin() as work:
            return pass_token(work, valid_pass(work, delegate.id))

    def tell(self, desk: Desk, *acts: Act) -> list[tuple[str, str | None]]:
        with self.begin(DeskActor(desk.id)) as work:
            answers = carry_out(work, acts).answers
        return [(one.verdict.verdict, one.verdict.reason) if isinstance(one, Answer) else (one.code, None) for one in answers]

    def start(self) -> Conference:
        with self.begin(acting(self.olga)) as work:
            return start_rehearsal(work, self.conference.id)

    def wipe(self) -> None:
        with self.begin(acting(self.olga)) as work:
            wipe_rehearsal(work, self.conference.id)

    def desk_at(self, rehearsal: Conference, kind: str = "main", token: str = "rehearsing") -> Desk:
        with self.begin() as work:
            return make_desk(work, work.session.scalars(select(Site).where(Site.conference_id == rehearsal.id, Site.kind == kind)).one(), token=token)

    def stand_in(self, rehearsal: Conference, delegate: Delegate) -> Delegate:
        with self.begin() as work:
            return stand_in(work, rehearsal, delegate)

    def rehearse_everything(self, rehearsal: Conference) -> None:
        """Every kind of line there is, every table that hangs on a conference, and the close."""
        desk, far = self.desk_at(rehearsal), self.desk_at(rehearsal, "remote", "far")
        an, chi = self.stand_in(rehearsal, self.an), self.stand_in(rehearsal, self.chi)
        self.tell(desk, self.scan(self.dina), self.scan(self.dina, Leave), self.scan(self.an), self.act(UndoCheckIn, delegate_id=an.id, reason="nhầm"))
        came = self.act(Substitute, delegate_id=an.id, name="Tạ Thay", position="", rank="staff", reason="bận")
        self.tell(desk, came, self.act(WithdrawSubstitute, substitution=came.client_ref, reason="nhầm"), self.act(CountHeads, count=9))
        self.tell(desk, self.act(WalkIn, name="Lạ", position="", unit="Đài"), self.act(CheckIn, code="nonsense"))
        self.tell(far, self.act(Substitute, delegate_id=chi.id, name="Tô Phó", position="", rank="staff", reason="họp"))
        with self.begin(acting(self.olga)) as work:
            mandate_id = work.session.get_one(Delegate, an.id).mandate_id
            follow_up(work, rehearsal.id, FollowUpEntry(mandate_id, an.id, "excused", "ốm", next(self.refs)))
            renew_board_link(work, rehearsal.id)
            create_pairing(work, rehearsal.id, desk.site_id, minutes=5)
            work.session.get_one(Desk, far.id).revoked_at = work.now
        with self.begin(Anonymous()) as work:
            act = self.act(CheckIn, delegate_id=an.id)
            hand_over(work, "far", far.uid, [GivenAct(act, act_name(act), present_act(act))])
        with self.begin(acting(self.olga)) as work:
            let_arrive(work, self.conference.id, 1)
            move_conference(work, rehearsal.id, "close", version=rehearsal.version)

    def rows(self, conference_id: int) -> dict[str, list[tuple[Any, ...]]]:
        """Table → every row of it that hangs on the conference."""
        with self.begin() as work:
            return {name: [tuple(row) for row in work.session.execute(statement)] for name, statement in of_conference(conference_id).items()}


def stand_in(work: Work, rehearsal: Conference, delegate: Delegate) -> Delegate:
    """Who stands for this delegate in the rehearsal."""
    return work.session.scalars(select(Delegate).where(Delegate.conference_id == rehearsal.id, Delegate.rehearses_id == delegate.id)).one()


def of_conference(conference_id: int) -> dict[str, Select[Any]]:
    """A statement for every table that hangs on a conference, by a column of its own or by its people."""
    tables = Base.metadata.tables
    people = select(tables["delegates"].c.id).where(tables["delegates"].c.conference_id == conference_id)
    found: dict[str, Select[Any]] = {}
    for table in Base.metadata.sorted_tables:
        if table.name == "conferences":
            found[table.name] = table.select().where(table.c.id == conference_id)
        elif "conference_id" in table.c:
            found[table.name] = table.select().where(table.c.conference_id == conference_id)
        elif "delegate_id" in table.c:
            found[table.name] = table.select().where(table.c.delegate_id.in_(people))
    return {name: statement.order_by(*tables[name].primary_key) for name, statement in found.items()}
