"""The organiser's pages of desks, the pairing link and the pages of the board, over HTTP."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from confsvc.domain.board import renew_board_link
from confsvc.domain.desks import find_desk
from confsvc.domain.facts import BoardLinkRevoked, DeskRevoked, Fact
from confsvc.domain.pairings import create_pairing
from confsvc.domain.work import Anonymous
from confsvc.schemas.desk_cookie import DESK_COOKIE
from tests.conftest import BeginWork
from tests.factories import acting, make_account, make_conference, make_desk, make_site
from tests.web.conftest import CountQueries, SignIn


class Scene:
    """olga's conference with a main site and a desk; mallory organises another one."""

    def __init__(self, begin: BeginWork, sites: int = 1) -> None:
        self.begin = begin
        with begin() as work:
            self.olga, self.mallory = make_account(work), make_account(work, "mallory")
            self.conference = make_conference(work, self.olga)
            self.main = make_site(work, self.conference)
            self.desk = make_desk(work, self.main, "Bàn cổng", token="k" * 32)
            for n in range(sites - 1):
                make_desk(work, make_site(work, self.conference, f"Điểm cầu {n}", kind="remote"), f"Bàn {n}")
            make_conference(work, self.mallory)
        self.path = f"/conferences/{self.conference.id}"

    def link(self) -> str:
        with self.begin(acting(self.olga)) as work:
            return create_pairing(work, self.conference.id, self.main.id, minutes=30)[1]


@pytest.fixture
def scene(begin: BeginWork) -> Scene:
    return Scene(begin)


def told(published: list[Fact]) -> list[Fact]:
    """The facts about desks and links."""
    return [fact for fact in published if isinstance(fact, DeskRevoked | BoardLinkRevoked)]


def cookie_of(browser: FlaskClient) -> str:
    cookie = browser.get_cookie(DESK_COOKIE)
    return cookie.value if cookie else ""


def test_pairing_link_is_shown_used_by_a_device_and_says_so(scene: Scene, sign_in: SignIn, client: FlaskClient) -> None:
    olga = sign_in(scene.olga)
    made = olga.post(f"{scene.path}/sites/{scene.main.id}/pairings")
    assert made.status_code == 303
    page = olga.get(made.location).text
    address = re.search(r'value="(http://localhost/pair/[a-z2-7]{32})"', page)
    assert address
    assert olga.get(f"{made.location}/qr.svg").mimetype == "image/svg+xml"

    shown = client.get(address[1])
    assert (shown.status_code, scene.main.name in shown.text, scene.conference.title in shown.text) == (200, True, True)
    assert client.post(address[1], data={"name": ""}).status_code == 422
    paired = client.post(address[1], data={"name": "Bàn 2"})

    assert (paired.status_code, paired.location) == (303, "/desk")
    header = paired.headers["Set-Cookie"]
    assert header.startswith(f"{DESK_COOKIE}=")
    assert all(part in header for part in ("HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=3196800"))
    assert "Bàn 2" in client.get("/desk").text
    assert client.get(address[1]).location == "/desk"
    assert "“Bàn 2”" in olga.get(made.location).text


def test_used_link_is_gone_for_everybody_else(scene: Scene, app: Flask, client: FlaskClient) -> None:
    address = f"/pair/{scene.link()}"
    client.post(address, data={"name": "Bàn 2"})

    other = app.test_client()

    assert (other.get(address).status_code, other.post(address, data={"name": "Bàn 3"}).status_code) == (410, 410)
    assert other.get(f"/pair/{'a' * 32}").status_code == 404
    assert cookie_of(other) == ""


def test_device_that_is_paired_anew_leaves_its_old_desk(scene: Scene, client: FlaskClient, published: list[Fact]) -> None:
    client.set_cookie(DESK_COOKIE, "k" * 32)
    address = f"/pair/{scene.link()}"
    assert "Bàn cổng" in client.get(address).text

    client.post(address, data={"name": "Bàn mới"})

    assert told(published) == [DeskRevoked(scene.desk.id, scene.main.id, scene.conference.id)]
    with scene.begin(Anonymous()) as work:
        view = find_desk(work, cookie_of(client))
        assert view
        assert view.desk.name == "Bàn mới"


def test_desk_page_needs_a_paired_device_and_lets_it_leave(scene: Scene, client: FlaskClient, published: list[Fact]) -> None:
    assert client.get("/desk").status_code == 403
    client.set_cookie(DESK_COOKIE, "k" * 32)
    page = client.get("/desk")
    assert (page.status_code, "Bàn cổng" in page.text) == (200, True)
    assert "wasm-unsafe-eval" in page.headers["Content-Security-Policy"]

    assert client.post("/desk/leave").location == "/desk"

    # The dead cookie stays: with it the device hands over what it has not sent.
    assert cookie_of(client) == "k" * 32
    assert told(published) == [DeskRevoked(scene.desk.id, scene.main.id, scene.conference.id)]
    assert client.get("/desk").status_code == 403


