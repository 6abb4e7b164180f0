"""Entries keep their identity; SEQUENCE rises exactly when the shown content changed."""

from datetime import timedelta
from typing import Any, TypeVar

import pytest
from sqlalchemy import delete, select

from confsvc.domain.calendar_entries import hand_out_entries, read_entries
from confsvc.domain.errors import NotFound
from confsvc.domain.invitations import own_invitation
from confsvc.domain.passes import renew_link
from confsvc.domain.work import DelegateActor, Work
from confsvc.models import AgendaItem, AgendaSession, Attendance, Conference, Delegate, Mandate, Site
from tests.conftest import NOW, BeginWork
from tests.factories import ENDS, STARTS, make_conference, make_delegate, make_mandate, make_site

Row = TypeVar("Row")
Told = list[tuple[str, int]]


@pytest.fixture
def dina(begin: BeginWork) -> int:
    """A delegate of a conference with one session that has one item."""
    with begin() as work:
        conference = make_conference(work)
        mandate = make_mandate(work, conference, make_site(work, conference))
        session = AgendaSession(conference_id=conference.id, uid=work.new_id(), title="Phiên toàn thể", starts_at=STARTS, ends_at=ENDS)
        work.session.add(session)
        work.session.flush()
        work.session.add(AgendaItem(conference_id=conference.id, session_id=session.id, kind="opening", title="Khai mạc"))
        return make_delegate(work, mandate).id


def told(begin: BeginWork, delegate_id: int, minutes: int = 0) -> Told:
    with begin(DelegateActor(delegate_id), now=NOW + timedelta(minutes=minutes)) as work:
        return [(entry.uid, entry.sequence) for entry in hand_out_entries(work)]


def one(work: Work, table: type[Row]) -> Row:
    return work.session.scalars(select(table)).one()


def test_same_content_is_the_same_entry_with_the_same_sequence(begin: BeginWork, dina: int) -> None:
    first = told(begin, dina)
    assert [sequence for _, sequence in first] == [0, 0]
    assert len({uid for uid, _ in first}) == 2
    assert told(begin, dina, 5) == first


@pytest.mark.parametrize(
    ("table", "field", "value", "risen"),
    [
        (Conference, "title", "Hội nghị khác", [1, 1]),
        (Conference, "starts_at", STARTS + timedelta(hours=1), [1, 0]),
        (Conference, "state", "in_progress", [0, 0]),
        (Conference, "state", "closed", [0, 0]),
        (Conference, "state", "postponed", [1, 1]),
        (Conference, "state", "cancelled", [1, 1]),
        (Conference, "notes", "Chỉ dành cho ban tổ chức", [0, 0]),
        (Conference, "revision", 7, [0, 0]),
        (Conference, "video_link", "https://video.example.org/1", [1, 1]),
        (Site, "address", "Số 1", [1, 1]),
        (Site, "contact_phone", "0913", [0, 0]),
        (AgendaSession, "title", "Phiên một", [1, 1]),
        (AgendaSession, "ends_at", ENDS + timedelta(hours=1), [0, 1]),
        (AgendaItem, "title", "Khai mạc hội nghị", [0, 1]),
        (AgendaItem, "presenter_name", "Lan", [0, 0]),
        (Delegate, "full_name", "Trần Thị Dina", [1, 1]),
        (Delegate, "phone", "+84913000000", [0, 0]),
        (Delegate, "reply", "accepted", [0, 0]),
        (Delegate, "reply", "declined", [0, 0]),
    ],
)
def test_sequence_rises_with_what_shows_and_never_else(begin: BeginWork, dina: int, table: type[Any], field: str, value: object, risen: list[int]) -> None:
    uids = [uid for uid, _ in told(begin, dina)]
    with begin() as work:
        row = one(work, table)
        setattr(row, field, value)
        if value == "closed":
            row.closed_at = NOW
    assert told(begin, dina, 5) == list(zip(uids, risen, strict=True))


def test_new_link_changes_the_entries_because_the_old_address_in_them_is_dead(begin: BeginWork, dina: int) -> None:
    told(begin, dina)
    with begin() as work:
        renew_link(work, work.session.get_one(Delegate, dina))
    assert [sequence for _, sequence in told(begin, dina)] == [1, 1]


def test_moment_of_change_is_that_of_the_last_shown_change(begin: BeginWork, dina: int) -> None:
    told(begin, dina)
    with begin() as work:
        one(work, AgendaItem).title = "Khai mạc hội nghị"
    told(begin, dina, 9)
    with begin(DelegateActor(dina), now=NOW + timedelta(minutes=20)) as work:
        assert [entry.changed_at for entry in hand_out_entries(work)] == [NOW, NOW + timedelta(minutes=9)]


def test_removed_session_that_was_handed_out_stays_as_cancelled(begin: BeginWork, dina: int) -> None:
    whole, session = told(begin, dina)
    with begin() as work:
        work.session.execute(delete(AgendaItem))
        work.session.execute(delete(AgendaSession))
    assert told(begin, dina, 5) == [(whole[0], 1), (session[0], 1)]
    assert told(begin, dina, 9) == [(whole[0], 1), (session[0], 1)]
    with begin(DelegateActor(dina)) as work:
        entries = read_entries(work, own_invitation(work))
        assert entries is not None
        assert [(entry.content.title, entry.content.state) for entry in entries] == [("Hội nghị tổng kết năm 2022", ""), ("Phiên toàn thể", "cancelled")]


@pytest.mark.parametrize("state", ["substituted", "not_yet"])
def test_whoever_has_no_seat_any_more_is_shown_a_cancelled_entry(begin: BeginWork, dina: int, state: str) -> None:
    told(begin, dina)
    with begin() as work:
        work.session.get_one(Attendance, dina).state = state
    with begin(DelegateActor(dina)) as work:
        shown = [(entry.content.state, entry.sequence) for entry in hand_out_entries(work)]
    assert shown == ([("cancelled", 1)] * 2 if state == "substituted" else [("", 0)] * 2)


def test_reading_tells_whether_something_must_be_handed_out(begin: BeginWork, dina: int) -> None:
    with begin(DelegateActor(dina)) as work:
        assert read_entries(work, own_invitation(work)) is None
        handed_out = hand_out_entries(work)
        assert read_entries(work, own_invitation(work)) == handed_out
        one(work, Conference).title = "Hội nghị khác"
        assert read_entries(work, own_invitation(work)) is None


def test_two_delegates_have_entries_of_their_own(begin: BeginWork, dina: int) -> None:
    with begin() as work:
        other = make_delegate(work, work.session.scalars(select(Mandate)).one(), "Lê Văn Em").id
    assert not {uid for uid, _ in told(begin, dina)} & {uid for uid, _ in told(begin, other)}


def test_nobody_but_a_delegate_of_a_published_conference_is_handed_anything(begin: BeginWork, dina: int) -> None:
    with begin() as work, pytest.raises(NotFound):
        hand_out_entries(work)
    with begin() as work:
        one(work, Conference).state = "draft"
    with begin(DelegateActor(dina)) as work, pytest.raises(NotFound):
        hand_out_entries(work)
