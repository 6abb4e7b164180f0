"""Whatever command is carried out: a conference without a mark has nobody whose calendar differs."""

from collections.abc import Callable
from datetime import timedelta
from random import Random
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import event, select

from confsvc.domain import agenda, attendance, conferences, delegate_import_saving, delegates, mandates, sites
from confsvc.domain.admissions import admit_person, deny_person
from confsvc.domain.agenda import ItemEntry, SessionEntry, order_mark
from confsvc.domain.agenda_ripple import ripple_agenda
from confsvc.domain.agenda_ripple_rules import RippleEntry
from confsvc.domain.attendance import NewEvent
from confsvc.domain.calendar_watch import compare_calendars, count_differences, put_calendar_messages
from confsvc.domain.conferences import ConferenceEntry
from confsvc.domain.delegate_import_saving import Saving
from confsvc.domain.delegates import DelegateEntry
from confsvc.domain.errors import DomainError
from confsvc.domain.mandates import MandateChange
from confsvc.domain.registration import change_person, name_people, name_substitute
from confsvc.domain.registration_people import PersonEntry
from confsvc.domain.replies import answer_invitation
from confsvc.domain.sites import SiteEntry
from confsvc.domain.substitutions import SubstituteEntry, come_for, substitute_delegate, withdraw_substitution
from confsvc.domain.work import AccountActor, DelegateActor, Work
from confsvc.models import AgendaItem, AgendaSession, Attendance, Base, CalendarEntry, Conference, Delegate, Mandate, Message, Site
from tests.conftest import NOW, BeginWork
from tests.domain.calendar_post import Scene, make_invited, write_waiting
from tests.factories import ENDS, STARTS

Play = Callable[["Player"], object]
ROUNDS = 3
WORDS = ("Tổng kết", "Sơ kết", "Chuyển đổi số", "Cải cách hành chính")


class Player:
    """Somebody who presses whatever there is to press, in one unit of work."""

    def __init__(self, work: Work, scene: Scene, random: Random) -> None:
        self.work, self.scene, self.random, self.at = work, scene, random, scene.conference_id

    @property
    def word(self) -> str:
        return self.random.choice(WORDS)

    @property
    def conference(self) -> Conference:
        return self.work.session.get_one(Conference, self.at)

    def any_of(self, kind: type[Base], *conditions: Any) -> Any:
        """One row of the conference; raises IndexError where there is none."""
        of_conference: Any = kind
        rows = self.work.session.scalars(select(kind).where(of_conference.conference_id == self.at, *conditions)).all()
        return self.random.choice(rows)

    def in_state(self, *states: str) -> Delegate:
        standing = select(Attendance.delegate_id).where(Attendance.state.in_(states))
        found: Delegate = self.any_of(Delegate, Delegate.id.in_(standing))
        return found

    def entry(self, person: Delegate) -> DelegateEntry:
        email = self.random.choice([person.email, f"{self.random.randrange(5)}@example.org", ""])
        name, seat = self.random.choice([person.full_name, f"Trần {self.word}"]), self.any_of(Site).id
        mandate_id = person.mandate_id if person.origin == "substitute" else self.any_of(Mandate, Mandate.unit_id.is_not(None)).id
        return DelegateEntry(name, mandate_id, site_id=seat, position=self.word, rank=person.rank, email=email)

    def ref(self) -> str:
        return self.work.new_id()


def change_conference(on: Player) -> None:
    standing = on.conference
    entry = ConferenceEntry(on.random.choice([standing.title, on.word]), on.random.choice(["hybrid", "in_person"]), "Asia/Ho_Chi_Minh", STARTS, ENDS)
    conferences.change_conference(on.work, on.at, entry, version=standing.version)


def step(on: Player) -> None:
    name = on.random.choice(["postpone", "resume"])
    conferences.move_conference(on.work, on.at, name, version=on.conference.version, starts_at=STARTS, ends_at=ENDS + timedelta(minutes=on.random.randrange(3)))


def change_session(on: Player) -> None:
    one = on.any_of(AgendaSession)
    by = timedelta(minutes=on.random.randrange(3))
    agenda.change_session(on.work, on.at, one.id, SessionEntry(on.word, one.starts_at, one.ends_at + by), version=one.version)