def test_wrong_links_are_limited_right_ones_are_not(scene: Scene, app: Flask) -> None:
    for n in range(25):
        browser = app.test_client()
        assert browser.post(f"/pair/{scene.link()}", data={"name": f"Bàn {n}"}).status_code == 303

    statuses = [app.test_client().get(f"/pair/{n:032d}").status_code for n in range(25)]

    assert (statuses[0], statuses[-1]) == (404, 429)


def test_list_renames_and_revokes(scene: Scene, sign_in: SignIn, published: list[Fact]) -> None:
    olga = sign_in(scene.olga)
    assert "Bàn cổng" in olga.get(f"{scene.path}/desks").text
    assert "Nothing was found." in olga.get(f"{scene.path}/desks?q=khong+co").text
    rename = f"{scene.path}/desks/{scene.desk.id}"
    assert olga.post(rename, data={"name": " "}).status_code == 422
    assert olga.post(rename, data={"name": "<b>Cổng</b>"}).status_code == 303
    assert "&lt;b&gt;Cổng&lt;/b&gt;" in olga.get(f"{scene.path}/desks").text

    assert olga.post(f"{rename}/revoke").status_code == 303

    assert told(published) == [DeskRevoked(scene.desk.id, scene.main.id, scene.conference.id)]
    assert "Cổng" not in olga.get(f"{scene.path}/desks").text
    made = olga.post(f"{scene.path}/sites/{scene.main.id}/pairings").location
    assert olga.post(f"{made}/revoke").status_code == 303
    assert "This link was revoked." in olga.get(made).text


def test_board_pages_and_public_link(scene: Scene, sign_in: SignIn, client: FlaskClient, published: list[Fact]) -> None:
    olga, board = sign_in(scene.olga), f"{scene.path}/board"
    assert olga.get(board).status_code == 200
    assert olga.post(f"{board}/link").status_code == 303
    address = re.search(r"http://localhost/b/[a-z2-7]{32}", olga.get(board).text)
    assert address
    assert client.get(address[0]).status_code == 200

    assert olga.post(f"{board}/link/revoke").status_code == 303

    assert told(published) == [BoardLinkRevoked(scene.conference.id)]
    assert client.get(address[0]).status_code == 410
    assert "/b/" not in olga.get(board).text


def test_mallory_and_nobody_get_nowhere(scene: Scene, sign_in: SignIn, client: FlaskClient) -> None:
    with scene.begin(acting(scene.olga)) as work:
        pairing, _ = create_pairing(work, scene.conference.id, scene.main.id, minutes=30)
        renew_board_link(work, scene.conference.id)
    paths = ["/desks", f"/desks/{scene.desk.id}", f"/pairings/{pairing.id}", f"/pairings/{pairing.id}/qr.svg", "/board"]
    posts = [f"/sites/{scene.main.id}/pairings", f"/desks/{scene.desk.id}", f"/desks/{scene.desk.id}/revoke"]
    posts += [f"/pairings/{pairing.id}/revoke", "/board/link", "/board/link/revoke"]
    mallory = sign_in(scene.mallory)
    client.set_cookie(DESK_COOKIE, "k" * 32)
    for path in paths:
        assert mallory.get(scene.path + path).status_code == 404
        assert client.get(scene.path + path).location.startswith("/sign-in")
    for path in posts:
        assert mallory.post(scene.path + path, data={"name": "x"}).status_code == 404
        assert client.post(scene.path + path, data={"name": "x"}).location.startswith("/sign-in")
    with scene.begin(Anonymous()) as work:
        assert find_desk(work, "k" * 32)


def test_posts_need_the_token_of_the_form(scene: Scene, csrf_on: None, sign_in: SignIn, client: FlaskClient) -> None:
    olga, address = sign_in(scene.olga), f"/pair/{scene.link()}"
    for answer in (
        client.post(address, data={"name": "Bàn 2"}),
        olga.post(f"{scene.path}/desks/{scene.desk.id}/revoke"),
        olga.post(f"{scene.path}/board/link"),
    ):
        assert answer.status_code == 400


@pytest.mark.parametrize("page", ["/desks", "/board"])
def test_queries_do_not_grow_with_the_sites(page: str, begin: BeginWork, sign_in: SignIn, count_queries: CountQueries) -> None:
    counts: list[int] = []
    for sites in (2, 49):
        with begin() as work:
            # The scene before this one makes room.
            for change in ("UPDATE accounts SET email = id || email", "UPDATE desks SET token_hash = id || token_hash"):
                work.session.connection().exec_driver_sql(change)
        scene = Scene(begin, sites)
        browser = sign_in(scene.olga)
        with count_queries() as queries:
            assert browser.get(scene.path + page).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert counts[0] <= 12
