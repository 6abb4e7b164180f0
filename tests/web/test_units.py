"""The pages of units: tree, forms, changes in time, lists."""

import re
from datetime import date
from io import BytesIO
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from confsvc.models import Account, Unit
from confsvc.paths import PACKAGE
from tests.conftest import BeginWork
from tests.factories import make_account, make_unit
from tests.web.conftest import CountQueries, SignIn


@pytest.fixture
def olga(begin: BeginWork) -> Account:
    with begin() as work:
        return make_account(work)


@pytest.fixture
def browser(sign_in: SignIn, olga: Account) -> FlaskClient:
    return sign_in(olga)


@pytest.fixture
def tree(begin: BeginWork) -> tuple[Unit, Unit, Unit]:
    """A province with two departments."""
    with begin() as work:
        top = make_unit(work, "Tỉnh <i>A</i>", code="A", kind="tỉnh")
        return top, make_unit(work, "Sở Nội vụ", code="A-1", parent_id=top.id), make_unit(work, "Sở Đức", parent_id=top.id, sort_order=1)


def stored(begin: BeginWork, unit_id: int) -> Unit:
    with begin() as work:
        return work.session.scalars(select(Unit).where(Unit.id == unit_id)).one()


def names(page: str) -> list[str]:
    return re.findall(r'<a href="/units/\d+">([^<]*)</a>', page)


def beside(page: str, field: str) -> str:
    """The error shown beside a field."""
    found = re.search(rf'id="{field}-error">([^<]*)<', page)
    return found[1] if found else ""


def upload(browser: FlaskClient, data: bytes, **more: str) -> tuple[int, str]:
    answer = browser.post("/units/import", data={"file": (BytesIO(data), "units.csv"), **more}, content_type="multipart/form-data")
    return answer.status_code, answer.text


def test_the_tree_shows_today_a_day_or_everything(begin: BeginWork, browser: FlaskClient, tree: tuple[Unit, Unit, Unit]) -> None:
    with begin() as work:
        make_unit(work, "Sở cũ", parent_id=tree[0].id, valid_to=date(2020, 1, 1), sort_order=2)
    today = ["Tỉnh &lt;i&gt;A&lt;/i&gt;", "Sở Nội vụ", "Sở Đức"]
    assert names(browser.get("/units").text) == today
    assert names(browser.get("/units?ended=1").text) == [*today, "Sở cũ"]
    assert names(browser.get("/units?on=2019-12-31").text) == [*today, "Sở cũ"]
    assert names(browser.get("/units?on=yesterday&page=x").text) == today
    assert names(browser.get("/units?q=duc").text) == ["Sở Đức"]
    assert "No unit fits this search." in browser.get("/units?q=%25").text


def test_an_empty_tree_says_what_units_are(browser: FlaskClient) -> None:
    assert "No unit yet" in browser.get("/units").text


def test_a_unit_is_made_once_below_the_one_it_was_asked_for(begin: BeginWork, browser: FlaskClient, tree: tuple[Unit, Unit, Unit]) -> None:
    assert 'value="Sở Nội vụ · A-1"' in browser.get(f"/units/new?parent={tree[1].id}").text
    typed = {"name": "Phòng Một", "parent_unit": "A-1", "valid_from": "2020-02-29", "form_key": str(uuid4())}
    assert [browser.post("/units/new", data=typed).location for _ in range(2)] == ["/units/4", "/units/4"]
    made = stored(begin, 4)
    assert (made.name, made.parent_id, made.valid_from) == ("Phòng Một", tree[1].id, date(2020, 2, 29))
    assert "Tỉnh &lt;i&gt;A" in browser.get("/units/4").text


