"""Papers are chosen, looked at, made and fetched by who organises the conference, and by nobody else."""

import re
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import update

from confsvc.boundary import install_runtime
from confsvc.models import Account, Attendance, Conference, Delegate, Mandate
from confsvc.schemas.paper import Paper
from confsvc.web import paper_texts
from confsvc.web.paper_runs import KEPT, MOST_OF_ONE_ACCOUNT, Order, PaperRuns
from tests.conftest import NOW, BeginWork
from tests.factories import make_account, make_conference, make_delegate, make_mandate, make_site, make_substitute, make_unit
from tests.printed import COMMON, codes, person, pictures, read, texts
from tests.web.conftest import CountQueries, SignIn

SECONDS = 30
HOSTILE = "{x} =cmd #panic() $x$ <script>"


@pytest.fixture
def olga(begin: BeginWork) -> Account:
    with begin() as work:
        return make_account(work)


@pytest.fixture
def conference(begin: BeginWork, olga: Account) -> Conference:
    """A conference of olga's with three people at two sites."""
    with begin() as work:
        conference = make_conference(work, olga, host_name="Sở Thông tin và Truyền thông")
        main = make_site(work, conference)
        remote = make_site(work, conference, "Điểm cầu Bắc Bình", kind="remote")
        ministry = make_mandate(work, conference, main, make_unit(work, "Sở Tài chính"), seats=2)
        district = make_mandate(work, conference, remote, make_unit(work, "UBND huyện Bắc Bình"), sort_order=1)
        make_delegate(work, ministry, "Nguyễn Thị Dina", position="Phó Giám đốc", rank="leader")
        make_delegate(work, ministry, "Lê Hoàng Đức", protocol_order=1)
        make_delegate(work, district, "Trần Ễn", position=HOSTILE)
        return conference


@pytest.fixture
def browser(sign_in: SignIn, olga: Account) -> FlaskClient:
    return sign_in(olga)


def press(browser: FlaskClient, address: str, key: str = "first", **fields: str) -> str:
    """Where a press on "Make the PDF" leads."""
    answer = browser.post(address, data={"form_key": key, **fields})
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def made(browser: FlaskClient, runs: PaperRuns, address: str, key: str = "first", **fields: str) -> str:
    """The page of the run that a press began, once it is over."""
    place = press(browser, address, key, **fields)
    assert runs.find(int(place.split("/")[2]), place.rpartition("/")[2]).over.wait(SECONDS)
    return place


def file_of(browser: FlaskClient, place: str) -> bytes:
    with browser.get(f"{place}/file") as answer:
        assert answer.status_code == 200
        return bytes(answer.data)


def papers_of(conference: Conference, **asked: object) -> str:
    return f"/conferences/{conference.id}/paper/print?{urlencode(asked)}"


def order(conference: Conference, *papers: tuple[Paper, int]) -> Order:
    return Order(1, conference.id, "Bản in", sum(count for _paper, count in papers), iter(papers))


def test_badges_are_made_and_fetched(browser: FlaskClient, conference: Conference, runs: PaperRuns) -> None:
    assert "<b>3 people</b>" in browser.get(f"/conferences/{conference.id}/paper").text
    place = made(browser, runs, papers_of(conference, kind="badges"))
    assert (browser.get(f"{place}/state").json, "Download" in browser.get(place).text) == ({"state": "done", "done": 3, "total": 3}, True)
    with browser.get(f"{place}/file") as answer:
        assert (answer.status_code, answer.mimetype, answer.headers["Cache-Control"]) == (200, "application/pdf", "no-store")
        assert "filename=badges-hoi-nghi-tong-ket-nam-2022.pdf" in answer.headers["Content-Disposition"]
        pdf = answer.data
    before, after = "Sở Thông tin và Truyền thông Hội nghị tổng kết năm 2022 DELEGATE", "14:00, Monday, 16/01/2023"
    assert texts(pdf) == [
        f"{before} Lê Hoàng Đức Sở Tài chính Điểm cầu trung tâm {after}",
        f"{before} Nguyễn Thị Dina Phó Giám đốc Sở Tài chính Điểm cầu trung tâm {after}",
        f"{before} Trần Ễn {HOSTILE} UBND huyện Bắc Bình Điểm cầu Bắc Bình {after}",
    ]


