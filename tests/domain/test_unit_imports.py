"""Lists of units taken in and given out."""

from datetime import date
from time import process_time

import pytest
from sqlalchemy import select

from confsvc.domain.errors import Invalid, SignInRequired
from confsvc.domain.unit_imports import export_units, import_units, prepare_units
from confsvc.domain.unit_rows import ERRORS_SHOWN, RowsInvalid, UnitRow, UnitsImported
from confsvc.domain.unit_rules import MOST_LEVELS, UnitEntry
from confsvc.domain.units import change_unit
from confsvc.domain.work import Anonymous, Work
from confsvc.models import Unit
from tests.conftest import BeginWork
from tests.factories import make_unit


def rows(*lines: str) -> list[UnitRow]:
    """Lines "code,name,kind,parent", numbered from 2."""
    cells = [(*line.split(","), "", "", "")[:4] for line in lines]
    return [UnitRow(number, *cell) for number, cell in enumerate(cells, start=2)]


def standing(work: Work) -> list[tuple[str, str, str, str | None]]:
    units = {unit.id: unit for unit in work.session.scalars(select(Unit))}
    parents = {unit.id: units[unit.parent_id].name if unit.parent_id else None for unit in units.values()}
    return sorted((unit.code, unit.name, unit.kind, parents[unit.id]) for unit in units.values())


def errors(work: Work, *lines: str) -> list[tuple[int, str, str, str]]:
    with pytest.raises(RowsInvalid) as caught:
        import_units(work, rows(*lines))
    return [(row.line, row.column, row.reason, row.value) for row in caught.value.rows]


def test_a_list_makes_units_whatever_its_order(work: Work) -> None:
    told = import_units(work, rows("A-1,Xã  Một,xã,A", "A,Tỉnh A,tỉnh", "A-2,Xã Hai,xã,A"), valid_from=date(2020, 1, 1))
    assert told == UnitsImported(3, 0, 0)
    assert standing(work) == [("A", "Tỉnh A", "tỉnh", None), ("A-1", "Xã Một", "xã", "Tỉnh A"), ("A-2", "Xã Hai", "xã", "Tỉnh A")]
    assert {unit.valid_from for unit in work.session.scalars(select(Unit))} == {date(2020, 1, 1)}


def test_the_same_list_again_changes_nothing(work: Work) -> None:
    lines = ("A,Tỉnh A,tỉnh", "A-1,Xã Một,xã,A", ",Không mã,,A", "X,Con,,Không mã")
    assert import_units(work, rows(*lines)) == UnitsImported(4, 0, 0)
    before = [(u.id, u.version, u.sort_order, u.parent_id) for u in work.session.scalars(select(Unit).order_by(Unit.id))]
    assert import_units(work, rows(*lines)) == UnitsImported(0, 0, 4)
    assert [(u.id, u.version, u.sort_order, u.parent_id) for u in work.session.scalars(select(Unit).order_by(Unit.id))] == before


def test_a_known_code_corrects_the_unit_and_its_version_rises(work: Work) -> None:
    import_units(work, rows("A,Tỉnh A,tỉnh", "B,Tỉnh B,tỉnh", "A-1,Xã Một,xã,A"))
    told = import_units(work, rows("A-1,Xã Mốt,xã,B", "B,Tỉnh B,tỉnh"))
    assert told == UnitsImported(0, 1, 1)
    assert ("A-1", "Xã Mốt", "xã", "Tỉnh B") in standing(work)
    assert work.session.scalars(select(Unit.version).order_by(Unit.code)).all() == [1, 2, 1]


def test_what_a_list_does_not_hold_is_kept(work: Work) -> None:
    import_units(work, rows("A,Tỉnh A"))
    unit = work.session.scalars(select(Unit)).one()
    change_unit(work, unit.id, UnitEntry("Tỉnh A", "A", short_name="TA", valid_from=date(2000, 1, 1)), version=1)
    assert import_units(work, rows("A,Tỉnh A")) == UnitsImported(0, 0, 1)
    assert (unit.short_name, unit.valid_from) == ("TA", date(2000, 1, 1))


