"""The pages of an import: upload, preview, another reading, confirm, discard."""

import io
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from typing import Any

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from confsvc.boundary import install_runtime
from confsvc.models import Account, Conference, Delegate, DelegateImport
from tests.conftest import BeginWork
from tests.factories import make_account, make_conference, make_mandate, make_site, make_unit, settle
from tests.web.conftest import CountQueries, SignIn
from tests.workbooks import HEADER, locked_xlsx, messy_workbook, tcvn3_workbook, xlsx

GOOD = xlsx([HEADER, [1, "Nguyễn Văn An", "Giám đốc", "Sở Nội vụ", "0913123456"], [2, "Trần Thị Bích", "Chuyên viên", "Sở lạ"]])


@dataclass
class Scene:
    browser: FlaskClient
    olga: Account
    mallory: Account
    conference: Conference
    begin: BeginWork

    @property
    def address(self) -> str:
        return f"/conferences/{self.conference.id}/delegates/import"

    def upload(self, data: bytes, name: str = "Danh sách.xlsx", browser: FlaskClient | None = None, **fields: str) -> TestResponse:
        return (browser or self.browser).post(self.address, data={"file": (io.BytesIO(data), name), **fields}, content_type="multipart/form-data")

    def stage(self, data: bytes = GOOD) -> str:
        """The address of the preview of an uploaded list."""
        answer = self.upload(data)
        assert answer.status_code == 303
        return str(answer.location)

    def names(self) -> list[str]:
        with self.begin() as work:
            return list(work.session.scalars(select(Delegate.full_name).order_by(Delegate.protocol_order)))

    def imports(self) -> int:
        with self.begin() as work:
            return work.session.scalar(select(func.count()).select_from(DelegateImport)) or 0


@pytest.fixture
def scene(begin: BeginWork, sign_in: SignIn) -> Scene:
    with begin() as work:
        olga, mallory = make_account(work), make_account(work, "mallory")
        conference = make_conference(work, olga)
        make_conference(work, mallory, title="Another")
        main = make_site(work, conference)
        make_mandate(work, conference, main, make_unit(work, "Sở Nội vụ", code="SNV"))
    return Scene(sign_in(olga), olga, mallory, conference, begin)


def digest_of(page: TestResponse) -> str:
    return page.text.split('name="digest" value="')[1][:64]


@contextmanager
def settings(app: Flask, **changes: Any) -> Iterator[None]:
    runtime = app.extensions["confsvc"]
    install_runtime(app, replace(runtime, settings=runtime.settings.model_copy(update=changes)))
    yield
    install_runtime(app, runtime)


def test_upload_preview_confirm(scene: Scene) -> None:
    preview = scene.browser.get(scene.stage())
    assert preview.status_code == 200
    assert "No unit is called “Sở lạ”." in preview.text
    assert "Save 1 delegate<" in preview.text
    assert "1 row with a mistake is left out" in preview.text
    assert scene.names() == []
    address = f"{scene.address}/1"
    saved = scene.browser.post(f"{address}/confirm", data={"digest": digest_of(preview)})
    assert (saved.status_code, saved.location) == (303, address)
    assert scene.names() == ["Nguyễn Văn An"]
    result = scene.browser.get(address)
    assert "Rows left out" in result.text
    assert "Trần Thị Bích" in result.text
    assert "1 new, 0 changed, 1 wrong" in scene.browser.get(scene.address).text


def test_confirm_pressed_twice_saves_once(scene: Scene) -> None:
    address = scene.stage()
    digest = digest_of(scene.browser.get(address))
    answers = [scene.browser.post(f"{address}/confirm", data={"digest": digest}) for _ in range(2)]
    assert [(answer.status_code, answer.location) for answer in answers] == [(303, address)] * 2
    assert scene.names() == ["Nguyễn Văn An"]


def test_upload_sent_twice_is_kept_once(scene: Scene) -> None:
    key = "11111111-1111-4111-8111-111111111111"
    first, second = scene.upload(GOOD, form_key=key), scene.upload(GOOD, form_key=key)
    assert first.location == second.location
    assert scene.imports() == 1


def test_preview_that_is_no_longer_true_is_shown_anew(scene: Scene) -> None:
    first, second = scene.stage(), scene.stage()
    digest = digest_of(scene.browser.get(second))
    scene.browser.post(f"{first}/confirm", data={"digest": digest_of(scene.browser.get(first))})
    answer = scene.browser.post(f"{second}/confirm", data={"digest": digest})
    assert answer.status_code == 409
    assert "Nothing was saved: something in the conference has changed since you looked." in answer.text
    assert "There is nothing to save in this list." in answer.text
    assert scene.names() == ["Nguyễn Văn An"]


