"""nginx before the workers: a browser stays with one, strangers are spread, files come from the disk."""

from collections.abc import Iterator

import pytest
import requests
import socketio

from cluster.running import Cluster
from tests.cluster.conftest import WAIT_SECONDS, Places, wait_until

STRANGERS = 16
ROUTE = "confsvc_route"


@pytest.fixture
def browser() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


def worker_of(cluster: Cluster, answer: requests.Response) -> int:
    """Which worker has given this answer: it is in its log."""
    number = answer.headers["X-Request-Id"]
    said: list[int] = []

    def is_said() -> bool:
        said[:] = [n for n, worker in enumerate(cluster.workers) if number in worker.log.read_text()]
        return bool(said)

    wait_until(is_said)
    [worker] = said
    return worker


def test_a_browser_stays_with_one_worker_from_its_first_request_on(cluster: Cluster, browser: requests.Session) -> None:
    answers = [browser.get(f"{cluster.url}/sign-in", timeout=WAIT_SECONDS) for _ in range(4)]
    assert len({worker_of(cluster, answer) for answer in answers}) == 1
    assert [ROUTE in answer.cookies for answer in answers] == [True, False, False, False]
    [cookie] = [cookie for cookie in browser.cookies if cookie.name == ROUTE]
    assert cookie.has_nonstandard_attr("HttpOnly")
    assert cookie.get_nonstandard_attr("SameSite") == "Lax"


def test_strangers_from_one_address_are_spread_over_the_workers(cluster: Cluster) -> None:
    answers = [requests.get(f"{cluster.url}/sign-in", timeout=WAIT_SECONDS) for _ in range(STRANGERS)]
    assert {worker_of(cluster, answer) for answer in answers} == {0, 1}


def test_a_made_up_route_is_replaced(cluster: Cluster) -> None:
    answer = requests.get(f"{cluster.url}/sign-in", headers={"Cookie": f"{ROUTE}=0; {ROUTE}2=x"}, timeout=WAIT_SECONDS)
    assert len(answer.cookies[ROUTE] or "") == 32


def test_files_come_from_nginx_and_measures_do_not(cluster: Cluster) -> None:
    file = requests.get(f"{cluster.url}/static/icon.svg", timeout=WAIT_SECONDS)
    assert (file.status_code, file.headers["Content-Type"], "X-Request-Id" in file.headers) == (200, "image/svg+xml", False)
    assert (file.headers["X-Content-Type-Options"], file.headers["Cross-Origin-Resource-Policy"]) == ("nosniff", "same-origin")
    assert requests.get(f"{cluster.url}/metrics", timeout=WAIT_SECONDS).status_code == 404
    assert "X-Request-Id" not in requests.get(f"{cluster.url}/metrics", timeout=WAIT_SECONDS).headers


def test_a_desk_without_websocket_reaches_the_worker_that_has_its_connection(places: Places) -> None:
    scene = places.scene
    browser = scene.paired(scene.main)
    client = socketio.Client(http_session=browser, reconnection=False)
    client.connect(places.cluster.url, headers={"Origin": places.cluster.url}, namespaces=["/desk"], transports=["polling"], wait_timeout=WAIT_SECONDS)
    try:
        answer = client.call("check_in", scene.scan(scene.dina), namespace="/desk", timeout=WAIT_SECONDS)
        assert answer["verdict"]["verdict"] == "accepted"
    finally:
        client.disconnect()