def remove_session(on: Player) -> None:
    one = on.any_of(AgendaSession)
    agenda.remove_session(on.work, on.at, one.id, version=one.version)


def change_item(on: Player) -> None:
    one = on.any_of(AgendaItem)
    agenda.change_item(on.work, on.at, one.id, ItemEntry(on.word, planned_minutes=on.random.randrange(5, 9)), version=one.version)


def remove_item(on: Player) -> None:
    one = on.any_of(AgendaItem)
    agenda.remove_item(on.work, on.at, one.id, version=one.version)


def move_item(on: Player) -> None:
    mark = order_mark(agenda.list_sessions(on.work, on.at))
    agenda.move_item(on.work, on.at, on.any_of(AgendaItem).id, session_id=on.any_of(AgendaSession).id, place=0, mark=mark)


def change_site(on: Player) -> None:
    one = on.any_of(Site)
    link = on.random.choice(["", "https://hop.example.org/1"])
    sites.change_site(on.work, on.at, one.id, SiteEntry(on.word, kind=one.kind, address=on.word, video_link=link), version=one.version)


def change_mandate(on: Player) -> None:
    one = on.any_of(Mandate)
    entry = MandateChange(on.random.choice([one.unit_name, on.word]), on.any_of(Site).id, one.seats, one.required_rank)
    mandates.change_mandate(on.work, on.at, one.id, entry, version=one.version)


def change_delegate(on: Player) -> None:
    one = on.any_of(Delegate)
    delegates.change_delegate(on.work, on.at, one.id, on.entry(one), version=one.version)


def import_list(on: Player) -> None:
    one = on.any_of(Delegate)
    delegate_import_saving.save(on.work, on.at, Saving([], [], {one.id: {"position": on.word, "email": "moi@example.org"}}))


def come_instead(on: Player) -> None:
    act = NewEvent(on.ref(), "check_in", "form", NOW, site_id=on.any_of(Site).id, delegate_id=on.in_state("not_yet").id)
    come_for(on.work, on.conference, act, SubstituteEntry("Người thay", rank="staff"))


def withdraw(on: Player) -> None:
    withdraw_substitution(on.work, on.at, on.any_of(Delegate, Delegate.replaces_id.is_not(None)).id, "Nhầm", on.ref())


def named_by_the_unit(on: Player) -> PersonEntry:
    return PersonEntry(f"{on.word} {on.random.randrange(1000)}", email=f"{on.random.randrange(1000)}@example.org", is_another=True)


def name_substitute_of_the_unit(on: Player) -> None:
    replaced = on.in_state("not_yet")
    name_substitute(on.work, on.at, replaced.mandate_id, replaced.id, named_by_the_unit(on), "Bận", on.ref())


def change_person_of_the_unit(on: Player) -> None:
    one = on.in_state("not_yet")
    change_person(on.work, on.at, one.mandate_id, one.id, named_by_the_unit(on), version=one.version)


def scan(on: Player) -> None:
    act = NewEvent(on.ref(), on.random.choice(["check_in", "undo"]), "name", NOW, site_id=on.any_of(Site).id, delegate_id=on.any_of(Delegate).id)
    attendance.record_attendance(on.work, on.at, [act])


PLAYS: tuple[Play, ...] = (
    *(change_conference, step, change_session, remove_session, change_item, remove_item, move_item),
    *(change_site, change_mandate, change_delegate, import_list, come_instead, withdraw, scan),
    *(name_substitute_of_the_unit, change_person_of_the_unit),
    lambda on: name_people(on.work, on.at, on.any_of(Mandate).id, [named_by_the_unit(on)]),
    lambda on: ripple_agenda(on.work, on.at, RippleEntry(item_id=on.any_of(AgendaItem).id, overrun=on.random.randrange(3))),
    lambda on: agenda.add_session(on.work, on.at, SessionEntry(on.word, STARTS, ENDS)),
    lambda on: agenda.add_item(on.work, on.at, on.any_of(AgendaSession).id, ItemEntry(on.word)),
    lambda on: delegates.add_delegates(on.work, on.at, [DelegateEntry("Đỗ Mới", on.any_of(Mandate).id, email="moi@example.org")]),
    lambda on: delegates.remove_delegate(on.work, on.at, on.any_of(Delegate).id),
    lambda on: delegates.renew_personal_link(on.work, on.at, on.any_of(Delegate).id),
    lambda on: substitute_delegate(on.work, on.at, on.in_state("not_yet").id, SubstituteEntry("Lê Thay"), on.ref()),
    lambda on: admit_person(on.work, on.at, on.in_state("pending").id, on.ref()),
    lambda on: deny_person(on.work, on.at, on.in_state("pending").id, "Không", on.ref()),
)