class Overtaken:
    """A writers' queue in which somebody else is always, or the first `times`, in front."""

    def __init__(self, turn: AbstractContextManager[object], overtake: Callable[[int], object], times: int) -> None:
        self._turn, self._overtake, self._times, self.taken = turn, overtake, times, 0

    def __enter__(self) -> None:
        self.taken += 1
        if self.taken <= self._times:
            self._overtake(self.taken)
        self._turn.__enter__()

    def __exit__(self, *error: object) -> None:
        self._turn.__exit__(*error)  # type: ignore[arg-type]  # whatever it is


@pytest.mark.parametrize(
    ("times", "name", "status", "saved"),
    [
        (1, "Sở mới", 303, ["Nguyễn Văn An"]),
        (2, "Sở mới", 303, ["Nguyễn Văn An"]),
        (9, "Sở mới", 409, []),
        (1, "Sở lạ", 409, []),
    ],
)
def test_who_writes_while_a_list_is_worked_out_does_not_wait_and_is_heeded(
    app: Flask, scene: Scene, times: int, name: str, status: int, saved: list[str]
) -> None:
    address = scene.stage()
    digest = digest_of(scene.browser.get(address))
    runtime = app.extensions["confsvc"]

    def overtake(number: int) -> None:
        with scene.begin() as work:
            make_unit(work, name if number == 1 else f"{name} {number}")

    turn = Overtaken(runtime.turn, overtake, times)
    install_runtime(app, replace(runtime, turn=turn))
    answer = scene.browser.post(f"{address}/confirm", data={"digest": digest})
    assert (answer.status_code, scene.names(), turn.taken <= 3) == (status, saved, True)


@pytest.mark.parametrize(
    ("data", "name", "text"),
    [
        (b"hello", "a.xlsx", "This is no list this page can read."),
        (b"", "a.xlsx", "There is nothing in this file."),
        (locked_xlsx([HEADER]), "a.xlsx", "This workbook asks for a password."),
        (xlsx([["x"]]), "a.xlsx", "No header was found in the first 15 rows"),
    ],
)
def test_file_that_cannot_be_read_gets_a_reason_and_leaves_nothing(scene: Scene, data: bytes, name: str, text: str) -> None:
    answer = scene.upload(data, name)
    assert answer.status_code == 422
    assert text in answer.text
    assert 'type="file"' in answer.text
    assert scene.imports() == 0


def test_no_file_is_asked_for(scene: Scene) -> None:
    answer = scene.browser.post(scene.address, data={})
    assert (answer.status_code, scene.imports()) == (422, 0)
    assert "Please fill in this field." in answer.text


def test_reasons_are_told_in_vietnamese(scene: Scene) -> None:
    scene.browser.set_cookie("lang", "vi")
    assert "Tệp Excel này có mật khẩu." in scene.upload(locked_xlsx([HEADER])).text
    assert "Không có đơn vị nào tên là “Sở lạ”." in scene.browser.get(scene.stage()).text


def test_too_many_rows_are_refused_with_the_number(app: Flask, scene: Scene) -> None:
    with settings(app, import_max_rows=2):
        answer = scene.upload(GOOD)
    assert answer.status_code == 422
    assert "The list has more than 2 rows." in answer.text


def test_zip_bomb_is_refused(app: Flask, scene: Scene) -> None:
    with settings(app, upload_max_unzipped_bytes=1024):
        answer = scene.upload(GOOD)
    assert answer.status_code == 422
    assert "This workbook unpacks to more than can be read here." in answer.text


@pytest.mark.usefixtures("csrf_on")
def test_file_too_large_keeps_the_page(app: Flask, scene: Scene) -> None:
    app.config["MAX_CONTENT_LENGTH"] = 1024
    answer = scene.upload(b"x" * 5000)
    assert answer.status_code == 413
    assert "The file is larger than 10 MB." in answer.text
    assert 'type="file"' in answer.text
    assert scene.imports() == 0


def test_file_a_little_too_large_is_refused_too(app: Flask, scene: Scene) -> None:
    with settings(app, upload_max_bytes=len(GOOD) - 1):
        answer = scene.upload(GOOD)
    assert answer.status_code == 422
    assert "Please send the list alone, without pictures." in answer.text
    with settings(app, upload_max_bytes=len(GOOD)):
        assert scene.upload(GOOD).status_code == 303


