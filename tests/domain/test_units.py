"""Units: made, corrected, moved, removed, found and chosen."""

from datetime import date

import pytest
from sqlalchemy import select

from confsvc.domain.errors import EditConflict, InUse, Invalid, NotFound, SignInRequired
from confsvc.domain.unit_choice import chosen_unit, offer_units, unit_label
from confsvc.domain.unit_rules import MOST_LEVELS, UnitEntry
from confsvc.domain.units import change_unit, create_unit, living_units, move_unit, remove_unit, what_rests_on
from confsvc.domain.work import Anonymous, DeskActor, Work
from confsvc.models import Unit, UnitMove
from tests.conftest import BeginWork
from tests.factories import make_conference, make_mandate, make_site, make_unit


def reason(caught: pytest.ExceptionInfo[Invalid]) -> tuple[str, str]:
    return caught.value.field, caught.value.reason


def test_unit_is_made_last_among_its_siblings(work: Work) -> None:
    top = create_unit(work, UnitEntry("  UBND tỉnh  Lâm Đồng ", "68", "tỉnh", "UBND"))
    first = create_unit(work, UnitEntry("Xã Đức Trọng", "1", "xã", parent_id=top.id, valid_from=date(2025, 7, 1)))
    second = create_unit(work, UnitEntry("Xã Di Linh", parent_id=top.id))
    assert (top.name, top.name_fold, top.short_name, top.parent_id, top.valid_to) == ("UBND tỉnh Lâm Đồng", "ubnd tinh lam dong", "UBND", None, None)
    assert (first.parent_id, first.valid_from, first.sort_order, second.sort_order) == (top.id, date(2025, 7, 1), 1, 2)


def test_a_unit_stands_no_deeper_than_the_tree_may_be(work: Work) -> None:
    line = [create_unit(work, UnitEntry("1"))]
    for level in range(2, MOST_LEVELS + 1):
        line.append(create_unit(work, UnitEntry(str(level), parent_id=line[-1].id)))
    with pytest.raises(Invalid) as caught:
        create_unit(work, UnitEntry("Sâu quá", parent_id=line[-1].id))
    assert reason(caught) == ("parent_unit", "unit_too_deep")
    tall = create_unit(work, UnitEntry("Cao"))
    make_unit(work, "Con cũ", parent_id=tall.id, valid_to=date(2020, 1, 1))
    with pytest.raises(Invalid) as caught:
        move_unit(work, tall.id, line[-2].id, version=1)
    assert reason(caught) == ("parent_unit", "unit_too_deep")
    work.session.expire_all()
    assert move_unit(work, tall.id, line[-3].id, version=tall.version).parent_id == line[-3].id
    assert move_unit(work, line[-1].id, line[-2].id, version=1).parent_id == line[-2].id


@pytest.mark.parametrize("query", ["so duc", "SỞ ĐỨC", "btn-đ1", "BTN-D1", "phong"])
def test_name_short_name_and_code_are_searched_without_marks(work: Work, query: str) -> None:
    unit = create_unit(work, UnitEntry("Phòng Một", "BTN-Đ1", short_name="Sở Đức"))
    create_unit(work, UnitEntry("Khác", "KHAC", short_name="K"))
    assert [found.id for found in offer_units(work, query)] == [unit.id]


def test_a_search_does_not_run_from_name_into_code(work: Work) -> None:
    create_unit(work, UnitEntry("Một", "Hai", short_name="Ba"))
    assert [offer_units(work, query) for query in ("mot ba", "mot\nba", "ba hai", "mot%hai")] == [[]] * 4


def test_search_follows_a_correction(work: Work) -> None:
    unit = create_unit(work, UnitEntry("Một", "M", short_name="Đầu"))
    change_unit(work, unit.id, UnitEntry("Hai", "H", short_name="Đuôi"), version=1)
    assert [len(offer_units(work, query)) for query in ("mot", "dau", "m", "hai", "duoi", "h")] == [0, 0, 0, 1, 1, 1]


def test_a_code_is_known_in_any_capitals_of_any_letter(work: Work) -> None:
    marked, plain = create_unit(work, UnitEntry("Một", "BTN-Đ1")), create_unit(work, UnitEntry("Hai", "BTN-D1"))
    lower = create_unit(work, UnitEntry("Ba", "btn-đ1"))
    percent = create_unit(work, UnitEntry("Bốn", "5%_\\"))
    found = [chosen_unit(work, "unit", typed) for typed in ("BTN-Đ1", "btn-đ1", "Btn-Đ1", "btn-d1", "5%_\\", "Một · btn-Đ1")]
    assert found == [marked, lower, marked, plain, percent, marked]