@pytest.mark.parametrize(
    ("typed", "field", "message"),
    [
        ({"name": ""}, "name", "Please fill in this field."),
        ({"parent_unit": "A", "name": "sở nội vụ"}, "name", "There is a unit of this name at this place in the tree already."),
        ({"code": "A-1"}, "code", "Another unit has this code."),
        ({"parent_unit": "Nơi nào"}, "parent_unit", "No unit of today fits this. Please choose one of the list."),
        ({"parent_unit": "Sở"}, "parent_unit", "More than one unit fits this. Please choose one of the list."),
        ({"valid_from": "31/02/2020"}, "valid_from", "Please enter a date."),
        ({"sort_order": "-1"}, "sort_order", "Please enter a number from 0 to 1000000."),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(browser: FlaskClient, tree: tuple[Unit, Unit, Unit], typed: dict[str, str], field: str, message: str) -> None:
    answer = browser.post("/units/new", data={"name": "Sở", **typed})
    assert (answer.status_code, beside(answer.text, field)) == (422, message)


def test_a_correction_from_an_old_page_is_told(begin: BeginWork, browser: FlaskClient, tree: tuple[Unit, Unit, Unit]) -> None:
    url = f"/units/{tree[1].id}/edit"
    assert 'value="Sở Nội vụ"' in browser.get(url).text
    assert browser.post(url, data={"name": "Sở Một", "code": "A-1", "version": "1"}).location == f"/units/{tree[1].id}"
    told = browser.post(url, data={"name": "Sở Hai", "code": "A-1", "version": "1"})
    assert (told.status_code, "<dd>Sở Một</dd>" in told.text, 'value="Sở Hai"' in told.text) == (409, True, True)
    assert stored(begin, tree[1].id).name == "Sở Một"


def test_a_unit_moves_and_cannot_move_below_itself(begin: BeginWork, browser: FlaskClient, tree: tuple[Unit, Unit, Unit]) -> None:
    top, office, other = tree
    circle = browser.post(f"/units/{top.id}/move", data={"parent_unit": "A-1", "version": "1"})
    assert (circle.status_code, beside(circle.text, "parent_unit")) == (422, "A unit cannot belong to itself or to a unit below it.")
    assert browser.post(f"/units/{other.id}/move", data={"parent_unit": "A-1", "on_date": "2023-01-01", "version": "1"}).status_code == 303
    assert stored(begin, other.id).parent_id == office.id
    told = browser.post(f"/units/{other.id}/move", data={"parent_unit": "", "version": "1"})
    assert (told.status_code, "<dd>Sở Nội vụ · A-1</dd>" in told.text) == (409, True)
    assert "Moved: belonged to" in browser.get(f"/units/{other.id}").text
    assert names(browser.get(f"/units/{office.id}").text)[1:] == ["Sở Đức"]


def test_a_unit_is_renamed_on_a_day_and_both_tell_of_it(begin: BeginWork, browser: FlaskClient, tree: tuple[Unit, Unit, Unit]) -> None:
    url = f"/units/{tree[0].id}/rename"
    future = browser.post(url, data={"name": "Tỉnh B", "on_date": "2024-01-01", "version": "1"})
    assert (future.status_code, beside(future.text, "on_date")) == (422, "Please enter the day it happens on, not a day to come.")
    assert browser.post(url, data={"name": "Tỉnh B", "code": "A", "on_date": "2023-01-01", "version": "1"}).location == "/units/4"
    assert stored(begin, tree[1].id).parent_id == 4
    assert "Renamed: became" in browser.get(f"/units/{tree[0].id}").text
    assert "Renamed: came from" in browser.get("/units/4").text
    assert names(browser.get("/units").text) == ["Tỉnh B", "Sở Nội vụ", "Sở Đức"]


def test_units_merge_into_a_new_one_or_one_that_goes_on(begin: BeginWork, browser: FlaskClient, tree: tuple[Unit, Unit, Unit]) -> None:
    top, office, other = tree
    url = f"/units/{office.id}/merge"
    alone = browser.post(url, data={"name": "Sở Mới", "on_date": "2023-01-01", "target": "new", "version": "1"})
    assert (alone.status_code, beside(alone.text, "others-0")) == (422, "Please name at least one other unit to merge with.")
    unknown = browser.post(url, data={"others-0": "", "others-1": "Sở nào", "name": "Sở Mới", "on_date": "2023-01-01", "target": "new", "version": "1"})
    assert (unknown.status_code, beside(unknown.text, "others-1")) == (422, "No unit of today fits this. Please choose one of the list.")
    nameless = browser.post(url, data={"others-0": "Sở Đức", "on_date": "2023-01-01", "target": "new", "version": "1"})
    assert (nameless.status_code, beside(nameless.text, "name")) == (422, "Please fill in this field.")
    data = {"others-0": "Sở Đức", "name": "Sở Mới", "parent_unit": "A", "on_date": "2023-01-01", "target": "new", "version": "1"}
    assert browser.post(url, data=data).location == "/units/4"
    assert [stored(begin, unit.id).valid_to for unit in (office, other)] == [date(2023, 1, 1)] * 2
    with begin() as work:
        make_unit(work, "Sở Ba", parent_id=top.id)
    data = {"into": "Sở Ba", "on_date": "2023-01-02", "target": "standing", "version": "1"}
    assert browser.post("/units/4/merge", data=data).location == "/units/5"


def test_a_unit_splits(begin: BeginWork, browser: FlaskClient, tree: tuple[Unit, Unit, Unit]) -> None:
    url = f"/units/{tree[1].id}/split"
    one = browser.post(url, data={"names-0": "Sở Một", "on_date": "2023-01-01", "version": "1"})
    assert (one.status_code, "A unit splits into at least two." in one.text) == (422, True)
    data = {"names-0": "Sở Một", "codes-0": "A-1", "names-1": "", "names-2": "Sở Hai", "on_date": "2023-01-01", "version": "1"}
    assert browser.post(url, data=data).status_code == 303
    assert names(browser.get("/units").text) == ["Tỉnh &lt;i&gt;A&lt;/i&gt;", "Sở Đức", "Sở Một", "Sở Hai"]
    assert browser.get(url).status_code == 200


def test_a_unit_is_removed_when_nothing_rests_on_it(begin: BeginWork, browser: FlaskClient, tree: tuple[Unit, Unit, Unit]) -> None:
    top, office, _ = tree
    assert "Other units belong to it, or did." in browser.get(f"/units/{top.id}/remove").text
    assert browser.post(f"/units/{top.id}/remove", data={"version": "1"}).status_code == 409
    assert browser.post(f"/units/{office.id}/remove", data={"version": "1"}).location == "/units"
    assert browser.get(f"/units/{office.id}").status_code == 404
    with begin() as work:
        assert work.session.scalar(select(func.count()).select_from(Unit)) == 2


def test_choices_are_offered_while_one_types(browser: FlaskClient, tree: tuple[Unit, Unit, Unit]) -> None:
    assert browser.get("/units/choices?q=duc").json == {"choices": [{"label": f"Sở Đức · #{tree[2].id}", "path": "Tỉnh <i>A</i>"}]}
    assert browser.get("/units/choices?q=zzz").json == {"choices": []}


@pytest.mark.parametrize(("name", "count"), [("units-binh-thuan-2023.csv", 37), ("units-lam-dong-2025.csv", 125)])
def test_a_real_list_is_taken_in_once_and_given_out(begin: BeginWork, browser: FlaskClient, name: str, count: int) -> None:
    data = (PACKAGE / "data" / name).read_bytes()
    for told in (f"{count} new, 0 changed, 0 unchanged.", f"0 new, 0 changed, {count} unchanged."):
        answer = browser.post("/units/import", data={"file": (BytesIO(data), name)}, content_type="multipart/form-data", follow_redirects=True)
        assert (answer.status_code, told in answer.text) == (200, True)
    given = browser.get("/units/export.csv")
    assert (given.mimetype, given.data[:3]) == ("text/csv", b"\xef\xbb\xbf")
    assert "attachment; filename=units.csv" in given.headers["Content-Disposition"]
    before = len(names(browser.get("/units").text))
    assert f"0 new, 0 changed, {count} unchanged." in (browser.get("/units").text if upload(browser, given.data)[0] == 303 else "")
    assert before == min(count, 100)


def test_a_wrong_list_takes_nothing_in_and_names_its_lines(begin: BeginWork, browser: FlaskClient, tree: tuple[Unit, Unit, Unit]) -> None:
    status, page = upload(browser, "code,name,kind,parent\nB,Tốt,sở,A\nC,<script>alert(1)</script>,sở,NIX\nB,Hai lần,,\n".encode())
    assert status == 422
    cells = re.findall(r'<td class="number">(\d+)</td><td><code>(\w+)</code></td><td>([^<]*)</td><td>([^<]*)</td>', page)
    assert cells == [
        ("3", "parent", "NIX", "There is no such unit, neither in the list nor here."),
        ("4", "code", "B", "This code stands in the list twice."),
    ]
    assert beside(page, "file") == "Nothing was taken in: please correct the lines named above and choose the file again."
    with begin() as work:
        assert work.session.scalar(select(func.count()).select_from(Unit)) == 3


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"PK\x03\x04", "This is an Excel workbook. Please save it as CSV and choose that file."),
        (b"a,b\n", "The first line must name the columns code, name, kind, parent; missing: code, name, kind, parent."),
        (b"code,name,kind,parent\n", "The list has no line below its header."),
        (b'code,name,kind,parent\n"A,B,C,D\n', "The list cannot be read at line 2: a quotation mark is missing or does not belong there."),
    ],
)
def test_what_is_no_list_is_said_so(browser: FlaskClient, data: bytes, message: str) -> None:
    status, page = upload(browser, data)
    assert (status, beside(page, "file")) == (422, message)


