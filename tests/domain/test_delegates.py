"""Seating people: what is kept of them, their link and pass, moved, removed, by those who may."""

import unicodedata
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from sqlalchemy import event, func, select

from confsvc.domain.delegates import DelegateEntry, add_delegates, change_delegate, get_delegate, remove_delegate, renew_pass, renew_personal_link
from confsvc.domain.errors import EditConflict, InUse, Invalid, NotFound, SignInRequired, WrongState
from confsvc.domain.facts import Fact, RosterChanged
from confsvc.domain.figures import Figures, figures_by_site
from confsvc.domain.passes import link_token, pass_token, valid_pass
from confsvc.domain.tokens import hash_token
from confsvc.domain.work import Anonymous, DelegateActor, DeskActor, Work
from confsvc.models import Attendance, AttendanceEvent, Delegate, Pass
from tests.factories import acting, make_account, make_conference, make_delegate, make_mandate, make_site, make_unit, settle

BeginWork = Callable[..., AbstractContextManager[Work]]


def entry_of(delegate: Delegate, **changes: object) -> DelegateEntry:
    names = ("full_name", "mandate_id", "site_id", "position", "rank", "protocol_order", "email", "note")
    return DelegateEntry(**{**{name: getattr(delegate, name) for name in names}, **changes})


def figures_of(work: Work, conference_id: int) -> dict[str, Figures]:
    return {site.name: figures for site, figures in figures_by_site(work, conference_id)}


def log_line(work: Work, delegate: Delegate) -> None:
    """A refused scan: enough for the log to know the person."""
    work.session.add(
        AttendanceEvent(
            conference_id=delegate.conference_id,
            revision=1,
            delegate_id=delegate.id,
            kind="check_in",
            method="name",
            client_ref=work.new_id(),
            occurred_at=work.now,
            recorded_at=work.now,
            verdict="refused",
        )
    )
    work.session.flush()


def test_person_is_kept_clean_folded_and_sorted(work: Work) -> None:
    conference = make_conference(work)
    mandate = make_mandate(work, conference, make_site(work, conference), seats=2)
    typed = DelegateEntry(
        unicodedata.normalize("NFD", " Trần  Văn\u200bĐức "),
        mandate.id,
        position="Phó Giám đốc",
        rank="leader",
        protocol_order=5,
        phone="0913 123 456 / 0252.3822123",
        email="Duc@Example.ORG",
        note="ăn chay",
    )
    [delegate] = add_delegates(work, conference.id, [typed])
    assert (delegate.full_name, delegate.name_fold, delegate.position_fold) == ("Trần VănĐức", "tran vanduc", "pho giam doc")
    assert (delegate.phone, delegate.phone_typed, delegate.note) == ("+84913123456", "0913 123 456", "ăn chay; 0252.3822123")
    assert (delegate.email, delegate.rank, delegate.protocol_order, delegate.site_id) == ("duc@example.org", "leader", 5, mandate.site_id)
    assert (delegate.reply, delegate.version, delegate.created_at) == ("none", 1, work.now)
    assert figures_of(work, conference.id) == {"Điểm cầu trung tâm": Figures(named=1, vacant=1)}


def test_each_gets_link_pass_and_state_in_the_order_given(work: Work) -> None:
    conference = make_conference(work)
    mandate = make_mandate(work, conference, make_site(work, conference))
    names = ["Út", "Ánh", "Đức", "An"]
    delegates = add_delegates(work, conference.id, [DelegateEntry(name, mandate.id) for name in names])
    assert [delegate.full_name for delegate in delegates] == names
    states = work.session.execute(select(Attendance.delegate_id, Attendance.conference_id, Attendance.state)).all()
    assert sorted(tuple(row) for row in states) == sorted((delegate.id, conference.id, "not_yet") for delegate in delegates)
    for delegate in delegates:
        assert delegate.link_token_hash == hash_token(link_token(work, delegate))
        issued = valid_pass(work, delegate.id)
        assert issued.token_hash == hash_token(pass_token(work, issued))