@pytest.mark.parametrize("typed", ["x" * 301, "Một · " + "x" * 300, "%" * 60_000])
def test_an_endless_text_is_no_unit(work: Work, typed: str) -> None:
    with pytest.raises(Invalid) as caught:
        chosen_unit(work, "unit", typed)
    assert reason(caught) == ("unit", "unit_unknown")


def test_names_are_no_identity_but_siblings_differ(work: Work) -> None:
    one, other = create_unit(work, UnitEntry("Huyện A")), create_unit(work, UnitEntry("Huyện B"))
    create_unit(work, UnitEntry("Xã Tân Thành", parent_id=one.id))
    create_unit(work, UnitEntry("Xã Tân Thành", parent_id=other.id))
    create_unit(work, UnitEntry("Xã Tân Thanh", parent_id=one.id))
    with pytest.raises(Invalid) as caught:
        create_unit(work, UnitEntry("XÃ TÂN THÀNH", parent_id=one.id))
    assert reason(caught) == ("name", "unit_name_taken")


def test_a_name_is_free_again_after_the_unit_has_ended(work: Work) -> None:
    make_unit(work, "Sở Nội vụ", valid_to=date(2020, 1, 1))
    create_unit(work, UnitEntry("Sở Nội vụ", valid_from=date(2020, 1, 1)))
    make_unit(work, "Sở Y tế", valid_to=date(2020, 1, 1))
    with pytest.raises(Invalid) as caught:
        create_unit(work, UnitEntry("Sở Y tế", valid_from=date(2019, 12, 31)))
    assert reason(caught) == ("name", "unit_name_taken")
    assert create_unit(work, UnitEntry("Sở Y tế")).valid_from is None


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (UnitEntry(" \u200b"), ("name", "required")),
        (UnitEntry("x" * 201), ("name", "too_long")),
        (UnitEntry("x", "c" * 51), ("code", "too_long")),
        (UnitEntry("x", "taken"), ("code", "unit_code_taken")),
        (UnitEntry("x", kind="k" * 101), ("kind", "too_long")),
        (UnitEntry("x", short_name="s" * 81), ("short_name", "too_long")),
        (UnitEntry("x", parent_id=99), ("parent_unit", "unit_unknown")),
        (UnitEntry("x", parent_id=2), ("parent_unit", "unit_unknown")),
        (UnitEntry("x", valid_from=date(202, 1, 1)), ("valid_from", "date_out_of_range")),
        (UnitEntry("x", sort_order=-1), ("sort_order", "number_range")),
    ],
)
def test_what_breaks_a_rule_is_refused(work: Work, entry: UnitEntry, expected: tuple[str, str]) -> None:
    make_unit(work, "Sở A", code="taken")
    make_unit(work, "Sở cũ", valid_to=date(2020, 1, 1))
    with pytest.raises(Invalid) as caught:
        create_unit(work, entry)
    assert reason(caught) == expected


def test_correction_keeps_the_place_and_tells_the_second_tab(work: Work) -> None:
    top = make_unit(work, "Tỉnh")
    unit = create_unit(work, UnitEntry("Sở Nôi vụ", parent_id=top.id))
    change_unit(work, unit.id, UnitEntry("Sở Nội vụ", "SNV"), version=1)
    assert (unit.name, unit.code, unit.parent_id, unit.sort_order, unit.version) == ("Sở Nội vụ", "SNV", top.id, 1, 2)
    with pytest.raises(EditConflict):
        change_unit(work, unit.id, UnitEntry("Sở Khác"), version=1)


def test_a_unit_moves_anywhere_but_below_itself(work: Work) -> None:
    top, hall = make_unit(work, "Tỉnh"), make_unit(work, "Hội đồng")
    office = make_unit(work, "Văn phòng", parent_id=top.id)
    room = make_unit(work, "Phòng", parent_id=office.id)
    for below in (top, office, room):
        with pytest.raises(Invalid) as caught:
            move_unit(work, top.id, below.id, version=top.version)
        assert reason(caught) == ("parent_unit", "unit_below_itself")
        work.session.refresh(top)
    move_unit(work, office.id, hall.id, version=1)
    assert work.session.scalars(select(UnitMove)).all() == []
    move_unit(work, office.id, None, version=2, on_date=date(2022, 5, 1))
    move_unit(work, office.id, top.id, version=3, on_date=date(2022, 6, 1))
    assert [(m.on_date, m.from_parent_id) for m in work.session.scalars(select(UnitMove).order_by(UnitMove.on_date))] == [
        (date(2022, 5, 1), hall.id),
        (date(2022, 6, 1), None),
    ]
    assert (office.parent_id, room.parent_id) == (top.id, office.id)


