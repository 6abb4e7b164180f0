"""The desk as a program on a device: its service worker, its manifest, and the marks by which the worker knows a desk's page."""

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from confsvc.schemas.desk_cookie import DESK_COOKIE
from tests.web.test_desks import Scene, scene  # noqa: F401  # a fixture


def test_the_worker_serves_the_desk_and_is_asked_for_anew(client: FlaskClient) -> None:
    reply = client.get("/desk/sw.js", buffered=True)

    assert (reply.status_code, reply.mimetype) == (200, "text/javascript")
    assert (reply.headers["Service-Worker-Allowed"], reply.headers["Cache-Control"]) == ("/desk", "no-cache")


def test_every_file_the_worker_keeps_is_there(client: FlaskClient, app: Flask) -> None:
    worker = client.get("/desk/sw.js", buffered=True).text
    dist = Path(app.static_folder or "") / "dist"
    built = {f"/static/dist/{file.name}" for file in dist.iterdir()}

    kept = {f"/static/dist/{name}" for name in (file.name for file in dist.iterdir()) if f"/static/dist/{name}" in worker}

    assert kept <= built
    assert {name.rsplit("-", 1)[0] for name in kept} >= {f"/static/dist/{name}" for name in ("desk", "app", "main", "zxing_reader", "chunk")}
    assert all(client.get(address, buffered=True).status_code == 200 for address in kept)


@pytest.mark.parametrize(("asked", "name"), [("vi", "Bàn điểm danh"), ("en", "Check-in desk"), ("xx", "Bàn điểm danh"), ("", "Bàn điểm danh")])
def test_the_manifest_speaks_the_language_of_the_page(client: FlaskClient, asked: str, name: str) -> None:
    reply = client.get(f"/desk/manifest.webmanifest?lang={asked}")

    assert (reply.status_code, reply.mimetype) == (200, "application/manifest+json")
    told = reply.get_json()
    assert (told["name"], told["start_url"], told["scope"], told["display"]) == (name, "/desk", "/desk", "standalone")
    icons = [client.get(icon["src"], buffered=True) for icon in told["icons"]]
    assert [(icon.status_code, icon.mimetype) for icon in icons] == [(200, "image/svg+xml"), *[(200, "image/png")] * 3]


def test_only_the_page_of_a_desk_is_marked_as_one(scene: Scene, client: FlaskClient) -> None:  # noqa: F811  # the fixture
    unpaired = client.get("/desk")
    client.set_cookie(DESK_COOKIE, "k" * 32)
    paired = client.get("/desk")

    assert (unpaired.status_code, unpaired.headers["Confsvc-Desk"]) == (403, "none")
    assert (paired.status_code, paired.headers["Confsvc-Desk"]) == (200, scene.desk.uid)
    assert unpaired.headers["Confsvc-Release"] == paired.headers["Confsvc-Release"] != ""
    assert "Confsvc-Desk" not in client.get("/").headers
    assert f'data-uid="{scene.desk.uid}" data-served="20' in paired.text


def test_a_page_older_than_its_session_can_stop_being_a_desk(scene: Scene, csrf_on: None, client: FlaskClient) -> None:  # noqa: F811  # the fixture
    client.set_cookie(DESK_COOKIE, "k" * 32)

    assert client.post("/desk/leave").location == "/desk"

    assert client.get("/desk").status_code == 403
