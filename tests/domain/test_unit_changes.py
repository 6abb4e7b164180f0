"""Units that are renamed, merged and split, and the trees of the days between."""

from collections.abc import Callable
from datetime import date

import pytest

from confsvc.domain.errors import EditConflict, Invalid, SignInRequired
from confsvc.domain.unit_changes import merge_units, present_units, read_history, rename_unit, split_unit
from confsvc.domain.unit_rules import MOST_LEVELS, UnitEntry
from confsvc.domain.unit_tree import Branch, read_tree
from confsvc.domain.work import Anonymous, Work
from confsvc.models import Unit
from tests.conftest import BeginWork
from tests.factories import make_unit

DAY = date(2022, 7, 1)


def outline(branches: list[Branch], depth: int = 0) -> list[str]:
    """The names of a tree, indented by their depth."""
    return [line for branch in branches for line in ["-" * depth + branch.unit.name, *outline(branch.children, depth + 1)]]


def drawn(work: Work, on: date | None = None) -> list[str]:
    return outline(read_tree(work, 1, on=on)[0])


@pytest.fixture
def departments(work: Work) -> dict[str, Unit]:
    """A province with two departments, one of them with an office."""
    province = make_unit(work, "Tỉnh")
    posts = make_unit(work, "Sở TT&TT", code="TTTT", kind="sở", parent_id=province.id, sort_order=2)
    science = make_unit(work, "Sở KH&CN", code="KHCN", kind="sở", parent_id=province.id, sort_order=1)
    office = make_unit(work, "Trung tâm CNTT", parent_id=posts.id)
    return {"province": province, "posts": posts, "science": science, "office": office}


def test_rename_ends_the_old_and_hands_the_children_over(work: Work, departments: dict[str, Unit]) -> None:
    province = departments["province"]
    new = rename_unit(work, province.id, UnitEntry("Tỉnh Mới", "68"), on_date=DAY, version=1)
    assert (province.valid_to, new.valid_from, new.valid_to, new.code, new.parent_id) == (DAY, DAY, None, "68", None)
    assert drawn(work) == ["Tỉnh Mới", "-Sở KH&CN", "-Sở TT&TT", "--Trung tâm CNTT"]
    assert drawn(work, date(2022, 6, 30)) == ["Tỉnh", "-Sở KH&CN", "-Sở TT&TT", "--Trung tâm CNTT"]
    assert drawn(work, DAY) == drawn(work)
    assert [departments[name].version for name in ("province", "posts", "office")] == [2, 2, 1]


def test_rename_keeps_place_and_code(work: Work, departments: dict[str, Unit]) -> None:
    new = rename_unit(work, departments["science"].id, UnitEntry("Sở Khoa học", "KHCN"), on_date=DAY, version=1)
    assert (new.parent_id, new.sort_order, new.code) == (departments["province"].id, 1, "KHCN")


def test_merge_into_one_that_stands(work: Work, departments: dict[str, Unit]) -> None:
    posts, science = departments["posts"], departments["science"]
    assert merge_units(work, [posts.id], science.id, on_date=DAY, version=1) is science
    assert (posts.valid_to, science.valid_to, departments["office"].parent_id) == (DAY, None, science.id)
    assert drawn(work) == ["Tỉnh", "-Sở KH&CN", "--Trung tâm CNTT"]
    assert drawn(work, date(2022, 6, 30)) == ["Tỉnh", "-Sở KH&CN", "-Sở TT&TT", "--Trung tâm CNTT"]


def test_merge_into_a_new_one(work: Work, departments: dict[str, Unit]) -> None:
    province = departments["province"]
    new = merge_units(work, [departments["posts"].id, departments["science"].id], UnitEntry("Sở Mới", parent_id=province.id), on_date=DAY, version=1)
    history = read_history(work, new.id)
    assert [(change.kind, change.on_date, unit.name) for change, unit in history.before] == [("merge", DAY, "Sở KH&CN"), ("merge", DAY, "Sở TT&TT")]
    assert drawn(work) == ["Tỉnh", "-Sở Mới", "--Trung tâm CNTT"]
    assert present_units(work, [u.id for u in departments.values()]) == {
        departments["province"].id: province.id,
        departments["posts"].id: new.id,
        departments["science"].id: new.id,
        departments["office"].id: departments["office"].id,
    }


def test_split_gives_the_children_to_the_first(work: Work, departments: dict[str, Unit]) -> None:
    posts = departments["posts"]
    first, second = split_unit(work, posts.id, [UnitEntry("Sở Thông tin", "TTTT"), UnitEntry("Sở Truyền thông")], on_date=DAY, version=1)
    assert (first.parent_id, second.parent_id, departments["office"].parent_id) == (departments["province"].id, departments["province"].id, first.id)
    history = read_history(work, posts.id)
    assert [(change.kind, unit.name) for change, unit in history.after] == [("split", "Sở Thông tin"), ("split", "Sở Truyền thông")]
    assert [(move.on_date, unit and unit.name) for move, unit in read_history(work, departments["office"].id).moves] == [(DAY, "Sở TT&TT")]
    assert present_units(work, [posts.id]) == {}


def test_a_chain_of_changes_is_followed(work: Work, departments: dict[str, Unit]) -> None:
    once = rename_unit(work, departments["posts"].id, UnitEntry("Sở A"), on_date=DAY, version=1)
    twice = rename_unit(work, once.id, UnitEntry("Sở B"), on_date=date(2022, 8, 1), version=1)
    assert present_units(work, [departments["posts"].id]) == {departments["posts"].id: twice.id}
    assert drawn(work, date(2022, 7, 15)) == ["Tỉnh", "-Sở KH&CN", "-Sở A", "--Trung tâm CNTT"]


