"""What is endless is refused politely, and the pages of units stand whatever the tree is like."""

from io import BytesIO

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from confsvc.domain.unit_rules import MOST_LEVELS
from confsvc.models import Unit
from confsvc.web.messages import REASONS
from tests.conftest import BeginWork
from tests.factories import make_account, make_unit
from tests.web.conftest import SignIn

ENDLESS = "x" * 100_000


@pytest.fixture
def browser(begin: BeginWork, sign_in: SignIn) -> FlaskClient:
    with begin() as work:
        return sign_in(make_account(work))


def plant(begin: BeginWork, levels: int) -> list[int]:
    """Units one below the other, put there without asking the rules; their ids from the top."""
    with begin() as work:
        ids = [make_unit(work, "Cấp 1").id]
        for level in range(2, levels + 1):
            ids.append(make_unit(work, f"Cấp {level}", parent_id=ids[-1]).id)
    return ids


@pytest.mark.parametrize(
    ("path", "data", "field"),
    [
        ("/units/new", {"name": "Sở", "parent_unit": ENDLESS}, "parent_unit"),
        ("/units/1/move", {"parent_unit": ENDLESS, "version": "1"}, "parent_unit"),
        ("/units/1/merge", {"others-0": ENDLESS, "name": "Sở", "target": "new", "on_date": "2023-01-01", "version": "1"}, "others-0"),
        ("/units/1/merge", {"into": ENDLESS, "target": "standing", "on_date": "2023-01-01", "version": "1"}, "into"),
        ("/conferences/new", {"title": "Hội nghị", "host_unit": ENDLESS}, "host_unit"),
    ],
)
def test_an_endless_name_is_no_units(begin: BeginWork, browser: FlaskClient, path: str, data: dict[str, str], field: str) -> None:
    plant(begin, 1)
    defaults = {
        "mode": "hybrid",
        "timezone": "Asia/Ho_Chi_Minh",
        "starts_at": "2023-02-01T08:00",
        "ends_at": "2023-02-01T11:00",
        "check_in_minutes": "60",
        "late_minutes": "15",
    }
    answer = browser.post(path, data={**defaults, **data, "address_form": "delegate"})
    assert answer.status_code == 422
    assert f'id="{field}-error">{REASONS["unit_unknown"]}<' in answer.text


def test_a_tree_that_is_too_deep_already_is_drawn(begin: BeginWork, browser: FlaskClient) -> None:
    ids = plant(begin, 600)
    for path in ("/units", "/units?page=6", "/units?on=2023-01-01", "/units?ended=1", f"/units/{ids[0]}", f"/units/{ids[-1]}"):
        page = browser.get(path)
        assert (page.status_code, page.text.count("<details open>") <= MOST_LEVELS) == (200, True), path
    assert all(f'<a href="/units/{unit_id}">' in browser.get("/units").text for unit_id in ids[:100])


def test_a_unit_too_deep_is_refused_in_both_languages(begin: BeginWork, browser: FlaskClient) -> None:
    ids = plant(begin, MOST_LEVELS)
    data = {"name": "Sâu", "parent_unit": f"Cấp {MOST_LEVELS} · #{ids[-1]}"}
    for language, text in (("en", f"deeper than {MOST_LEVELS} levels."), ("vi", f"sâu quá {MOST_LEVELS} cấp.")):
        browser.set_cookie("lang", language)
        answer = browser.post("/units/new", data=data)
        assert (answer.status_code, text in answer.text) == (422, True)


def test_a_list_too_deep_names_its_line(begin: BeginWork, browser: FlaskClient) -> None:
    lines = "".join(f"L{n},Cấp {n},,{f'L{n - 1}' if n > 1 else ''}\n" for n in range(1, 2000))
    data = {"file": (BytesIO(f"code,name,kind,parent\n{lines}".encode()), "units.csv")}
    answer = browser.post("/units/import", data=data, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert f"<td>L{MOST_LEVELS}</td><td>{REASONS['unit_too_deep']}</td>" in answer.text
    with begin() as work:
        assert work.session.scalar(select(func.count()).select_from(Unit)) == 0


def test_a_list_sent_twice_by_one_opening_is_taken_in_once(begin: BeginWork, browser: FlaskClient) -> None:
    key = "11111111-1111-4111-8111-111111111111"
    for _ in range(2):
        data = {"file": (BytesIO("code,name,kind,parent\nA,Tỉnh,,\n".encode()), "units.csv"), "form_key": key}
        assert browser.post("/units/import", data=data, content_type="multipart/form-data").location == "/units"
    assert browser.get("/units").text.count("1 new, 0 changed, 0 unchanged.") == 1