def test_every_wrong_line_is_named_and_nothing_is_taken_in(begin: BeginWork) -> None:
    with begin() as work:
        make_unit(work, "Sở cũ", code="OLD", valid_to=date(2020, 1, 1))
        make_unit(work, "Sở Hai")
        make_unit(work, "Sở Hai", parent_id=make_unit(work, "Bộ").id)
    lines = ["A,,tỉnh", "B,Sở,sở,NIX", "C,Một", "C,Hai", f"D,{'x' * 201}", "E,Con,,E", "F,Cha,,G", "G,Con,,F", "H,MỘT", "I,Sở,,Sở Hai", "J,Sở,,OLD"]
    with pytest.raises(RowsInvalid), begin() as work:
        import_units(work, rows(*lines))
    with begin() as work:
        found = errors(work, *lines)
        work.session.rollback()
        assert work.session.scalars(select(Unit.name).order_by(Unit.id)).all() == ["Sở cũ", "Sở Hai", "Bộ", "Sở Hai"]
    assert found == [
        (2, "name", "required", ""),
        (3, "parent", "unit_parent_unknown", "NIX"),
        (4, "name", "unit_name_taken", "Một"),
        (5, "code", "unit_code_twice", "C"),
        (6, "name", "too_long", "x" * 201),
        (7, "parent", "unit_below_itself", "E"),
        (8, "parent", "unit_below_itself", "G"),
        (9, "parent", "unit_below_itself", "F"),
        (10, "name", "unit_name_taken", "MỘT"),
        (11, "parent", "unit_ambiguous", "Sở Hai"),
        (12, "parent", "unit_parent_unknown", "OLD"),
    ]


def test_a_line_without_a_code_may_not_stand_twice(work: Work) -> None:
    make_unit(work, "Sở")
    assert errors(work, ",Sở", ",SỞ") == [(2, "name", "unit_name_taken", "Sở"), (3, "name", "unit_name_taken", "SỞ")]


def test_errors_come_in_a_readable_number(work: Work) -> None:
    assert len(errors(work, *[f"{n},,"[:-1] for n in range(ERRORS_SHOWN + 9)])) == ERRORS_SHOWN


def test_an_empty_list_is_refused(work: Work) -> None:
    with pytest.raises(Invalid) as caught:
        import_units(work, [])
    assert (caught.value.field, caught.value.reason) == ("file", "list_empty")


def test_export_gives_every_unit_after_its_parent_and_comes_back_unchanged(work: Work) -> None:
    import_units(work, rows("A-1,Xã Một,xã,A", "A,Tỉnh A,tỉnh", ",Không mã,,A-1", "X,Con,,Không mã"))
    make_unit(work, "Sở cũ", valid_to=date(2020, 1, 1))
    given = export_units(work)
    assert [(row.line, row.code, row.name, row.kind, row.parent) for row in given] == [
        (2, "A", "Tỉnh A", "tỉnh", ""),
        (3, "A-1", "Xã Một", "xã", "A"),
        (4, "", "Không mã", "", "A-1"),
        (5, "X", "Con", "", "Không mã"),
    ]
    assert import_units(work, given) == UnitsImported(0, 0, 4)


def test_nobody_without_an_account_takes_in_or_gives_out(begin: BeginWork) -> None:
    with begin(Anonymous()) as work:
        for command in (lambda: import_units(work, rows("A,B")), lambda: prepare_units(work, rows("A,B")), lambda: export_units(work)):
            with pytest.raises(SignInRequired):
                command()


def chain(first: int, last: int, prefix: str = "L", under: str = "") -> list[str]:
    """Units one below the other."""
    return [f"{prefix}{n},{prefix} cấp {n},,{f'{prefix}{n - 1}' if n > first else under}" for n in range(first, last + 1)]


