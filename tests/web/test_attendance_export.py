"""The export of everybody: made beside the requests, followed, stopped, told of in the reader's language, closed to outsiders."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import delete

from confsvc.domain.errors import NotFound
from confsvc.models import Account, Conference, ConferenceMember
from confsvc.schemas import attendance_workbook
from confsvc.schemas.attendance_workbook import Sheet, Writing
from confsvc.web import attendance_export
from confsvc.web.paper_runs import AT_ONCE, MOST_OF_ONE_ACCOUNT, Order, PaperRuns
from tests.conftest import NOW, BeginWork
from tests.factories import make_account, make_conference, make_crowd, make_mandate, make_site, make_unit
from tests.web.conftest import SignIn

SECONDS = 60
PEOPLE = 230
SHEET = Sheet("A", "T", ["n"], [6], [])


@pytest.fixture
def olga(begin: BeginWork) -> Account:
    with begin() as work:
        return make_account(work)


@pytest.fixture
def conference(begin: BeginWork, olga: Account) -> Conference:
    """olga's, with more people than are read at a time."""
    with begin() as work:
        conference = make_conference(work, olga)
        mandate = make_mandate(work, conference, make_site(work, conference), make_unit(work), seats=PEOPLE)
        make_crowd(work, mandate, [f"Nguyễn Thị {number:03}" for number in range(PEOPLE)])
        return conference