def test_without_a_file_nothing_happens(browser: FlaskClient) -> None:
    answer = browser.post("/units/import", data={})
    assert (answer.status_code, beside(answer.text, "file")) == (422, "Please fill in this field.")


def test_queries_stay_the_same_however_many(begin: BeginWork, browser: FlaskClient, count_queries: CountQueries) -> None:
    urls = ("/units", "/units?page=2", "/units?q=xa", "/units?on=2022-01-01&ended=1", "/units/1", "/units/choices?q=xa", "/units/export.csv")
    counts: dict[str, set[int]] = {}
    for many in (10, 2000):
        with begin() as work:
            top = make_unit(work, f"Tỉnh {many}")
            work.session.add_all(Unit(name=f"Xã {many}-{n}", name_fold=f"xa {many}-{n}", search_fold=f"xa {many}-{n}", parent_id=top.id) for n in range(many))
        for url in urls:
            with count_queries() as queries:
                assert browser.get(url).status_code == 200
            counts.setdefault(url, set()).add(len(queries))
    assert {url: len(numbers) for url, numbers in counts.items()} == dict.fromkeys(urls, 1)
    assert max(max(numbers) for numbers in counts.values()) <= 12


PAGES = ("", "/new", "/import", "/export.csv", "/choices", "/1", "/1/edit", "/1/move", "/1/remove", "/1/rename", "/1/merge", "/1/split")
COMMANDS = ("/new", "/import", "/1/edit", "/1/move", "/1/remove", "/1/rename", "/1/merge", "/1/split")


