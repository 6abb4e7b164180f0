"""The attendance list is written by a process of its own: read in portions, cut into pages, stopped, and nothing left behind."""

import json
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook

from confsvc.schemas import attendance_workbook
from confsvc.schemas.attendance_workbook import PORTION, Row, Sheet, Writing
from confsvc.schemas.attendance_workbook_process import write
from confsvc.schemas.own_program import ProgramFailed, ProgramStopped

CAME = datetime(2023, 1, 16, 13, 30)  # noqa: DTZ001  # a cell of a workbook has no zone
PEOPLE = Sheet("Tổng hợp", "Hội nghị tổng kết", ["STT", "Họ và tên"], [6, 28], [[1, "Nguyễn Thị Dina"], [2, "Lê Oanh"]])


@contextmanager
def opened(*sheets: Sheet) -> Iterator[Iterable[Sheet]]:
    yield sheets


def contents(path: Path) -> dict[str, list[list[object]]]:
    return {page.title: [[cell.value for cell in row] for row in page.iter_rows()] for page in load_workbook(path)}


def test_every_kind_of_cell_comes_as_it_is(tmp_path: Path) -> None:
    rows: list[Row] = [[1, "Dina", 0.25, CAME, None, ""], [2, "=1+1", 1.0, None, "  ốm", "a\nb"]]
    sheet = Sheet("Danh sách", "Tiêu đề", list("abcdef"), [6] * 6, rows, lambda count: [f"{count} người"])
    Writing().draw(lambda: opened(sheet, PEOPLE), tmp_path / "a.xlsx")
    assert contents(tmp_path / "a.xlsx") == {
        "Danh sách": [
            ["Tiêu đề", None, None, None, None, None],
            [None] * 6,
            list("abcdef"),
            [1, "Dina", 0.25, CAME, None, None],
            [2, "=1+1", 1, None, "  ốm", "a\nb"],
            [None] * 6,
            ["2 người", None, None, None, None, None],
        ],
        "Tổng hợp": [["Hội nghị tổng kết", None], [None, None], ["STT", "Họ và tên"], [1, "Nguyễn Thị Dina"], [2, "Lê Oanh"]],
    }
    page = load_workbook(tmp_path / "a.xlsx")["Danh sách"]
    cells = [page["B5"], page["C4"], page["D4"]]
    assert [(cell.data_type, cell.quotePrefix, cell.number_format) for cell in cells] == [
        ("s", True, "General"),
        ("n", False, "0.00%"),
        ("d", False, "hh:mm dd/mm/yyyy"),
    ]
    assert (page.freeze_panes, page.print_title_rows, page.column_dimensions["A"].width > 6) == ("A4", "$3:$3", True)


def test_rows_are_taken_a_portion_at_a_time_and_the_source_is_closed_before_they_are_written(tmp_path: Path) -> None:
    taken: list[int] = []
    story: list[str] = []

    def rows() -> Iterator[Row]:
        for number in range(3 * PORTION + 1):
            taken.append(number)
            yield [number, "x"]

    @contextmanager
    def source() -> Iterator[Iterable[Sheet]]:
        yield [Sheet("A", "T", ["n", "x"], [6, 6], rows())]
        story.append("closed")

    rests: list[int] = []
    Writing(lambda: rests.append(len(taken))).draw(source, tmp_path / "a.xlsx", lambda count: story.append(f"{count} written"))
    assert rests == [0, PORTION, 2 * PORTION, 3 * PORTION, 3 * PORTION + 1, 3 * PORTION + 1]
    assert story == ["closed"]


def test_it_tells_how_far_it_is(tmp_path: Path) -> None:
    told: list[int] = []
    sheet = Sheet("A", "T", ["n"], [6], ([number] for number in range(2500)))
    Writing().draw(lambda: opened(sheet), tmp_path / "a.xlsx", told.append)
    assert told == [1000, 2000]
    assert len(contents(tmp_path / "a.xlsx")["A"]) == 2503


def test_more_rows_than_a_page_holds_go_on_the_next_one(tmp_path: Path) -> None:
    head = {"name": "Danh sách", "title": "Tiêu đề", "heads": ["STT"], "widths": [6]}
    parts = [head, [[1], [2], [3]], [[4], [5]], {"closing": ["Hết"]}, {**head, "name": "Tổng hợp"}, [[9]], {"closing": []}]
    write([json.dumps(part).encode() for part in parts], tmp_path, "=", most=2)
    above: list[list[object]] = [["Tiêu đề"], [None], ["STT"]]
    assert contents(tmp_path / "book.xlsx") == {
        "Danh sách": [*above, [1], [2]],
        "Danh sách 2": [*above, [3], [4]],
        "Danh sách 3": [*above, [5], [None], ["Hết"]],
        "Tổng hợp": [*above, [9]],
    }


@pytest.mark.parametrize("typed", ['<r></r></is></c><c r="K4" t="str"><f>1+41</f><v>pwn</v></c><c r="L4" t="inlineStr"><is><r><t>x</t></r>', "<r>A & B</r>"])
def test_what_looks_like_the_inside_of_the_file_is_a_text(tmp_path: Path, typed: str) -> None:
    sheet = Sheet("A", typed, [typed], [6], [[typed]], lambda _count: [typed])
    Writing().draw(lambda: opened(sheet), tmp_path / "a.xlsx")
    assert contents(tmp_path / "a.xlsx") == {"A": [[f"{typed} "], [None], [f"{typed} "], [f"{typed} "], [None], [f"{typed} "]]}


def test_stopped_while_it_is_read_or_written_it_leaves_nothing(tmp_path: Path) -> None:
    reading = Writing()

    def endless() -> Iterator[Row]:
        while True:
            reading.stop()
            yield [1, "x"]

    with pytest.raises(ProgramStopped):
        reading.draw(lambda: opened(Sheet("A", "T", ["n", "x"], [6, 6], endless())), tmp_path / "a.xlsx")
    writing = Writing()
    many = Sheet("A", "T", ["n"], [6], ([number] for number in range(50_000)))
    with pytest.raises(ProgramStopped):
        writing.draw(lambda: opened(many), tmp_path / "b.xlsx", lambda _count: writing.stop())
    with pytest.raises(ProgramStopped):
        writing.draw(lambda: opened(PEOPLE), tmp_path / "c.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_read_or_written_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def torn() -> Iterator[Row]:
        yield [1, "x"]
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        Writing().draw(lambda: opened(Sheet("A", "T", ["n", "x"], [6, 6], torn())), tmp_path / "a.xlsx")
    monkeypatch.setattr(attendance_workbook, "PROGRAM", tmp_path / "nowhere.py")
    with pytest.raises(ProgramFailed, match=r"nowhere\.py"):
        Writing().draw(lambda: opened(PEOPLE), tmp_path / "b.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_source_that_is_refused_is_told(tmp_path: Path) -> None:
    def refused() -> AbstractContextManager[Iterable[Sheet]]:
        raise PermissionError

    with pytest.raises(PermissionError):
        Writing().draw(refused, tmp_path / "a.xlsx")
    assert list(tmp_path.iterdir()) == []