@pytest.mark.parametrize(
    ("on_date", "expected"),
    [(date(2023, 1, 18), "date_in_future"), (date(2010, 1, 1), "date_before_unit"), (date(2021, 12, 31), "date_before_last_change")],
)
def test_a_move_is_dated_after_all_that_is_known(work: Work, on_date: date, expected: str) -> None:
    top = make_unit(work, "Tỉnh")
    unit = make_unit(work, "Sở", valid_from=date(2010, 1, 1))
    move_unit(work, unit.id, top.id, version=1, on_date=date(2022, 1, 1))
    with pytest.raises(Invalid) as caught:
        move_unit(work, unit.id, None, version=2, on_date=on_date)
    assert reason(caught) == ("on_date", expected)


def test_an_ended_unit_stays_where_it_was(work: Work) -> None:
    top, ended = make_unit(work, "Tỉnh"), make_unit(work, "Sở", valid_to=date(2020, 1, 1))
    with pytest.raises(Invalid) as caught:
        move_unit(work, ended.id, top.id, version=1)
    assert reason(caught) == ("parent_unit", "unit_has_ended")


def test_a_unit_is_removed_when_nothing_rests_on_it(work: Work) -> None:
    top, host = make_unit(work, "Tỉnh"), make_unit(work, "Sở chủ trì")
    child = make_unit(work, "Sở", parent_id=top.id)
    conference = make_conference(work, host_unit_id=host.id)
    site = make_site(work, conference, unit_id=(hall := make_unit(work, "Huyện")).id)
    mandate = make_mandate(work, conference, site, make_unit(work, "Báo"))
    assert [what_rests_on(work, unit_id) for unit_id in (top.id, host.id, hall.id, mandate.unit_id or 0, child.id)] == [
        "units",
        "conferences",
        "sites",
        "mandates",
        None,
    ]
    with pytest.raises(InUse) as caught:
        remove_unit(work, top.id, version=1)
    assert caught.value.fields == {"by": "units"}
    remove_unit(work, child.id, version=1)
    remove_unit(work, top.id, version=2)
    with pytest.raises(NotFound):
        remove_unit(work, top.id, version=1)


def test_living_units_are_found_without_marks(work: Work) -> None:
    top = make_unit(work, "Tỉnh Lâm Đồng", code="68", short_name="UBND")
    duc = make_unit(work, "Xã Đức Linh", code="VN_1", parent_id=top.id)
    make_unit(work, "Xã Đức Cũ", valid_to=date(2020, 1, 1))
    assert list(work.session.scalars(living_units(work))) == [top, duc]
    for query, found in {"duc": [duc], "Đu\u031b\u0301c": [duc], "ubnd": [top], "vn_1": [duc], "%": [], "_": [duc]}.items():
        assert list(work.session.scalars(living_units(work, query))) == found, query


def test_a_unit_is_chosen_by_what_only_it_has(work: Work) -> None:
    one, other = make_unit(work, "Huyện A", code="A"), make_unit(work, "Huyện B")
    first = make_unit(work, "Xã Tân Thành", parent_id=one.id, code="T-1")
    second = make_unit(work, "Xã Tân Thành", parent_id=other.id)
    old = make_unit(work, "Xã Cũ", code="T-1", valid_to=date(2020, 1, 1))
    assert [unit_label(unit) for unit in (first, second, old)] == ["Xã Tân Thành · T-1", f"Xã Tân Thành · #{second.id}", f"Xã Cũ · #{old.id}"]
    for unit in (one, other, first, second, old):
        assert chosen_unit(work, "unit", unit_label(unit)) is unit
    assert [chosen_unit(work, "unit", typed) for typed in ("", "t-1", "huyen b", "HUYỆN A", "yện B")] == [None, first, other, one, other]
    for typed, expected in {"Xã Tân Thành": "unit_ambiguous", "xa": "unit_ambiguous", "Xã Cũ": "unit_unknown", "x · #999": "unit_unknown"}.items():
        with pytest.raises(Invalid) as caught:
            chosen_unit(work, "unit", typed)
        assert reason(caught) == ("unit", expected), typed
    assert offer_units(work, "tan") == [first, second]


@pytest.mark.parametrize("actor", [Anonymous(), DeskActor(1)])
def test_nobody_without_an_account_sees_or_changes_units(begin: BeginWork, actor: Anonymous | DeskActor) -> None:
    with begin() as work:
        unit = make_unit(work)
    with begin(actor) as work:
        for command in (
            lambda: create_unit(work, UnitEntry("x")),
            lambda: change_unit(work, unit.id, UnitEntry("x"), version=1),
            lambda: move_unit(work, unit.id, None, version=1),
            lambda: remove_unit(work, unit.id, version=1),
            lambda: living_units(work),
            lambda: chosen_unit(work, "unit", "Sở"),
        ):
            with pytest.raises(SignInRequired):
                command()
    with begin() as work:
        assert [u.name for u in work.session.scalars(select(Unit))] == ["Sở Nội vụ"]