def test_code_on_the_badge_opens_the_pass(browser: FlaskClient, conference: Conference, runs: PaperRuns) -> None:
    pdf = file_of(browser, made(browser, runs, papers_of(conference, kind="badges")))
    for picture in pictures(pdf):
        [address] = codes(picture)
        assert re.fullmatch(r"HTTP://LOCALHOST/P/[A-Z2-7]{136}", address)
        assert browser.get(address.removeprefix("HTTP://LOCALHOST")).status_code == 200


def test_pages_are_in_the_language_of_the_reader(browser: FlaskClient, conference: Conference, runs: PaperRuns) -> None:
    browser.set_cookie("lang", "vi")
    pdf = file_of(browser, made(browser, runs, papers_of(conference, kind="site_sheets")))
    assert [("DANH SÁCH ĐẠI BIỂU KÝ TÊN" in page, "Trang 1/1" in page) for page in texts(pdf)] == [(True, True)] * 2
    assert str(read(pdf).root_object["/Lang"]) == "vi"


@pytest.mark.parametrize(
    ("kind", "asked", "said"),
    [
        (
            "site_sheets",
            {},
            [["Điểm cầu trung tâm", "1 Lê Hoàng Đức Sở Tài chính", "2 Nguyễn Thị Dina Phó Giám đốc Sở Tài chính"], ["Điểm cầu Bắc Bình", "1 Trần Ễn"]],
        ),
        ("unit_sheets", {}, [["Sở Tài chính", "1 Lê Hoàng Đức Điểm cầu trung tâm"], ["UBND huyện Bắc Bình", "1 Trần Ễn"]]),
        ("plates", {}, [["Lê Hoàng Đức"], ["Nguyễn Thị Dina"], ["Trần Ễn"]]),
        ("badge_sheets", {}, [["Lê Hoàng Đức", "Nguyễn Thị Dina", "Trần Ễn"]]),
        ("badges", {"site": 2}, [["Trần Ễn"]]),
        ("badges", {"unit": 1}, [["Lê Hoàng Đức"], ["Nguyễn Thị Dina"]]),
        ("badges", {"delegate": 2}, [["Lê Hoàng Đức"]]),
        ("badges", {"since": "2023-01-16T13:30", "unit": 2}, [["Trần Ễn"]]),
    ],
)
def test_every_kind_is_printed_for_whom_it_was_asked(
    browser: FlaskClient, conference: Conference, runs: PaperRuns, kind: str, asked: dict[str, object], said: list[list[str]]
) -> None:
    pages = texts(file_of(browser, made(browser, runs, papers_of(conference, kind=kind, **asked))))
    assert len(pages) == len(said)
    assert [[line for line in lines if line in page] for page, lines in zip(pages, said, strict=True)] == said


def test_nobody_chosen_makes_nothing(browser: FlaskClient, conference: Conference) -> None:
    assert "Nobody fits this choice." in browser.get(f"/conferences/{conference.id}/paper?since=2030-01-01T00:00").text
    assert press(browser, papers_of(conference, kind="plates", since="2030-01-01T00:00")) == (
        f"/conferences/{conference.id}/paper?kind=plates&since=2030-01-01T00:00"
    )
    assert browser.get(f"/conferences/{conference.id}/paper/preview.png?since=2030-01-01T00:00").status_code == 404


@pytest.mark.parametrize("asked", ["kind=no", "site=x", "unit=-1", "since=yesterday", "since=9999-12-31T23:59", "delegate=99999999999999999999", "who=no"])
def test_nonsense_in_the_address_is_no_error(browser: FlaskClient, conference: Conference, asked: str) -> None:
    assert browser.get(f"/conferences/{conference.id}/paper?{asked}").status_code == 200


def test_replaced_person_is_not_printed(begin: BeginWork, browser: FlaskClient, conference: Conference, runs: PaperRuns) -> None:
    with begin() as work:
        dina = work.session.get_one(Delegate, 1)
        make_substitute(work, dina)
        work.session.execute(update(Attendance).where(Attendance.delegate_id == dina.id).values(state="substituted"))
    pages = texts(file_of(browser, made(browser, runs, papers_of(conference, kind="badges", unit=1, who="all"))))
    assert ["Dina" in page for page in pages] == [False, False]
    assert any("Lê Văn Thay" in page for page in pages)