def test_ten_thousand_take_hardly_more_statements_than_ten(work: Work) -> None:
    conference = make_conference(work)
    mandate = make_mandate(work, conference, make_site(work, conference))
    statements: list[str] = []
    engine = work.session.get_bind()
    event.listen(engine, "before_cursor_execute", lambda _c, _k, statement, *_: statements.append(statement))
    counts = []
    for size in (10, 1_000):
        statements.clear()
        add_delegates(work, conference.id, [DelegateEntry(f"Người {i}", mandate.id) for i in range(size)])
        counts.append(len(statements))
    # One INSERT holds a thousand rows; the first ten fill the unit's seat, which is noted once.
    assert counts[0] - 1 == counts[1] <= 18
    assert work.session.scalar(select(func.count()).select_from(Pass)) == 1_010


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"full_name": " \u200b "}, "full_name", "required"),
        ({"full_name": "Ạ" * 201}, "full_name", "too_long"),
        ({"position": "x" * 201}, "position", "too_long"),
        ({"note": "x" * 501}, "note", "too_long"),
        ({"mandate_id": 999_999}, "mandate_id", "not_a_choice"),
        ({"site_id": 999_999}, "site_id", "not_a_choice"),
        ({"rank": "king"}, "rank", "not_a_choice"),
        ({"protocol_order": -1}, "protocol_order", "order_range"),
        ({"protocol_order": 1_000_001}, "protocol_order", "order_range"),
        ({"phone": "12"}, "phone", "phone_invalid"),
        ({"email": "dina@"}, "email", "email_invalid"),
    ],
)
def test_wrong_value_seats_nobody(work: Work, changes: dict[str, object], field: str, reason: str) -> None:
    conference = make_conference(work)
    mandate = make_mandate(work, conference, make_site(work, conference))
    wrong = DelegateEntry(**{"full_name": "Dina", "mandate_id": mandate.id, **changes})  # type: ignore[arg-type]  # wrong on purpose
    with pytest.raises(Invalid) as refusal:
        add_delegates(work, conference.id, [DelegateEntry("Trước", mandate.id), wrong])
    assert (refusal.value.field, refusal.value.reason) == (field, reason)
    assert work.session.scalar(select(func.count()).select_from(Delegate)) == 0


def test_mandate_and_site_of_another_conference_are_no_choice(work: Work) -> None:
    conference, other = make_conference(work), make_conference(work, title="Another")
    elsewhere = make_site(work, other)
    theirs = make_mandate(work, other, elsewhere, make_unit(work, "Other"))
    mandate = make_mandate(work, conference, make_site(work, conference))
    for entry, field in ((DelegateEntry("Dina", theirs.id), "mandate_id"), (DelegateEntry("Dina", mandate.id, site_id=elsewhere.id), "site_id")):
        with pytest.raises(Invalid) as refusal:
            add_delegates(work, conference.id, [entry])
        assert (refusal.value.field, refusal.value.reason) == (field, "not_a_choice")


@pytest.mark.parametrize("name", ['=HYPERLINK("http://x","y")', "<script>alert(1)</script>", "{{ 7*7 }} {x} %s", "Nguyễn\r\nVăn A", "‮Nguyễn Văn B"])
def test_hostile_names_are_names(work: Work, name: str) -> None:
    conference = make_conference(work)
    mandate = make_mandate(work, conference, make_site(work, conference))
    [delegate] = add_delegates(work, conference.id, [DelegateEntry(name, mandate.id)])
    assert delegate.full_name == name.replace("\r\n", " ").replace("‮", "")


def test_change_moves_to_another_unit_and_site(work: Work) -> None:
    conference = make_conference(work)
    main, remote = make_site(work, conference, "A"), make_site(work, conference, "B", kind="remote")
    here, there = make_mandate(work, conference, main, make_unit(work, "X")), make_mandate(work, conference, remote, make_unit(work, "Y"))
    delegate = make_delegate(work, here)
    moved = change_delegate(work, conference.id, delegate.id, entry_of(delegate, mandate_id=there.id, site_id=None), version=1)
    assert (moved.mandate_id, moved.site_id, moved.version) == (there.id, remote.id, 2)
    assert figures_of(work, conference.id) == {"A": Figures(vacant=1), "B": Figures(named=1)}


def test_second_editor_is_told(work: Work) -> None:
    conference = make_conference(work)
    delegate = make_delegate(work, make_mandate(work, conference, make_site(work, conference)))
    change_delegate(work, conference.id, delegate.id, entry_of(delegate, position="Giám đốc"), version=1)
    with pytest.raises(EditConflict) as conflict:
        change_delegate(work, conference.id, delegate.id, entry_of(delegate, position="Trưởng phòng"), version=1)
    assert conflict.value.current.position == "Giám đốc"


def test_removed_person_leaves_nothing_behind(work: Work) -> None:
    conference = make_conference(work)
    delegate = make_delegate(work, make_mandate(work, conference, make_site(work, conference)))
    remove_delegate(work, conference.id, delegate.id)
    counts = [work.session.scalar(select(func.count()).select_from(table)) for table in (Delegate, Pass, Attendance)]
    assert counts == [0, 0, 0]
    assert figures_of(work, conference.id) == {"Điểm cầu trung tâm": Figures(vacant=1)}


