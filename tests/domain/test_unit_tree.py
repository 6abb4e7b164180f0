"""The tree of units: pages, order, ended units, search."""

from datetime import date

from confsvc.domain.unit_tree import TREE_PAGE_SIZE, Branch, read_tree, search_units, units_above
from confsvc.domain.work import Work
from confsvc.models import Unit
from tests.factories import make_unit


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