@pytest.mark.parametrize("kind", list(paper_texts.KINDS))
def test_first_page_is_shown(browser: FlaskClient, conference: Conference, kind: str) -> None:
    answer = browser.get(f"/conferences/{conference.id}/paper/preview.png?kind={kind}")
    assert (answer.status_code, answer.mimetype, answer.headers["Cache-Control"]) == (200, "image/png", "no-store")
    width, height = Image.open(BytesIO(answer.data)).size
    assert (width > height) == (kind not in ("badges", "badge_sheets"))


def test_same_press_twice_makes_one_file(browser: FlaskClient, conference: Conference, runs: PaperRuns) -> None:
    assert made(browser, runs, papers_of(conference), "a") == press(browser, papers_of(conference), "a") != press(browser, papers_of(conference), "b")


def test_no_key_leads_out_of_the_folder(app: Flask, conference: Conference, runs: PaperRuns) -> None:
    with app.app_context():
        run = runs.start("../outside", order(conference, (Paper("plates.typ", COMMON, [person()]), 1)), NOW)
        assert run.over.wait(SECONDS)
    assert (run.state, run.file and run.file.parent) == ("done", runs.folder)
    assert not list(runs.folder.parent.glob("outside*"))


def test_large_print_comes_as_an_archive(browser: FlaskClient, conference: Conference, runs: PaperRuns, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paper_texts, "MOST_IN_A_FILE", 2)
    place = made(browser, runs, papers_of(conference, kind="plates"))
    assert "several PDF files" in browser.get(place).text
    with browser.get(f"{place}/file") as answer, zipfile.ZipFile(BytesIO(answer.data)) as archive:
        assert answer.mimetype == "application/zip"
        assert archive.namelist() == ["001.pdf", "002.pdf"]
        assert [[name for page in texts(archive.read(part)) for name in ("Đức", "Dina", "Ễn") if name in page] for part in archive.namelist()] == [
            ["Đức", "Dina"],
            ["Ễn"],
        ]


def test_progress_is_told_and_a_press_stops_it(app: Flask, browser: FlaskClient, conference: Conference, runs: PaperRuns) -> None:
    asked, go_on = threading.Event(), threading.Event()

    def slow() -> Iterator[tuple[Paper, int]]:
        asked.set()
        assert go_on.wait(SECONDS)
        yield Paper("plates.typ", {}, []), 3

    with app.app_context():
        run = runs.start("slow", Order(1, conference.id, "Bản in", 3, slow()), NOW)
    assert asked.wait(SECONDS)
    place = f"/conferences/{conference.id}/paper/runs/{run.key}"
    assert browser.get(f"{place}/state").json == {"state": "waiting", "done": 0, "total": 3}
    page = browser.get(place).text
    assert 'max="3" value="0"' in page
    assert "Look again" in page
    assert browser.get(f"{place}/file").headers["Location"] == place
    assert browser.post(f"{place}/stop").headers["Location"] == place
    # At once, whatever is still to be ended.
    assert "Stopped." in browser.get(place).text
    go_on.set()
    assert run.over.wait(SECONDS)
    assert browser.get(f"{place}/state").json == {"state": "stopped", "done": 0, "total": 3}
    assert list(runs.folder.iterdir()) == []


def test_stop_pressed_when_the_file_is_done_already_takes_it_away(browser: FlaskClient, conference: Conference, runs: PaperRuns) -> None:
    place = made(browser, runs, papers_of(conference))
    shown = browser.post(f"{place}/stop", follow_redirects=True)
    assert (shown.request.path, "Stopped. Nothing was made." in shown.text, 'id="run-file"' in shown.text) == (place, True, False)
    assert browser.get(f"{place}/file").headers["Location"] == place
    assert list(runs.folder.iterdir()) == []