def make_strict(begin: BeginWork, entry_rule: str) -> Scene:
    """The scene, where leaders are asked for and have come: a substitute of lower rank waits for a yes."""
    scene = make_invited(begin, entry_rule=entry_rule)
    with begin() as work:
        for mandate in work.session.scalars(select(Mandate)):
            mandate.required_rank = "leader"
        for person in work.session.scalars(select(Delegate)):
            person.rank = "leader"
    return scene


def play(begin: BeginWork, scene: Scene, random: Random, rounds: int = ROUNDS) -> list[str]:
    """Press everything so many times, in any order, everybody told before; the first play after which a calendar differed without a mark."""
    for chosen in random.sample(PLAYS * rounds, len(PLAYS) * rounds):
        try:
            with begin(AccountActor(scene.account_id)) as work:
                chosen(Player(work, scene, random))
        except (DomainError, IndexError):
            continue
        with begin() as work:
            conference = work.session.get_one(Conference, scene.conference_id)
            if conference.calendar_stale_at is None and count_differences(work, scene.conference_id):
                return [getattr(chosen, "__name__", "")]
            put_calendar_messages(work, scene.conference_id)
        write_waiting(begin, NOW)
    return []


@pytest.mark.parametrize(("seed", "rule"), [(1, "conference"), (2, "sessions")])
def test_no_command_is_forgotten(begin: BeginWork, seed: int, rule: str) -> None:
    scene = make_strict(begin, rule)
    assert play(begin, scene, Random(seed)) == []


@pytest.mark.parametrize("blind", [conferences, agenda, sites, mandates, delegates, delegate_import_saving, attendance])
def test_a_command_that_marks_nothing_is_found(begin: BeginWork, monkeypatch: pytest.MonkeyPatch, blind: ModuleType) -> None:
    mark = "seats_changed" if blind is attendance else "calendars_changed"
    monkeypatch.setattr(blind, mark, lambda *_, **_more: None)
    scene = make_strict(begin, "sessions")
    assert play(begin, scene, Random(2), 3 * ROUNDS) != []


def test_the_own_answer_marks_nothing(begin: BeginWork) -> None:
    scene = make_invited(begin)
    with begin() as work:
        put_calendar_messages(work, scene.conference_id)
    write_waiting(begin, NOW)
    with begin(DelegateActor(scene.dina)) as work:
        answer_invitation(work, reply="accepted", reason="", client_ref="1")
        assert work.session.get_one(Conference, scene.conference_id).calendar_stale_at is None
        assert compare_calendars(work, scene.conference_id) == []


def test_ten_thousand_are_compared_by_as_many_statements_as_ten(begin: BeginWork) -> None:
    scene = make_invited(begin, entry_rule="sessions")
    statements: list[str] = []
    counts = []
    for size in (10, 600):
        with begin() as work:
            entries = [DelegateEntry(f"Người {n}", scene.unit_mandate_id, email=f"{size}-{n}@example.org") for n in range(size)]
            delegates.add_delegates(work, scene.conference_id, entries)
            engine = work.session.get_bind()
            event.listen(engine, "before_cursor_execute", note := lambda _c, _k, statement, *_: statements.append(statement))
            statements.clear()
            assert count_differences(work, scene.conference_id) == 2 * (size + (3 if size == 10 else 0))
            compared = len(statements)
            put_calendar_messages(work, scene.conference_id)
            counts.append((compared, len(statements) - compared))
            event.remove(engine, "before_cursor_execute", note)
            assert len(work.session.scalars(select(Message.id)).all()) == len(work.session.scalars(select(CalendarEntry.id)).all())
    assert counts[0] == counts[1]
    assert counts[0][0] <= 9