def test_harmful_texts_are_shown_harmlessly(scene: Scene) -> None:
    text = 'Họ và tên,Chức vụ,Đơn vị\n"=HYPERLINK(""x"")",<script>alert(1)</script>,Sở Nội vụ\n"Trần\r\nThị \u202eBích",{x} %s %(y)s,<b>lạ</b> %(z)s\n'
    page = scene.browser.get(str(scene.upload(text.encode(), "<script>.csv").location)).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "=HYPERLINK(&#34;x&#34;)" in page
    assert "Trần Thị Bích" in page
    assert "{x} %s %(y)s" in page
    assert "No unit is called “&lt;b&gt;lạ&lt;/b&gt; %(z)s”." in page
    assert "<b>&lt;script&gt;.csv</b>" in page
    assert "\u202e" not in page


def test_rows_are_filtered_by_verdict_and_paged(scene: Scene) -> None:
    address = scene.stage(xlsx([HEADER, *[[i, f"Nguyễn Văn {i:03}", "", "Sở Nội vụ"] for i in range(1, 121)], [121, "Trần Lạ", "", "Sở lạ"]]))
    first = scene.browser.get(address).text
    assert first.index("Trần Lạ") < first.index("Nguyễn Văn 001") < first.index("Nguyễn Văn 049")
    assert "Nguyễn Văn 050" not in first
    last = scene.browser.get(f"{address}?page=99").text
    assert "Nguyễn Văn 120" in last
    wrong = scene.browser.get(f"{address}?verdict=error").text
    assert "Trần Lạ" in wrong
    assert "Nguyễn Văn 001" not in wrong
    assert scene.browser.get(f"{address}?verdict=nonsense&page=x").status_code == 200


def test_changes_are_shown_with_old_and_new(scene: Scene) -> None:
    address = scene.stage()
    scene.browser.post(f"{address}/confirm", data={"digest": digest_of(scene.browser.get(address))})
    page = scene.browser.get(scene.stage(xlsx([HEADER, [1, "Nguyễn Văn An", "Phó Giám đốc", "Sở Nội vụ"]]))).text
    assert "Position: <del>Giám đốc</del> → <ins>Phó Giám đốc</ins>" in page
    assert "Save 1 delegate<" in page


def test_list_is_read_another_way(scene: Scene) -> None:
    address = scene.stage(tcvn3_workbook([["Danh sách"], HEADER, [1, "Nguyễn Văn Hương", "Giám đốc", "Sở Nội vụ"]]))
    assert "converted from TCVN3" in scene.browser.get(address).text
    form = scene.browser.get(f"{address}/reading").text
    assert "Họ và tên · Nguyễn Văn Hương" in form
    columns = {"column-1": "full_name", "column-3": "position", "column-2": "unit", "column-9": "nonsense", "column-x": "note"}
    again = scene.browser.post(f"{address}/reading", data={"sheet": "0", "encoding": "tcvn3", "header_row": "2", **columns})
    assert (again.status_code, again.location) == (303, address)
    assert "No unit is called “Giám đốc”." in scene.browser.get(address).text
    raw = scene.browser.post(f"{address}/reading", data={"sheet": "0", "encoding": "vni", "header_row": "2", **columns})
    assert raw.status_code == 422  # in that encoding the header names no column


def test_another_sheet_is_chosen(scene: Scene) -> None:
    address = scene.stage(xlsx([HEADER, [1, "An Một", "", "Sở Nội vụ"]], sheets={"Hai": [["x"], HEADER, [1, "An Hai", "", "Sở Nội vụ"]]}))
    assert "An Một" in scene.browser.get(address).text
    assert "Hai" in scene.browser.get(f"{address}/reading").text
    scene.browser.post(f"{address}/reading", data={"sheet": "1", "encoding": "unicode", "header_row": "1"})
    page = scene.browser.get(address).text
    assert "An Hai" in page
    assert "An Một" not in page


@pytest.mark.parametrize(
    "fields",
    [
        {"sheet": "7", "encoding": "unicode", "header_row": "2"},
        {"sheet": "0", "encoding": "ebcdic", "header_row": "2"},
        {"sheet": "0", "encoding": "unicode", "header_row": "99"},
        {"sheet": "0", "encoding": "unicode", "header_row": "no"},
        {"sheet": "0", "encoding": "unicode", "header_row": "1", "column-2": "unit"},
    ],
)
def test_impossible_reading_is_told_and_changes_nothing(scene: Scene, fields: dict[str, str]) -> None:
    address = scene.stage()
    before = digest_of(scene.browser.get(address))
    answer = scene.browser.post(f"{address}/reading", data=fields)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert digest_of(scene.browser.get(address)) == before


def test_discarded_list_is_gone(scene: Scene) -> None:
    address = scene.stage()
    assert scene.browser.post(f"{address}/discard").location == scene.address
    assert scene.browser.get(address).status_code == 404
    assert scene.imports() == 0


