"""Inviting units: the name as it was, seats, rank, site; changed, withdrawn, by those who may."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date

import pytest
from sqlalchemy import select

from confsvc.domain.errors import EditConflict, InUse, Invalid, NotFound, SignInRequired, WrongState
from confsvc.domain.facts import Fact, RosterChanged
from confsvc.domain.figures import Figures, figures_by_site
from confsvc.domain.mandates import (
    MandateChange,
    MandateEntry,
    SeatDefaults,
    change_mandate,
    entries_for,
    get_mandate,
    invite_units,
    list_mandates,
    withdraw_mandate,
)
from confsvc.domain.work import Anonymous, DeskActor, Work
from confsvc.models import Delegate, Mandate, Site
from tests.factories import acting, make_account, make_conference, make_delegate, make_mandate, make_site, make_unit, settle

BeginWork = Callable[..., AbstractContextManager[Work]]


def change_of(mandate: Mandate, **changes: object) -> MandateChange:
    values = {name: getattr(mandate, name) for name in ("unit_name", "site_id", "seats", "required_rank", "sort_order")}
    return MandateChange(**{**values, **changes})


def figures_of(work: Work, conference_id: int) -> dict[str, Figures]:
    return {site.name: figures for site, figures in figures_by_site(work, conference_id)}


def test_invitation_copies_the_name_and_counts_the_seats(work: Work) -> None:
    conference = make_conference(work)
    main = make_site(work, conference)
    units = [make_unit(work, name) for name in ("Sở Y tế", "UBND huyện Đức Linh")]
    mandates = invite_units(work, conference.id, [MandateEntry(units[0].id, main.id, 3, "head", 7), MandateEntry(units[1].id, main.id)])
    units[0].name = "Sở khác"
    work.session.flush()
    shown = [(m.unit_name, m.unit_name_fold, m.seats, m.required_rank, m.sort_order, m.version) for m in list_mandates(work, conference.id)]
    assert shown == [("UBND huyện Đức Linh", "ubnd huyen duc linh", 1, "any", 0, 1), ("Sở Y tế", "so y te", 3, "head", 7, 1)]
    assert [mandate.unit_id for mandate in mandates] == [unit.id for unit in units]
    assert figures_of(work, conference.id) == {main.name: Figures(vacant=4)}


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"unit_id": 999_999}, "unit_id", "not_a_choice"),
        ({"site_id": 999_999}, "site_id", "not_a_choice"),
        ({"seats": -1}, "seats", "seats_range"),
        ({"seats": 100_001}, "seats", "seats_range"),
        ({"required_rank": "king"}, "required_rank", "not_a_choice"),
        ({"sort_order": -1}, "sort_order", "order_range"),
    ],
)
def test_invitation_with_a_wrong_value_is_refused(work: Work, changes: dict[str, object], field: str, reason: str) -> None:
    conference = make_conference(work)
    entry = {"unit_id": make_unit(work).id, "site_id": make_site(work, conference).id, **changes}
    with pytest.raises(Invalid) as refusal:
        invite_units(work, conference.id, [MandateEntry(**entry)])  # type: ignore[arg-type]  # wrong on purpose
    assert (refusal.value.field, refusal.value.reason) == (field, reason)
    assert list_mandates(work, conference.id) == []


def test_site_of_another_conference_is_no_choice(work: Work) -> None:
    conference, other = make_conference(work), make_conference(work, title="Another")
    elsewhere, unit = make_site(work, other), make_unit(work)
    make_site(work, conference)
    with pytest.raises(Invalid) as refusal:
        invite_units(work, conference.id, [MandateEntry(unit.id, elsewhere.id)])
    assert (refusal.value.field, refusal.value.reason) == ("site_id", "not_a_choice")


def test_unit_is_invited_once_and_only_while_it_lives(work: Work) -> None:
    conference = make_conference(work)
    site, unit = make_site(work, conference), make_unit(work)
    ended = make_unit(work, "Sở Thông tin và Truyền thông", valid_from=date(2008, 1, 1), valid_to=date(2025, 3, 1))
    for entries, reason in (
        ([MandateEntry(unit.id, site.id), MandateEntry(unit.id, site.id)], "unit_invited"),
        ([MandateEntry(ended.id, site.id)], "unit_ended"),
    ):
        with pytest.raises(Invalid) as refusal:
            invite_units(work, conference.id, entries)
        assert refusal.value.reason == reason
    invite_units(work, conference.id, [MandateEntry(unit.id, site.id)])
    with pytest.raises(Invalid) as refusal:
        invite_units(work, conference.id, [MandateEntry(unit.id, site.id)])
    assert refusal.value.values == {"unit": unit.name}


def test_defaults_send_each_unit_to_its_own_site_else_to_the_main_one(work: Work) -> None:
    conference = make_conference(work)
    with pytest.raises(Invalid) as refusal:
        entries_for(work, conference.id, [1], SeatDefaults())
    assert refusal.value.reason == "no_site"
    district, department = make_unit(work, "UBND huyện Đức Linh"), make_unit(work, "Sở Y tế")
    main = make_site(work, conference)
    remote = make_site(work, conference, "Điểm cầu Đức Linh", kind="remote", unit_id=district.id)
    make_mandate(work, conference, main, make_unit(work, "Văn phòng"), sort_order=4)
    ids = [district.id, department.id]
    assert entries_for(work, conference.id, ids, SeatDefaults(2, "leader")) == [
        MandateEntry(district.id, remote.id, 2, "leader", 5),
        MandateEntry(department.id, main.id, 2, "leader", 6),
    ]
    assert [entry.site_id for entry in entries_for(work, conference.id, ids, SeatDefaults(site_id=main.id))] == [main.id, main.id]


def test_change_moves_the_delegates_who_sit_where_the_unit_sits(work: Work) -> None:
    conference = make_conference(work)
    main, remote, third = (make_site(work, conference, name, kind=kind) for name, kind in (("A", "main"), ("B", "remote"), ("C", "remote")))
    mandate = make_mandate(work, conference, main, seats=3)
    make_delegate(work, mandate, "Một")
    make_delegate(work, mandate, "Hai", site_id=third.id)
    change_mandate(work, conference.id, mandate.id, change_of(mandate, unit_name="Sở  Nội vụ (mới)", site_id=remote.id, seats=4), version=1)
    seats = work.session.execute(select(Delegate.full_name, Site.name, Delegate.version).join(Delegate.site).order_by(Delegate.id)).all()
    assert [tuple(row) for row in seats] == [("Một", "B", 2), ("Hai", "C", 1)]
    changed = get_mandate(work, conference.id, mandate.id)
    assert (changed.unit_name, changed.unit_name_fold, changed.seats, changed.version) == ("Sở Nội vụ (mới)", "so noi vu (moi)", 4, 2)
    assert figures_of(work, conference.id) == {"A": Figures(), "B": Figures(named=1, vacant=2), "C": Figures(named=1)}


def test_second_editor_is_told(work: Work) -> None:
    conference = make_conference(work)
    mandate = make_mandate(work, conference, make_site(work, conference))
    change_mandate(work, conference.id, mandate.id, change_of(mandate, seats=5), version=1)
    with pytest.raises(EditConflict) as conflict:
        change_mandate(work, conference.id, mandate.id, change_of(mandate, seats=9), version=1)
    assert (conflict.value.current.seats, conflict.value.current.version) == (5, 2)


def test_withdrawing_needs_empty_seats(work: Work) -> None:
    conference = make_conference(work)
    site = make_site(work, conference)
    empty, filled = make_mandate(work, conference, site, make_unit(work, "A")), make_mandate(work, conference, site, make_unit(work, "B"))
    make_delegate(work, filled)
    withdraw_mandate(work, conference.id, empty.id)
    with pytest.raises(InUse) as refusal:
        withdraw_mandate(work, conference.id, filled.id)
    assert refusal.value.fields == {"by": "delegates"}
    assert [mandate.id for mandate in list_mandates(work, conference.id)] == [filled.id]
    assert figures_of(work, conference.id) == {site.name: Figures(named=1)}


@pytest.mark.parametrize("state", ["closed", "cancelled"])
def test_ended_conference_keeps_its_seats(work: Work, state: str) -> None:
    conference = make_conference(work)
    site, unit = make_site(work, conference), make_unit(work, "Another")
    mandate = make_mandate(work, conference, site)
    settle(conference, state)
    for attempt in (
        lambda: invite_units(work, conference.id, [MandateEntry(unit.id, site.id)]),
        lambda: withdraw_mandate(work, conference.id, mandate.id),
        lambda: change_mandate(work, conference.id, mandate.id, change_of(mandate, seats=9), version=mandate.version),
    ):
        with pytest.raises(WrongState):
            attempt()
    change_mandate(work, conference.id, mandate.id, change_of(mandate, unit_name="Sở Nội vụ tỉnh"), version=mandate.version)


def test_the_liaison_is_kept_with_a_number_that_can_be_called(work: Work) -> None:
    conference = make_conference(work)
    site = make_site(work, conference)
    entry = MandateEntry(make_unit(work).id, site.id, liaison_name=" Phan Thị\u202e  Lan ", liaison_phone="0252.3822456 / 0913 123 456")
    [mandate] = invite_units(work, conference.id, [entry])
    assert (mandate.liaison_name, mandate.liaison_phone) == ("Phan Thị Lan", "+842523822456")
    change_mandate(work, conference.id, mandate.id, change_of(mandate, liaison_name="", liaison_phone=""), version=mandate.version)
    assert (mandate.liaison_name, mandate.liaison_phone) == ("", "")
    for changes, field, reason in (
        ({"liaison_phone": "none"}, "liaison_phone", "phone_invalid"),
        ({"liaison_phone": "12"}, "liaison_phone", "phone_invalid"),
        ({"liaison_name": "x" * 201}, "liaison_name", "too_long"),
    ):
        with pytest.raises(Invalid) as refused:
            change_mandate(work, conference.id, mandate.id, change_of(mandate, **changes), version=mandate.version)
        assert (refused.value.field, refused.value.reason) == (field, reason)


def test_a_unit_that_was_not_invited_gets_no_seats(work: Work) -> None:
    conference = make_conference(work)
    site = make_site(work, conference)
    mandate = make_mandate(work, conference, site, unit_id=None, seats=0)
    with pytest.raises(Invalid) as refused:
        change_mandate(work, conference.id, mandate.id, change_of(mandate, seats=1), version=1)
    assert (refused.value.field, refused.value.reason) == ("seats", "not_invited")


def test_every_change_is_told_once_it_is_committed(begin: BeginWork, published: list[Fact]) -> None:
    with begin() as work:
        conference = make_conference(work)
        site, unit = make_site(work, conference), make_unit(work)
    published.clear()
    with begin() as work:
        [mandate] = invite_units(work, conference.id, [MandateEntry(unit.id, site.id)])
    with begin() as work:
        change_mandate(work, conference.id, mandate.id, change_of(mandate, seats=2), version=1)
    with begin() as work:
        withdraw_mandate(work, conference.id, mandate.id)
    assert published == [RosterChanged(conference.id), *[RosterChanged(conference.id, frozenset({site.id}))] * 2]


def test_outsiders_can_neither_see_nor_change(begin: BeginWork) -> None:
    with begin() as work:
        olga, mallory = make_account(work), make_account(work, "mallory")
        conference, theirs = make_conference(work, olga), make_conference(work, mallory, title="Hers")
        site, unit = make_site(work, conference), make_unit(work, "Another")
        make_site(work, theirs)
        mandate = make_mandate(work, conference, site)
    change = change_of(mandate, seats=99)
    for actor, error in ((acting(mallory), NotFound), (Anonymous(), SignInRequired), (DeskActor(1), SignInRequired)):
        for attempt in (
            lambda work: invite_units(work, conference.id, [MandateEntry(unit.id, site.id)]),
            lambda work: get_mandate(work, conference.id, mandate.id),
            lambda work: list_mandates(work, conference.id),
            lambda work: change_mandate(work, conference.id, mandate.id, change, version=1),
            lambda work: withdraw_mandate(work, conference.id, mandate.id),
            lambda work: entries_for(work, conference.id, [unit.id], SeatDefaults()),
        ):
            with pytest.raises(error), begin(actor) as work:
                attempt(work)
    with pytest.raises(NotFound), begin(acting(mallory)) as work:
        change_mandate(work, theirs.id, mandate.id, change, version=1)
    with begin() as work:
        assert [(m.id, m.seats) for m in list_mandates(work, conference.id)] == [(mandate.id, 1)]
