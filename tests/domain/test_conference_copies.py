"""A conference made after the pattern of another one."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from confsvc.domain.conference_copies import duplicate_conference
from confsvc.domain.errors import NotFound
from confsvc.domain.unit_changes import merge_units, rename_unit
from confsvc.domain.unit_rules import UnitEntry
from confsvc.models import AgendaItem, AgendaSession, Attendance, ConferenceMember, Delegate, Desk, Mandate, Pass, Site, SiteTally
from tests.conftest import BeginWork
from tests.factories import ENDS, STARTS, acting, make_account, make_conference, make_delegate, make_mandate, make_site, make_unit

YEAR = timedelta(days=365)


def test_sites_agenda_and_invited_units_are_copied_and_nothing_personal(begin: BeginWork) -> None:
    with begin() as work:
        olga = make_account(work)
        host, guest, ended = (make_unit(work, name) for name in ("Sở chủ trì", "Huyện A", "Huyện cũ"))
        conference = make_conference(work, olga, host_unit_id=host.id, host_name="Sở chủ trì", chair_name="Nguyễn Minh", board_token_hash="x" * 64)
        main = make_site(work, conference, address="1 Lê Lợi")
        remote = make_site(work, conference, "Huyện A", kind="remote", parent_id=main.id, unit_id=guest.id, attends=False)
        mandate = make_mandate(work, conference, remote, guest, seats=3, required_rank="leader", sort_order=7)
        make_mandate(work, conference, main, ended)
        delegate = make_delegate(work, mandate)
        session = AgendaSession(conference_id=conference.id, uid=work.new_id(), title="Phiên", starts_at=STARTS, ends_at=ENDS)
        work.session.add(session)
        work.session.flush()
        fixed = STARTS + timedelta(minutes=30)
        work.session.add(
            AgendaItem(
                conference_id=conference.id,
                session_id=session.id,
                title="Tham luận",
                kind="speech",
                presenter_id=delegate.id,
                site_id=remote.id,
                fixed_start=fixed,
            )
        )
        ended.valid_to = date(2023, 1, 1)
    with begin(acting(olga)) as work:
        copied = duplicate_conference(work, conference.id, title="Năm sau", starts_at=STARTS + YEAR)
        copy = copied.conference
    assert copied.left_out == ["Huyện cũ"]
    assert (copy.title, copy.state, copy.starts_at, copy.ends_at, copy.chair_name) == ("Năm sau", "draft", STARTS + YEAR, ENDS + YEAR, "Nguyễn Minh")
    assert (copy.host_unit_id, copy.host_name, copy.board_token_hash, copy.revision) == (host.id, "Sở chủ trì", None, 0)
    with begin() as work:
        new_main, new_remote = work.session.scalars(select(Site).where(Site.conference_id == copy.id).order_by(Site.id))
        assert (new_main.kind, new_main.address, new_remote.parent_id, new_remote.unit_id, new_remote.attends) == (
            "main",
            "1 Lê Lợi",
            new_main.id,
            guest.id,
            False,
        )
        invited = work.session.scalars(select(Mandate).where(Mandate.conference_id == copy.id)).one()
        assert (invited.unit_id, invited.unit_name, invited.site_id, invited.seats, invited.required_rank) == (guest.id, "Huyện A", new_remote.id, 3, "leader")
        new_session = work.session.scalars(select(AgendaSession).where(AgendaSession.conference_id == copy.id)).one()
        assert (new_session.title, new_session.starts_at, new_session.ends_at, new_session.uid != session.uid) == ("Phiên", STARTS + YEAR, ENDS + YEAR, True)
        item = work.session.scalars(select(AgendaItem).where(AgendaItem.conference_id == copy.id)).one()
        assert (item.session_id, item.site_id, item.presenter_id, item.fixed_start, item.kind) == (new_session.id, new_remote.id, None, fixed + YEAR, "speech")
        tallies = work.session.execute(select(SiteTally.named, SiteTally.vacant).where(SiteTally.conference_id == copy.id).order_by(SiteTally.site_id)).all()
        assert tallies == [(0, 0), (0, 3)]
        for model in (Delegate, Pass, Attendance, Desk):
            assert work.session.scalar(select(func.count()).select_from(model).where(model.conference_id == copy.id)) == 0, model
        assert work.session.scalars(select(ConferenceMember.account_id).where(ConferenceMember.conference_id == copy.id)).all() == [olga.id]


def test_units_are_invited_as_what_they_are_now(begin: BeginWork) -> None:
    with begin() as work:
        olga = make_account(work)
        one, two, three = (make_unit(work, name) for name in ("Xã Một", "Xã Hai", "Xã Ba"))
        conference = make_conference(work, olga, host_unit_id=one.id, host_name="Xã Một")
        site = make_site(work, conference)
        for unit in (one, two, three):
            make_mandate(work, conference, site, unit, seats=2)
        merged = merge_units(work, [one.id, two.id], UnitEntry("Xã Chung"), on_date=date(2023, 1, 10), version=1)
        renamed = rename_unit(work, three.id, UnitEntry("Xã Bốn"), on_date=date(2023, 1, 10), version=1)
    with begin(acting(olga)) as work:
        copied = duplicate_conference(work, conference.id, title="x", starts_at=STARTS)
        mandates = work.session.scalars(select(Mandate).where(Mandate.conference_id == copied.conference.id).order_by(Mandate.unit_id))
        assert [(m.unit_id, m.unit_name, m.seats) for m in mandates] == [(merged.id, "Xã Chung", 4), (renamed.id, "Xã Bốn", 2)]
        assert (copied.conference.host_name, copied.left_out) == ("Xã Chung", [])


def test_the_outsider_copies_nothing(begin: BeginWork) -> None:
    with begin() as work:
        conference = make_conference(work, make_account(work))
        mallory = make_account(work, "mallory")
    with begin(acting(mallory)) as work, pytest.raises(NotFound):
        duplicate_conference(work, conference.id, title="x", starts_at=STARTS)
