"""The tree of units: pages, order, ended units, search."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import event

from confsvc.domain import unit_tree
from confsvc.domain.text import text_sort_key
from confsvc.domain.unit_tree import TREE_PAGE_SIZE, Branch, read_tree, search_units, units_above
from confsvc.domain.work import Work
from confsvc.models import Unit, UnitMove
from tests.factories import make_unit

FIRST_DAY = date(2020, 1, 1)
NAMES = ("Xã Ánh", "Xã Đức", "Xã Dũng", "Xã Ưng", "Xã 2", "Xã 10", "xã 2")


def flat(branches: list[Branch]) -> list[tuple[str, int, bool]]:
    """Name, how many are below, whether it only shows where the page begins; depth first."""
    return [line for branch in branches for line in [(branch.unit.name, branch.below, branch.continued), *flat(branch.children)]]


def plant(work: Work, districts: int, communes: int) -> list[str]:
    """A province with districts with communes; returns every name in the order of the tree."""
    province = make_unit(work, "Tỉnh")
    names = ["Tỉnh"]
    for d in range(districts):
        district = make_unit(work, f"Huyện {d:03}", parent_id=province.id)
        names.append(district.name)
        work.session.add_all(Unit(name=f"Xã {d:03}-{c:03}", name_fold="", search_fold="", parent_id=district.id) for c in range(communes))
        names += [f"Xã {d:03}-{c:03}" for c in range(communes)]
    work.session.flush()
    return names


def test_pages_follow_one_another_without_gap_or_double(work: Work) -> None:
    names = plant(work, 7, 40)
    seen: list[str] = []
    for number in (1, 2, 3):
        branches, page = read_tree(work, number)
        assert (page.total, page.number, page.last) == (len(names), number, 3)
        lines = flat(branches)
        seen += [name for name, _, continued in lines if not continued]
        assert [unit.name for unit in page.items] == [name for name, _, continued in lines if not continued]
    assert seen == names
    assert flat(read_tree(work, 2)[0])[:3] == [("Tỉnh", 287, True), ("Huyện 002", 40, True), ("Xã 002-016", 0, False)]
    assert read_tree(work, 99)[1].number == 3


def test_a_page_may_begin_with_a_branch(work: Work) -> None:
    make_unit(work, "A", sort_order=0)
    work.session.add_all(Unit(name=f"B{i:03}", name_fold="", search_fold="", sort_order=1) for i in range(TREE_PAGE_SIZE - 1))
    last = make_unit(work, "C", sort_order=2)
    make_unit(work, "D", parent_id=last.id)
    assert flat(read_tree(work, 2)[0]) == [("C", 1, False), ("D", 0, False)]


def test_siblings_stand_in_their_order_then_the_vietnamese_way(work: Work) -> None:
    for name, order in (("Ưng", 1), ("Đức", 1), ("Dũng", 1), ("Ánh", 1), ("Zét", 0)):
        make_unit(work, name, sort_order=order)
    assert [name for name, _, _ in flat(read_tree(work, 1)[0])] == ["Zét", "Ánh", "Dũng", "Đức", "Ưng"]


def test_ended_units_show_when_asked_for_and_on_their_days(work: Work) -> None:
    top = make_unit(work, "Tỉnh")
    make_unit(work, "Huyện cũ", parent_id=top.id, valid_from=date(2000, 1, 1), valid_to=date(2020, 1, 1))
    make_unit(work, "Xã mới", parent_id=top.id, valid_from=date(2020, 1, 1))

    def names(**options: object) -> list[str]:
        return [name for name, _, _ in flat(read_tree(work, 1, **options)[0])]  # type: ignore[arg-type]  # options of three types

    assert names() == ["Tỉnh", "Xã mới"]
    assert names(ended=True) == ["Tỉnh", "Huyện cũ", "Xã mới"]
    assert names(on=date(2019, 12, 31)) == ["Tỉnh", "Huyện cũ"]
    assert names(on=date(2020, 1, 1)) == ["Tỉnh", "Xã mới"]
    assert names(on=date(1999, 1, 1)) == ["Tỉnh"]
    assert names(under=top.id) == ["Xã mới"]


def some_day(random: Random) -> date:
    return FIRST_DAY + timedelta(days=random.randrange(60))


def grow(work: Work, random: Random) -> tuple[list[Unit], list[UnitMove]]:
    """A wood of units that begin, end and move on some days, many of them beside one another and of the same name."""
    units: list[Unit] = []
    moves: list[UnitMove] = []
    depth = random.random()
    for number in range(random.randrange(40)):
        first, last = sorted((some_day(random), some_day(random)))
        parent = units[-1 if random.random() < depth else random.randrange(number)] if number and random.random() < 0.85 else None
        dates = {"valid_from": random.choice((None, None, first)), "valid_to": random.choice((None, None, last))}
        units.append(make_unit(work, random.choice(NAMES), parent_id=parent and parent.id, sort_order=random.randrange(3), **dates))
        for day in {some_day(random) for _ in range(random.randrange(3))}:
            from_parent = random.choice(units[:-1]).id if number and random.random() < 0.8 else None
            moves.append(UnitMove(unit_id=units[-1].id, on_date=day, from_parent_id=from_parent))
    work.session.add_all(moves)
    work.session.flush()
    return units, moves


def is_shown(unit: Unit, on: date | None, ended: bool) -> bool:
    if on is None:
        return ended or unit.valid_to is None
    return (unit.valid_from is None or unit.valid_from <= on) and (unit.valid_to is None or unit.valid_to > on)


def expected(units: list[Unit], moves: list[UnitMove], size: int, number: int, on: date | None, ended: bool, under: int | None) -> list[tuple[int, int, bool]]:
    """The lines of a page, from all units by the rules alone."""
    hung = {unit.id: unit.parent_id for unit in units if is_shown(unit, on, ended)}
    for move in sorted(moves, key=lambda move: move.on_date, reverse=True):
        if on and move.on_date > on and move.unit_id in hung:
            hung[move.unit_id] = move.from_parent_id
    parents = {unit_id: parent_id if parent_id in hung else None for unit_id, parent_id in hung.items()}
    children: dict[int | None, list[Unit]] = defaultdict(list)
    for unit in sorted((unit for unit in units if unit.id in hung), key=lambda unit: (unit.sort_order, text_sort_key(unit.name), unit.id)):
        children[parents[unit.id]].append(unit)

    def below(unit_id: int | None) -> Iterator[int]:
        for child in children[unit_id]:
            yield child.id
            yield from below(child.id)

    whole = list(below(under))
    number = min(max(number, 1), max(1, -(-len(whole) // size)))
    page = whole[(number - 1) * size : number * size]
    line: list[int] = []
    while page and (above := parents[(line or page)[0]]) not in (None, under):
        assert above is not None
        line.insert(0, above)
    return [(unit_id, len(list(below(unit_id))), unit_id in line) for unit_id in [*line, *page]]


@pytest.mark.parametrize("seed", range(8))
def test_pages_are_those_of_the_whole_tree_whatever_grows(work: Work, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    def lines(branches: list[Branch]) -> list[tuple[int, int, bool]]:
        return [line for branch in branches for line in [(branch.unit.id, branch.below, branch.continued), *lines(branch.children)]]

    random = Random(seed)
    monkeypatch.setattr(unit_tree, "TREE_PAGE_SIZE", size := random.choice((1, 3, 7)))
    monkeypatch.setattr(unit_tree, "MOST_LEVELS", 100)
    units, moves = grow(work, random)
    for under in (None, *(unit.id for unit in random.sample(units, min(3, len(units))))):
        for on, ended in ((None, False), (None, True), (some_day(random), False)):
            for number in (1, 2, random.randrange(1, 15)):
                found = lines(read_tree(work, number, on=on, ended=ended, under=under)[0])
                assert found == expected(units, moves, size, number, on, ended, under), (under, on, ended, number)


def rows_read(work: Work, read: Callable[[], Any]) -> list[int]:
    """How many rows each statement of `read` has given."""
    told: list[tuple[str, Any]] = []
    connection = work.session.connection()

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        told.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", note)
    try:
        read()
    finally:
        event.remove(connection, "before_cursor_execute", note)
    return [len(connection.exec_driver_sql(statement, parameters).all()) for statement, parameters in told]


def test_a_page_reads_what_it_shows_and_the_siblings_that_say_where(work: Work) -> None:
    plant(work, 60, 40)
    work.session.expunge_all()
    # What has units below it, and what hangs loose; the top, the districts, those of the districts that are met; the page.
    assert rows_read(work, lambda: read_tree(work, 1)) == [62, 1, 60, 3 * 40, TREE_PAGE_SIZE]
    assert rows_read(work, lambda: read_tree(work, 20)) == [62, 1, 60, 3 * 40, TREE_PAGE_SIZE + 2]


def test_an_empty_tree_has_one_empty_page(work: Work) -> None:
    branches, page = read_tree(work, 1)
    assert (branches, page.items, page.total, page.last) == ([], [], 0, 1)


def test_search_finds_with_the_parent_loaded(work: Work) -> None:
    top = make_unit(work, "Tỉnh")
    found = make_unit(work, "Xã Đức Trọng", parent_id=top.id)
    make_unit(work, "Xã Đức Cũ", valid_to=date(2020, 1, 1))
    page = search_units(work, "đuc", 1)
    assert (page.items, page.items[0].parent) == ([found], top)
    assert search_units(work, "duc", 1, ended=True).total == 2
    assert search_units(work, "duc", 1, on=date(2019, 1, 1)).total == 2


def test_the_line_above_goes_from_the_top_down(work: Work) -> None:
    top = make_unit(work, "Tỉnh")
    middle = make_unit(work, "Huyện", parent_id=top.id)
    low = make_unit(work, "Xã", parent_id=middle.id)
    assert (units_above(work, low.id), units_above(work, top.id)) == ([top, middle], [])