def test_person_the_log_knows_stays(work: Work) -> None:
    conference = make_conference(work)
    delegate = make_delegate(work, make_mandate(work, conference, make_site(work, conference)))
    log_line(work, delegate)
    with pytest.raises(InUse) as refusal:
        remove_delegate(work, conference.id, delegate.id)
    assert refusal.value.fields == {"by": "attendance"}
    assert get_delegate(work, conference.id, delegate.id).full_name == delegate.full_name


def test_new_link_and_new_pass_kill_the_old_ones(work: Work) -> None:
    conference = make_conference(work)
    delegate = make_delegate(work, make_mandate(work, conference, make_site(work, conference)))
    old_link, old_pass = delegate.link_token_hash, valid_pass(work, delegate.id)
    renew_personal_link(work, conference.id, delegate.id)
    renew_pass(work, conference.id, delegate.id)
    work.session.flush()
    assert delegate.link_token_hash == hash_token(link_token(work, delegate)) != old_link
    assert (old_pass.revoked_at, old_pass.revoked_reason) == (work.now, "renewed")
    assert valid_pass(work, delegate.id).token_hash != old_pass.token_hash


@pytest.mark.parametrize("state", ["closed", "cancelled"])
def test_ended_conference_keeps_its_people_where_they_are(work: Work, state: str) -> None:
    conference = make_conference(work)
    main, remote = make_site(work, conference), make_site(work, conference, "B", kind="remote")
    mandate = make_mandate(work, conference, main)
    delegate = make_delegate(work, mandate)
    settle(conference, state)
    for attempt in (
        lambda: add_delegates(work, conference.id, [DelegateEntry("Muộn", mandate.id)]),
        lambda: remove_delegate(work, conference.id, delegate.id),
        lambda: change_delegate(work, conference.id, delegate.id, entry_of(delegate, site_id=remote.id), version=delegate.version),
    ):
        with pytest.raises(WrongState):
            attempt()
    delegate.site_id = main.id
    corrected = change_delegate(work, conference.id, delegate.id, entry_of(delegate, full_name="Nguyễn Thị Đina"), version=delegate.version)
    assert corrected.full_name == "Nguyễn Thị Đina"


def test_every_change_is_told_once_it_is_committed(begin: BeginWork, published: list[Fact]) -> None:
    with begin() as work:
        conference = make_conference(work)
        site = make_site(work, conference)
        mandate = make_mandate(work, conference, site)
    published.clear()
    with begin() as work:
        [delegate] = add_delegates(work, conference.id, [DelegateEntry("Dina", mandate.id)])
    with begin() as work:
        change_delegate(work, conference.id, delegate.id, entry_of(delegate, full_name="Đina"), version=1)
    with begin() as work:
        remove_delegate(work, conference.id, delegate.id)
    assert published == [RosterChanged(conference.id, frozenset({site.id}))] * 3


def test_outsiders_can_neither_see_nor_change(begin: BeginWork) -> None:
    with begin() as work:
        olga, mallory = make_account(work), make_account(work, "mallory")
        conference, theirs = make_conference(work, olga), make_conference(work, mallory, title="Hers")
        mandate = make_mandate(work, conference, make_site(work, conference))
        make_site(work, theirs)
        delegate = make_delegate(work, mandate)
        before = (delegate.link_token_hash, delegate.version)
    entry = entry_of(delegate, full_name="Mallory")
    for actor, error in (
        (acting(mallory), NotFound),
        (Anonymous(), SignInRequired),
        (DeskActor(1), SignInRequired),
        (DelegateActor(delegate.id), SignInRequired),
    ):
        for attempt in (
            lambda work: add_delegates(work, conference.id, [entry]),
            lambda work: get_delegate(work, conference.id, delegate.id),
            lambda work: change_delegate(work, conference.id, delegate.id, entry, version=1),
            lambda work: remove_delegate(work, conference.id, delegate.id),
            lambda work: renew_personal_link(work, conference.id, delegate.id),
            lambda work: renew_pass(work, conference.id, delegate.id),
        ):
            with pytest.raises(error), begin(actor) as work:
                attempt(work)
    with pytest.raises(NotFound), begin(acting(mallory)) as work:
        change_delegate(work, theirs.id, delegate.id, entry, version=1)
    with begin() as work:
        kept = get_delegate(work, conference.id, delegate.id)
        assert (kept.full_name, (kept.link_token_hash, kept.version)) == ("Nguyễn Thị Dina", before)
