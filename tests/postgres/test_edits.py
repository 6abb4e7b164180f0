"""Edits of one row by two units that had both loaded it before either wrote: the second is told, whatever process it is in."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from confsvc.domain.agenda import ItemEntry, SessionEntry, change_item, change_session, remove_item, remove_session
from confsvc.domain.conferences import ConferenceEntry, change_conference, move_conference
from confsvc.domain.delegates import DelegateEntry, change_delegate
from confsvc.domain.errors import EditConflict, NotFound, WrongState
from confsvc.domain.mandates import MandateChange, change_mandate
from confsvc.domain.protocol import move_delegate
from confsvc.domain.sites import SiteEntry, change_site, create_site, move_site, remove_site
from confsvc.domain.unit_rules import UnitEntry
from confsvc.domain.units import change_unit, move_unit, remove_unit
from confsvc.domain.work import Work
from confsvc.models import AgendaItem, AgendaSession, Base, Conference, Delegate, Mandate, Site, Unit
from tests.conftest import BeginWork
from tests.factories import ENDS, STARTS, make_conference, make_delegate, make_mandate, make_site, make_unit

Edit = Callable[[Work, SimpleNamespace, str], object]
CONFERENCE = ConferenceEntry("", "hybrid", "Asia/Ho_Chi_Minh", STARTS, ENDS)
EDITS: dict[str, Edit] = {
    "change_conference": lambda work, at, text: change_conference(work, at.conference, replace(CONFERENCE, title=text), version=1),
    "move_conference": lambda work, at, _: move_conference(work, at.conference, "postpone", version=1),
    "change_site": lambda work, at, text: change_site(work, at.conference, at.site, SiteEntry(text, kind="main"), version=1),
    "move_site": lambda work, at, _: move_site(work, at.conference, at.spare, "up", version=1),
    "remove_site": lambda work, at, _: remove_site(work, at.conference, at.spare, version=1),
    "change_session": lambda work, at, text: change_session(work, at.conference, at.session, SessionEntry(text, STARTS, ENDS), version=1),
    "remove_session": lambda work, at, _: remove_session(work, at.conference, at.empty, version=1),
    "change_item": lambda work, at, text: change_item(work, at.conference, at.item, ItemEntry(text), version=1),
    "remove_item": lambda work, at, _: remove_item(work, at.conference, at.item, version=1),
    "change_mandate": lambda work, at, text: change_mandate(work, at.conference, at.mandate, MandateChange(text, at.site, 3, "any"), version=1),
    "change_delegate": lambda work, at, text: change_delegate(work, at.conference, at.delegate, DelegateEntry(text, at.mandate), version=1),
    "move_delegate": lambda work, at, _: move_delegate(work, at.conference, at.delegate, 1, version=1),
    "change_unit": lambda work, at, text: change_unit(work, at.unit, UnitEntry(text), version=1),
    "move_unit": lambda work, at, _: move_unit(work, at.unit, at.other_unit, version=1),
    "remove_unit": lambda work, at, _: remove_unit(work, at.other_unit, version=1),
}


@pytest.fixture
def at(begin: BeginWork) -> SimpleNamespace:
    """The ids of a conference in progress and of one of everything in it that has versions."""
    with begin() as work:
        conference = make_conference(work, state="in_progress")
        site, spare = make_site(work, conference), make_site(work, conference, "Điểm cầu Đức Linh", kind="remote")
        unit, other_unit = make_unit(work), make_unit(work, "Sở Y tế")
        mandate = make_mandate(work, conference, site, unit)
        session, empty = (
            AgendaSession(conference_id=conference.id, uid=work.new_id(), title=title, starts_at=STARTS, ends_at=STARTS + timedelta(hours=1))
            for title in ("Khai mạc", "Bế mạc")
        )
        work.session.add_all([session, empty])
        work.session.flush()
        item = AgendaItem(conference_id=conference.id, session_id=session.id, title="Báo cáo", sort_order=0)
        work.session.add(item)
        delegate = make_delegate(work, mandate)
        make_delegate(work, mandate, "Trần Văn Đức")
    rows = {name: row for name, row in locals().items() if isinstance(row, Base)}
    return SimpleNamespace(**{name: row.id for name, row in rows.items()})  # type: ignore[attr-defined]  # every row here has an id


@contextmanager
def two_who_have_read(begin: BeginWork) -> Iterator[tuple[Work, Callable[[Callable[[Work], object]], None]]]:
    """A unit that has loaded every row, and a way to let another one that has done so too carry out something meanwhile."""

    def meanwhile(act: Callable[[Work], object]) -> None:
        act(second)
        second.session.commit()

    with begin() as first, begin() as second:
        kept = [read_all(work) for work in (first, second)]
        yield first, meanwhile
        del kept


def read_all(work: Work) -> list[Base]:
    return [row for kind in (Conference, Site, AgendaSession, AgendaItem, Mandate, Delegate, Unit) for row in work.session.scalars(select(kind))]


@pytest.mark.parametrize("name", EDITS)
def test_of_two_who_loaded_the_same_row_one_is_told(begin: BeginWork, at: SimpleNamespace, name: str) -> None:
    with pytest.raises((EditConflict, NotFound, WrongState)) as caught, two_who_have_read(begin) as (first, meanwhile):  # noqa: PT012  # the first begins before
        meanwhile(lambda second: EDITS[name](second, at, "Người thứ hai"))
        EDITS[name](first, at, "Người thứ nhất")
    expected = NotFound if name.startswith("remove") else WrongState if name == "move_conference" else EditConflict
    assert type(caught.value) is expected
    if isinstance(caught.value, EditConflict):
        assert caught.value.current.version == 2


def test_a_plan_is_not_changed_by_one_who_read_it_before_it_was_closed(begin: BeginWork, at: SimpleNamespace) -> None:
    with pytest.raises(WrongState), two_who_have_read(begin) as (first, meanwhile):  # noqa: PT012  # as above
        meanwhile(lambda second: move_conference(second, at.conference, "close", version=1))
        create_site(first, at.conference, SiteEntry("Điểm cầu mới"))


@pytest.mark.parametrize(
    ("state", "steps"), [("in_progress", {"close": "closed", "postpone": "postponed"}), ("published", {"start": "in_progress", "cancel": "cancelled"})]
)
def test_of_two_steps_at_once_exactly_one_is_taken(begin: BeginWork, at: SimpleNamespace, state: str, steps: dict[str, str]) -> None:
    with begin() as work:
        work.session.get_one(Conference, at.conference).state = state
    everybody_has_read = Barrier(2)

    def press(step: str) -> str | None:
        try:
            with begin() as work:
                rows = read_all(work)
                everybody_has_read.wait()
                move_conference(work, at.conference, step, version=1)
                del rows
        except (EditConflict, WrongState):
            return None
        return steps[step]

    with ThreadPoolExecutor(2) as pool:
        outcomes = [state for state in pool.map(press, steps) if state]
    with begin() as work:
        conference = work.session.get_one(Conference, at.conference)
        assert [(state, 2) for state in outcomes] == [(conference.state, conference.version)]