def test_template_can_be_filled_in_and_sent_back(scene: Scene) -> None:
    answer = scene.browser.get(f"{scene.address}/template.xlsx")
    assert answer.mimetype == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    assert [cell.value for cell in book.worksheets[0][1]] == ["No.", "Full name", "Position", "Unit", "Phone", "E-mail", "Note"]
    assert [row[0].value for row in book.worksheets[1]] == ["Invited units", "Sở Nội vụ"]
    filled: list[int | str] = [1, "Nguyễn Văn An", "Giám đốc", "Sở Nội vụ", "0913123456"]
    for column, value in enumerate(filled, start=1):
        book.worksheets[0].cell(2, column, value)
    file = io.BytesIO()
    book.save(file)
    assert "Save 1 delegate<" in scene.browser.get(scene.stage(file.getvalue())).text


def test_vietnamese_template_can_be_sent_back(scene: Scene) -> None:
    scene.browser.set_cookie("lang", "vi")
    book = openpyxl.load_workbook(io.BytesIO(scene.browser.get(f"{scene.address}/template.xlsx").data))
    book.worksheets[0].append([1, "Nguyễn Văn An", "Giám đốc", "Sở Nội vụ"])
    file = io.BytesIO()
    book.save(file)
    assert "Lưu 1 đại biểu" in scene.browser.get(scene.stage(file.getvalue())).text


def test_closed_conference_takes_no_list(scene: Scene) -> None:
    address = scene.stage()
    digest = digest_of(scene.browser.get(address))
    with scene.begin() as work:
        conference = work.session.get(Conference, scene.conference.id)
        assert conference is not None
        settle(conference, "closed")
    assert "The conference is over" in scene.browser.get(scene.address).text
    assert scene.upload(GOOD).status_code == 409
    assert scene.browser.post(f"{address}/confirm", data={"digest": digest}).status_code == 409
    assert scene.names() == []


@pytest.mark.parametrize("who", ["mallory", "nobody"])
def test_outsider_sees_and_confirms_nothing(scene: Scene, sign_in: SignIn, client: FlaskClient, who: str) -> None:
    address = scene.stage()
    digest = digest_of(scene.browser.get(address))
    outsider = sign_in(scene.mallory) if who == "mallory" else client
    steps: list[Callable[[], TestResponse]] = [
        lambda: outsider.get(scene.address),
        lambda: outsider.get(f"{scene.address}/template.xlsx"),
        lambda: outsider.get(address),
        lambda: outsider.get(f"{address}/reading"),
        lambda: outsider.post(f"{address}/reading", data={"sheet": "0", "encoding": "unicode", "header_row": "1"}),
        lambda: outsider.post(f"{address}/confirm", data={"digest": digest}),
        lambda: outsider.post(f"{address}/discard"),
        lambda: scene.upload(GOOD, browser=outsider),
    ]
    answers = [step() for step in steps]
    assert [answer.status_code for answer in answers] == [404 if who == "mallory" else 303] * len(steps)
    assert not any("Nguyễn Văn An" in answer.text for answer in answers)
    assert (scene.names(), scene.imports()) == ([], 1)


@pytest.mark.usefixtures("csrf_on")
@pytest.mark.parametrize("step", ["", "/1/confirm", "/1/discard", "/1/reading"])
def test_post_without_token_is_refused(scene: Scene, step: str) -> None:
    assert scene.browser.post(scene.address + step, data={}).status_code == 400


def test_pages_ask_the_same_few_questions_for_few_rows_and_for_many(scene: Scene, count_queries: CountQueries) -> None:
    counted = []
    for size in (5, 1500):
        address = scene.stage(xlsx([HEADER, *[[i, f"Nguyễn Văn {i}", "", "Sở Nội vụ"] for i in range(size)]]))
        with count_queries() as preview:
            page = scene.browser.get(address)
        with count_queries() as upload:
            scene.browser.get(scene.address)
        with count_queries() as confirm:
            scene.browser.post(f"{address}/confirm", data={"digest": digest_of(page)})
        counted.append((len(preview), len(upload), len(confirm)))
    assert counted[0][:2] == counted[1][:2]
    assert max(counted[0][:2]) <= 12
    # Inserting many rows takes one statement for each thousand or so.
    assert counted[1][2] - counted[0][2] <= 8


def test_messy_workbook_is_shown(scene: Scene) -> None:
    page = scene.browser.get(scene.stage(messy_workbook())).text
    assert "header in row 6" in page
    assert "Heading of a section" in page
    assert "Signature." in page