def test_a_list_may_be_as_deep_as_the_tree_and_no_deeper(work: Work) -> None:
    assert import_units(work, rows(*chain(1, MOST_LEVELS))) == UnitsImported(MOST_LEVELS, 0, 0)
    assert errors(work, f"X,Sâu quá,,L{MOST_LEVELS}") == [(2, "parent", "unit_too_deep", f"L{MOST_LEVELS}")]
    assert errors(work, *reversed(chain(1, MOST_LEVELS + 1, "M"))) == [(2, "parent", "unit_too_deep", f"M{MOST_LEVELS}")]


def test_a_line_that_pushes_others_too_deep_is_named(work: Work) -> None:
    import_units(work, rows(*chain(1, MOST_LEVELS), "A,Trên,,", "B,Giữa,,A", "C,Dưới,,B"))
    assert errors(work, f"A,Trên,,L{MOST_LEVELS - 2}") == [(2, "parent", "unit_too_deep", f"L{MOST_LEVELS - 2}")]
    assert import_units(work, rows(f"A,Trên,,L{MOST_LEVELS - 3}")) == UnitsImported(0, 1, 0)


def test_an_endless_line_of_units_is_refused_at_once(work: Work) -> None:
    lines = rows(*chain(1, 20_000))
    started = process_time()
    with pytest.raises(RowsInvalid) as caught:
        import_units(work, lines)
    assert [(row.line, row.reason) for row in caught.value.rows] == [(MOST_LEVELS + 2, "unit_too_deep")]
    # Looking up from every unit to the top took two hundred million steps.
    assert process_time() - started < 15


def test_many_units_of_one_name_are_told_apart_quickly(work: Work) -> None:
    lines = [line for n in range(4000) for line in (f"P{n},Xã {n},,", f",Văn phòng,,P{n}")]
    import_units(work, rows(*lines))
    started = process_time()
    assert import_units(work, rows(*lines)) == UnitsImported(0, 0, 8000)
    assert process_time() - started < 10


def test_a_prepared_list_is_taken_in_as_prepared(begin: BeginWork) -> None:
    lines = rows("A,Tỉnh A", "A-1,Xã Một,,A")
    with begin() as work:
        ready = prepare_units(work, lines, valid_from=date(2020, 1, 1))
        assert work.session.scalars(select(Unit)).all() == []
    with begin() as work:
        assert import_units(work, lines, ready=ready) == UnitsImported(2, 0, 0)
        assert {unit.valid_from for unit in work.session.scalars(select(Unit))} == {date(2020, 1, 1)}


def test_a_prepared_list_is_held_against_the_units_anew_when_one_has_changed(begin: BeginWork) -> None:
    lines = rows("A,Tỉnh A", "A-1,Xã Một,,A")
    with begin() as work:
        ready = prepare_units(work, lines)
        make_unit(work, "Tỉnh cũ", code="A", short_name="TA")
    with begin() as work:
        assert import_units(work, lines, ready=ready) == UnitsImported(1, 1, 0)
        assert standing(work) == [("A", "Tỉnh A", "", None), ("A-1", "Xã Một", "", "Tỉnh A")]
        assert work.session.scalars(select(Unit.search_fold).order_by(Unit.code)).all() == ["tinh a\nta\na", "xa mot\n\na-1"]
    with begin() as work:
        ready = prepare_units(work, rows("B,Xã Hai"))
        make_unit(work, "Xã Hai")
    with pytest.raises(RowsInvalid), begin() as work:
        import_units(work, rows("B,Xã Hai"), ready=ready)


def test_a_long_list_is_quick_in_queries(work: Work) -> None:
    told = import_units(work, rows("P,Tỉnh", *[f"P-{n},Xã {n},xã,P" for n in range(4000)]))
    assert told == UnitsImported(4001, 0, 0)