def test_stop_pressed_between_the_last_page_and_the_end_keeps_nothing(app: Flask, browser: FlaskClient, conference: Conference, runs: PaperRuns) -> None:
    def stopped_after(count: int) -> Iterator[tuple[Paper, int]]:
        for _ in range(count):
            yield Paper("plates.typ", COMMON, [person()]), 1
        browser.post(f"/conferences/{conference.id}/paper/runs/{count}/stop")

    for count in (1, 2):
        with app.app_context():
            run = runs.start(str(count), Order(1, conference.id, "Bản in", count, stopped_after(count)), NOW)
        assert run.over.wait(SECONDS)
        assert (run.state, list(runs.folder.iterdir())) == ("stopped", [])


def test_failure_is_said_and_leaves_nothing(app: Flask, browser: FlaskClient, conference: Conference, runs: PaperRuns) -> None:
    with app.app_context():
        run = runs.start("bad", order(conference, (Paper("no_such.typ", {}), 1)), NOW)
    assert run.over.wait(SECONDS)
    # A page that still shows it as drawn may ask to stop it.
    run.stop()
    assert "could not be made" in browser.get(f"/conferences/{conference.id}/paper/runs/bad").text
    assert list(runs.folder.iterdir()) == []


def test_archive_that_cannot_be_written_leaves_nothing(app: Flask, conference: Conference, runs: PaperRuns, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError("no room")

    monkeypatch.setattr(zipfile.ZipFile, "write", full)
    with app.app_context():
        run = runs.start("large", order(conference, *[(Paper("plates.typ", COMMON, [person()]), 1)] * 2), NOW)
    assert run.over.wait(SECONDS)
    assert (run.state, list(runs.folder.iterdir())) == ("failed", [])


def test_files_are_forgotten_when_there_are_many(app: Flask, browser: FlaskClient, conference: Conference, runs: PaperRuns) -> None:
    def finished(key: str, minutes: int) -> set[Path]:
        """The file of this run."""
        before = set(runs.folder.iterdir())
        with app.app_context():
            run = runs.start(key, order(conference, (Paper("plates.typ", {**COMMON}, [person()]), 1)), NOW + timedelta(minutes=minutes))
        assert run.over.wait(SECONDS)
        return set(runs.folder.iterdir()) - before

    [first, *others] = [finished(f"run {number}", number) for number in range(MOST_OF_ONE_ACCOUNT + 1)]
    assert len(first) == 1
    page = browser.get(f"/conferences/{conference.id}/paper/runs/run {MOST_OF_ONE_ACCOUNT}").text
    assert f"stays here for an hour, unless you make {MOST_OF_ONE_ACCOUNT} others before" in page
    assert set(runs.folder.iterdir()) == set[Path]().union(*others)


def test_files_are_forgotten_an_hour_after_they_were_done(app: Flask, browser: FlaskClient, conference: Conference, runs: PaperRuns) -> None:
    def forget_at(moment: datetime) -> None:
        install_runtime(app, replace(app.extensions["confsvc"], clock=lambda: moment))
        runs.forget_old()

    go_on, done = threading.Event(), NOW + timedelta(hours=5)

    def slow() -> Iterator[tuple[Paper, int]]:
        assert go_on.wait(SECONDS)
        yield Paper("plates.typ", COMMON, [person()]), 1

    with app.app_context():
        run = runs.start("slow", Order(1, conference.id, "Bản in", 1, slow()), NOW)
    place = f"/conferences/{conference.id}/paper/runs/slow"
    forget_at(done)
    go_on.set()
    assert run.over.wait(SECONDS)
    forget_at(done + KEPT - timedelta(seconds=1))
    assert file_of(browser, place).startswith(b"%PDF")
    forget_at(done + KEPT)
    assert list(runs.folder.iterdir()) == []
    assert [browser.get(place + rest).status_code for rest in ("", "/state", "/file")] == [404] * 3


def test_outsiders_see_nothing(begin: BeginWork, sign_in: SignIn, client: FlaskClient, browser: FlaskClient, conference: Conference, runs: PaperRuns) -> None:
    with begin() as work:
        mallory = make_account(work, "mallory")
        hers = make_conference(work, mallory)
    place = made(browser, runs, papers_of(conference))
    key = place.rpartition("/")[2]
    base = f"/conferences/{conference.id}/paper"
    pages = [base, f"{base}/preview.png", place, f"{place}/state", f"{place}/file", f"{base}/letters", f"{base}/letters/preview.png?issuer=x"]
    foreign = sign_in(mallory)
    assert [foreign.get(page).status_code for page in pages] == [404] * len(pages)
    presses = [f"{base}/print", f"{place}/stop", f"{base}/letters"]
    assert [foreign.post(page, data={"issuer": "x", "act": "make"}).status_code for page in presses] == [404] * len(presses)
    # Her own conference does not lead to the run of another.
    assert [foreign.get(f"/conferences/{hers.id}/paper/runs/{key}{rest}").status_code for rest in ("", "/state", "/file")] == [404] * 3
    assert foreign.post(f"/conferences/{hers.id}/paper/runs/{key}/stop").status_code == 404
    assert {client.get(page).status_code for page in pages} <= {302, 303, 401}
    assert file_of(browser, place).startswith(b"%PDF")


@pytest.mark.parametrize("many", [1, 40])
def test_page_costs_the_same_for_few_and_many(begin: BeginWork, browser: FlaskClient, conference: Conference, count_queries: CountQueries, many: int) -> None:
    with begin() as work:
        mandate = work.session.get_one(Mandate, 1)
        for number in range(many):
            make_delegate(work, mandate, f"Người {number}")
    with count_queries() as queries:
        assert browser.get(f"/conferences/{conference.id}/paper").status_code == 200
    assert len(queries) == 6


LETTER = {"whom": "each", "issuer": "Sở TT&TT", "superior": "UBND tỉnh", "place": HOSTILE, "authority": "KT. Giám đốc\nPhó Giám đốc", "signer": "Lê Văn A"}


def test_letters_are_made_for_each_unit(browser: FlaskClient, conference: Conference, runs: PaperRuns) -> None:
    base = f"/conferences/{conference.id}/paper/letters"
    assert 'value="Sở Thông tin và Truyền thông"' in browser.get(base).text
    pages = texts(file_of(browser, made(browser, runs, base, act="make", **LETTER)))
    assert [re.search(r"kính mời: (.*?\))", page)[1] for page in pages] == ["Đại diện Sở Tài chính (02 đại biểu)", "Đại diện UBND huyện Bắc Bình (01 đại biểu)"]  # type: ignore[index]  # else the test fails
    assert all(HOSTILE in page and "KT. GIÁM ĐỐC PHÓ GIÁM ĐỐC Lê Văn A" in page for page in pages)


@pytest.mark.parametrize(
    ("whom", "said"), [("general", "Đại diện Sở Tài chính; Đại diện UBND huyện Bắc Bình"), ("2", "Đại diện UBND huyện Bắc Bình (01 đại biểu)")]
)
def test_letters_are_made_for_all_together_or_for_one(browser: FlaskClient, conference: Conference, runs: PaperRuns, whom: str, said: str) -> None:
    [page] = texts(file_of(browser, made(browser, runs, f"/conferences/{conference.id}/paper/letters", act="make", **{**LETTER, "whom": whom})))
    assert f"kính mời: {said} Tới dự" in page


def test_letter_is_looked_at_before_it_is_made(browser: FlaskClient, conference: Conference) -> None:
    base = f"/conferences/{conference.id}/paper/letters"
    [address] = re.findall(r'<img class="paper" src="([^"]+)"', browser.post(base, data={"act": "preview", **LETTER}).text)
    answer = browser.get(address.replace("&amp;", "&"))
    assert (answer.status_code, answer.mimetype) == (200, "image/png")
    assert "csrf_token" not in address


def test_letter_without_an_issuer_is_not_made(browser: FlaskClient, conference: Conference) -> None:
    base = f"/conferences/{conference.id}/paper/letters"
    answer = browser.post(base, data={"act": "make", **LETTER, "issuer": " "})
    assert (answer.status_code, "Please fill in this field." in answer.text) == (422, True)
    assert browser.get(f"{base}/preview.png?issuer=").status_code == 422
    assert browser.post(base, data={"act": "make", **LETTER, "whom": "99"}).status_code == 404