def test_nobody_sees_or_changes_units(begin: BeginWork, client: FlaskClient, tree: tuple[Unit, Unit, Unit]) -> None:
    for path in PAGES:
        assert (client.get(f"/units{path}").status_code, client.get(f"/units{path}").location) == (303, f"/sign-in?next=/units{path}"), path
    for path in COMMANDS:
        data = {"name": "x", "on_date": "2023-01-01", "names-0": "x", "names-1": "y", "others-0": "A-1", "version": "1"}
        assert client.post(f"/units{path}", data=data).location == "/sign-in", path
    with begin() as work:
        assert [(u.name, u.version) for u in work.session.scalars(select(Unit))] == [(unit.name, 1) for unit in tree]


def test_a_parent_nobody_has_is_left_out(browser: FlaskClient, tree: tuple[Unit, Unit, Unit]) -> None:
    for parent in ("999", "x", "-1", str(10**30)):
        page = browser.get(f"/units/new?parent={parent}")
        assert (page.status_code, 'name="parent_unit" type="text" value=""' in page.text) == (200, True), parent


def test_an_unknown_unit_is_not_found(browser: FlaskClient) -> None:
    for path in (path.replace("1", "999") for path in PAGES if path.startswith("/1")):
        assert browser.get(f"/units{path}").status_code == 404, path


@pytest.mark.usefixtures("csrf_on")
def test_a_form_without_its_token_does_nothing(begin: BeginWork, browser: FlaskClient, tree: tuple[Unit, Unit, Unit]) -> None:
    for path in COMMANDS:
        assert browser.post(f"/units{path}", data={"name": "x", "version": "1"}).status_code == 400, path