def test_a_child_that_began_later_goes_over_without_a_past(work: Work, departments: dict[str, Unit]) -> None:
    young = make_unit(work, "Xã Mới", parent_id=departments["province"].id, valid_from=DAY)
    new = rename_unit(work, departments["province"].id, UnitEntry("Tỉnh Mới"), on_date=DAY, version=1)
    assert young.parent_id == new.id
    assert read_history(work, young.id).moves == []


@pytest.mark.parametrize(
    ("on_date", "reason"), [(date(2023, 1, 18), "date_in_future"), (date(2000, 1, 1), "date_before_unit"), (date(1700, 1, 1), "date_before_unit")]
)
def test_the_day_of_a_change_is_past_and_in_the_units_life(work: Work, on_date: date, reason: str) -> None:
    unit = make_unit(work, valid_from=date(2000, 1, 1))
    for change in (
        lambda: rename_unit(work, unit.id, UnitEntry("x"), on_date=on_date, version=unit.version),
        lambda: split_unit(work, unit.id, [UnitEntry("x"), UnitEntry("y")], on_date=on_date, version=unit.version),
    ):
        with pytest.raises(Invalid) as caught:
            change()
        assert (caught.value.field, caught.value.reason) == ("on_date", reason)


def test_what_cannot_be_is_refused(work: Work, departments: dict[str, Unit]) -> None:
    province, posts, science, office = (departments[name].id for name in ("province", "posts", "science", "office"))
    ended = make_unit(work, "Sở cũ", valid_to=date(2020, 1, 1)).id
    tries: list[tuple[Callable[[int], object], int, tuple[str, str]]] = [
        (lambda v: rename_unit(work, ended, UnitEntry("x"), on_date=DAY, version=v), ended, ("form", "unit_has_ended")),
        (lambda v: rename_unit(work, posts, UnitEntry("Sở KH&CN"), on_date=DAY, version=v), posts, ("name", "unit_name_taken")),
        (lambda v: merge_units(work, [posts], UnitEntry("x"), on_date=DAY, version=v), posts, ("others", "unit_merge_needs_two")),
        (lambda v: merge_units(work, [posts, science], science, on_date=DAY, version=v), posts, ("others", "unit_merge_needs_two")),
        (lambda v: merge_units(work, [posts], ended, on_date=DAY, version=v), posts, ("into", "unit_has_ended")),
        (lambda v: merge_units(work, [province], office, on_date=DAY, version=v), province, ("into", "unit_below_itself")),
        (lambda v: merge_units(work, [posts, science], UnitEntry("x", parent_id=office), on_date=DAY, version=v), posts, ("parent_unit", "unit_below_itself")),
        (lambda v: split_unit(work, posts, [UnitEntry("x")], on_date=DAY, version=v), posts, ("parts", "unit_split_needs_two")),
        (lambda v: split_unit(work, posts, [UnitEntry("x"), UnitEntry("x")], on_date=DAY, version=v), posts, ("name", "unit_name_taken")),
    ]
    work.session.flush()
    for change, unit_id, expected in tries:
        attempt = work.session.begin_nested()
        unit = work.session.get(Unit, unit_id)
        assert unit
        with pytest.raises(Invalid) as caught:
            change(unit.version)
        attempt.rollback()
        work.session.expire_all()
        assert (caught.value.field, caught.value.reason) == expected


def test_a_merge_hands_nothing_over_that_would_stand_too_deep(work: Work) -> None:
    line = [make_unit(work, "1")]
    for level in range(2, MOST_LEVELS + 1):
        line.append(make_unit(work, str(level), parent_id=line[-1].id))
    tall = make_unit(work, "Cao")
    make_unit(work, "Con", parent_id=tall.id)
    low = make_unit(work, "Thấp")
    with pytest.raises(Invalid) as caught:
        merge_units(work, [low.id, tall.id], line[-1].id, on_date=DAY, version=1)
    assert (caught.value.field, caught.value.reason) == ("form", "unit_too_deep")


def test_what_fits_is_handed_over(work: Work) -> None:
    line = [make_unit(work, "1")]
    for level in range(2, MOST_LEVELS + 1):
        line.append(make_unit(work, str(level), parent_id=line[-1].id))
    tall, lone = make_unit(work, "Cao"), make_unit(work, "Một mình")
    child = make_unit(work, "Con", parent_id=tall.id)
    assert merge_units(work, [lone.id], line[-1].id, on_date=DAY, version=1) is line[-1]
    assert merge_units(work, [tall.id], line[-2].id, on_date=DAY, version=1) is line[-2]
    assert child.parent_id == line[-2].id
    renamed = rename_unit(work, line[0].id, UnitEntry("Tên mới"), on_date=DAY, version=1)
    assert line[1].parent_id == renamed.id


def test_the_second_tab_is_told(work: Work, departments: dict[str, Unit]) -> None:
    rename_unit(work, departments["posts"].id, UnitEntry("Sở A"), on_date=DAY, version=1)
    with pytest.raises(EditConflict):
        rename_unit(work, departments["posts"].id, UnitEntry("Sở B"), on_date=DAY, version=1)


def test_nobody_without_an_account_changes_units(begin: BeginWork) -> None:
    with begin() as work:
        unit = make_unit(work)
    with begin(Anonymous()) as work:
        for change in (
            lambda: rename_unit(work, unit.id, UnitEntry("x"), on_date=DAY, version=1),
            lambda: merge_units(work, [unit.id], UnitEntry("x"), on_date=DAY, version=1),
            lambda: split_unit(work, unit.id, [UnitEntry("x"), UnitEntry("y")], on_date=DAY, version=1),
            lambda: read_tree(work, 1),
        ):
            with pytest.raises(SignInRequired):
                change()