@pytest.fixture
def browser(sign_in: SignIn, olga: Account) -> FlaskClient:
    return sign_in(olga)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks is led to the page at once, as if there were many people."""
    monkeypatch.setattr(attendance_export, "PATIENCE_SECONDS", 0)


def address(conference: Conference) -> str:
    return f"/conferences/{conference.id}/attendance/export"


def names(data: bytes) -> list[object]:
    return [row[1].value for row in load_workbook(BytesIO(data)).worksheets[0].iter_rows(min_row=4)]


class Held:
    """A list that is read only once the test says so."""

    def __init__(self) -> None:
        self.asked, self.go_on = threading.Event(), threading.Event()

    @contextmanager
    def __call__(self) -> Iterator[Iterable[Sheet]]:
        self.asked.set()
        assert self.go_on.wait(SECONDS)
        yield [SHEET]

    def order(self, account: Account, conference: Conference) -> Order:
        return Order(account.id, conference.id, "Danh sách điểm danh", 1, iter([(self, 1)]), Writing(), "xlsx")


@pytest.fixture
def let_go(app: Flask, conference: Conference, runs: PaperRuns) -> Callable[[], None]:
    """Every turn is taken, until this is called."""
    others = [Held() for _ in range(AT_ONCE)]
    with app.app_context():
        for number, held in enumerate(others):
            runs.start(f"other {number}", held.order(Account(id=99 + number), conference), NOW)
            assert held.asked.wait(SECONDS)

    def let_go() -> None:
        for held in others:
            held.go_on.set()

    return let_go


def begun(browser: FlaskClient, conference: Conference) -> str:
    """The page that a press on "Export to Excel" leads to."""
    answer = browser.get(address(conference))
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def finished(runs: PaperRuns, conference: Conference, page: str) -> str:
    """What became of the run of this page."""
    run = runs.find(conference.id, page.rpartition("/")[2])
    assert run.over.wait(SECONDS)
    return run.state


def is_there(runs: PaperRuns, conference: Conference, key: str) -> bool:
    try:
        return runs.find(conference.id, key).key == key
    except NotFound:
        return False


def test_small_list_is_the_answer_itself_and_leaves_nothing(browser: FlaskClient, conference: Conference, runs: PaperRuns) -> None:
    answer = browser.get(address(conference))
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert names(answer.data) == [f"Nguyễn Thị {number:03}" for number in range(PEOPLE)]
    assert list(runs.folder.iterdir()) == []


@pytest.mark.usefixtures("impatient")
def test_large_list_is_followed_and_fetched(browser: FlaskClient, conference: Conference, runs: PaperRuns) -> None:
    page = begun(browser, conference)
    assert finished(runs, conference, page) == "done"
    assert browser.get(f"{page}/state").json == {"state": "done", "done": PEOPLE, "total": PEOPLE}
    shown = browser.get(page).text
    assert (f"{PEOPLE} of {PEOPLE} written." in shown, f'href="{page}/file"' in shown) == (True, True)
    for _ in range(2):
        with browser.get(f"{page}/file") as answer:
            assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
            assert answer.mimetype == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
            assert "filename=attendance-list-hoi-nghi-tong-ket-nam-2022.xlsx" in answer.headers["Content-Disposition"]
            assert names(answer.data) == [f"Nguyễn Thị {number:03}" for number in range(PEOPLE)]


@pytest.mark.usefixtures("impatient")
def test_it_speaks_the_language_of_whoever_asked(browser: FlaskClient, conference: Conference, runs: PaperRuns) -> None:
    browser.set_cookie("lang", "vi")
    page = begun(browser, conference)
    assert finished(runs, conference, page) == "done"
    assert f"Đã ghi {PEOPLE}/{PEOPLE}." in browser.get(page).text
    with browser.get(f"{page}/file") as answer:
        assert load_workbook(BytesIO(answer.data)).sheetnames == ["Danh sách", "Tổng hợp", "Các lượt bị từ chối"]


@pytest.mark.usefixtures("impatient")
def test_only_so_many_are_read_at_a_time_and_asked_for_again_it_is_the_same_one(
    browser: FlaskClient, conference: Conference, runs: PaperRuns, let_go: Callable[[], None]
) -> None:
    page = begun(browser, conference)
    assert begun(browser, conference) == page
    assert browser.get(f"{page}/state").json == {"state": "waiting", "done": 0, "total": PEOPLE}
    shown = browser.get(page).text
    assert ("Waits for its turn…" in shown, f'action="{page}/stop"' in shown) == (True, True)
    assert browser.get(f"{page}/file").headers["Location"] == page
    let_go()
    assert finished(runs, conference, page) == "done"
    assert begun(browser, conference) != page


def test_whoever_follows_it_keeps_the_file_when_it_is_asked_for_once_more(
    browser: FlaskClient, conference: Conference, runs: PaperRuns, let_go: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as impatience:
        impatience.setattr(attendance_export, "PATIENCE_SECONDS", 0)
        page = begun(browser, conference)
    # Done while whoever asks once more would wait for it.
    soon = threading.Timer(0.2, let_go)
    soon.start()
    assert begun(browser, conference) == page
    soon.join()
    assert finished(runs, conference, page) == "done"
    with browser.get(f"{page}/file") as answer:
        assert len(names(answer.data)) == PEOPLE


@pytest.mark.usefixtures("impatient")
def test_stopped_while_it_waits_it_is_begun_anew(browser: FlaskClient, conference: Conference, runs: PaperRuns, let_go: Callable[[], None]) -> None:
    stopped = begun(browser, conference)
    browser.post(f"{stopped}/stop")
    page = begun(browser, conference)
    let_go()
    assert (finished(runs, conference, stopped), finished(runs, conference, page)) == ("stopped", "done")


@pytest.mark.usefixtures("impatient")
def test_in_another_language_it_is_another_one(browser: FlaskClient, conference: Conference, runs: PaperRuns, let_go: Callable[[], None]) -> None:
    english = begun(browser, conference)
    browser.set_cookie("lang", "vi")
    assert begun(browser, conference) != english
    let_go()


def test_it_takes_the_place_of_no_print(app: Flask, browser: FlaskClient, olga: Account, conference: Conference, runs: PaperRuns) -> None:
    prints = [Held() for _ in range(MOST_OF_ONE_ACCOUNT)]
    with app.app_context():
        for number, held in enumerate(prints):
            runs.start(f"print {number}", replace(held.order(olga, conference), extension="pdf"), NOW)
            held.go_on.set()
    assert browser.get(address(conference)).status_code == 200
    assert [is_there(runs, conference, f"print {number}") for number in range(MOST_OF_ONE_ACCOUNT)] == [True] * MOST_OF_ONE_ACCOUNT


def test_of_an_account_that_begins_many_those_that_are_over_make_room_first(app: Flask, olga: Account, conference: Conference, runs: PaperRuns) -> None:
    held = [Held() for _ in range(MOST_OF_ONE_ACCOUNT)]
    with app.app_context():
        for number, one in enumerate(held):
            runs.start(str(number), one.order(olga, conference), NOW + timedelta(minutes=number))
            assert one.asked.wait(SECONDS)
            if number:
                one.go_on.set()
                assert runs.find(conference.id, str(number)).over.wait(SECONDS)
        runs.start("another", held[1].order(olga, conference), NOW + timedelta(minutes=9))
    assert [key for key in ("0", "1", "2", "another") if is_there(runs, conference, key)] == ["0", "2", "another"]
    held[0].go_on.set()


def test_stopped_it_leaves_nothing(app: Flask, browser: FlaskClient, olga: Account, conference: Conference, runs: PaperRuns) -> None:
    held = Held()
    with app.app_context():
        runs.start("held", held.order(olga, conference), NOW)
    assert held.asked.wait(SECONDS)
    page = f"{address(conference)}/runs/held"
    assert "0 of 1 written" in browser.get(page).text
    assert browser.post(f"{page}/stop").headers["Location"] == page
    held.go_on.set()
    assert finished(runs, conference, page) == "stopped"
    assert "Stopped. Nothing was made." in browser.get(page).text
    assert list(runs.folder.iterdir()) == []


def test_failure_is_told_in_the_language_of_the_reader(
    browser: FlaskClient, conference: Conference, runs: PaperRuns, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attendance_workbook, "PROGRAM", tmp_path / "nowhere.py")
    page = begun(browser, conference)
    assert "The file could not be made." in browser.get(page).text
    browser.set_cookie("lang", "vi")
    assert "Không tạo được tệp." in browser.get(page).text
    assert list(runs.folder.iterdir()) == []


@pytest.mark.usefixtures("impatient")
def test_whoever_organises_it_no_more_when_the_turn_comes_gets_nothing(
    browser: FlaskClient, conference: Conference, runs: PaperRuns, let_go: Callable[[], None], begin: BeginWork
) -> None:
    page = begun(browser, conference)
    with begin() as work:
        work.session.execute(delete(ConferenceMember))
    let_go()
    assert finished(runs, conference, page) == "failed"
    assert browser.get(f"{page}/file").status_code == 404


@pytest.mark.usefixtures("impatient")
def test_outsiders_neither_begin_nor_see_one(
    browser: FlaskClient, sign_in: SignIn, client: FlaskClient, conference: Conference, runs: PaperRuns, begin: BeginWork
) -> None:
    with begin() as work:
        mallory = make_account(work, "mallory")
        hers = make_conference(work, mallory)
    page = begun(browser, conference)
    assert finished(runs, conference, page) == "done"
    foreign, kept = sign_in(mallory), set(runs.folder.iterdir())
    there = [address(conference), page, f"{page}/state", f"{page}/file"]
    # Nor under a conference of their own.
    there += [place.replace(f"/conferences/{conference.id}/", f"/conferences/{hers.id}/") for place in there[1:]]
    assert [foreign.get(place).status_code for place in there] == [404] * len(there)
    assert foreign.post(f"{page}/stop").status_code == 404
    assert [client.get(place).headers["Location"].startswith("/sign-in") for place in there[:4]] == [True] * 4
    assert set(runs.folder.iterdir()) == kept


def test_loop_comes_round_while_everybody_is_exported(data_dir: Path) -> None:
    told = subprocess.run([sys.executable, "-m", "tests.long_export", str(data_dir)], check=True, capture_output=True, text=True).stdout
    rounds, longest, whole, rows = map(float, told.split())
    assert rows == 3003
    # After each portion; no round of it is a large part of the whole.
    assert rounds >= 30
    assert longest < whole / 4
