"""What the desk's and the board's browser tests begin with: a conference that starts soon, two sites, a few people."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Page

from confsvc.domain.pairings import create_pairing
from confsvc.domain.passes import pass_token, valid_pass
from confsvc.domain.qr import qr_png
from tests.browser.conftest import PASSWORD_HASH, NewPage, Server
from tests.browser.quick_hands import type_and_enter
from tests.factories import acting, make_account, make_conference, make_delegate, make_mandate, make_site, make_unit


@dataclass(frozen=True)
class Scene:
    """Ids of what was made; `passes` are the tokens by delegate."""

    account: Any
    conference_id: int
    main_id: int
    remote_id: int
    people: dict[str, int]
    passes: dict[str, str]


def make_scene(server: Server, **changes: Any) -> Scene:
    """Four people at the main site, two at Tuy Phong; the head of the Department of Home Affairs must come in person."""
    with server.begin() as work:
        olga = make_account(work, password_hash=PASSWORD_HASH)
        conference = make_conference(work, olga, **{**soon(), **changes})
        main = make_site(work, conference)
        remote = make_site(work, conference, "Điểm cầu huyện Tuy Phong", kind="remote")
        affairs = make_mandate(work, conference, main, make_unit(work, "Sở Nội vụ"), required_rank="head", seats=2)
        press = make_mandate(work, conference, main, make_unit(work, "Báo Bình Thuận"), seats=3)
        district = make_mandate(work, conference, remote, make_unit(work, "UBND huyện Tuy Phong"), required_rank="leader", seats=2)
        people = [
            make_delegate(work, affairs, "Trần Văn Đức", position="Giám đốc", rank="head", protocol_order=10),
            make_delegate(work, affairs, "Nguyễn Thị Ấn", position="Chánh Văn phòng", protocol_order=20),
            make_delegate(work, press, "Lê Hoàng Dũng", position="Phóng viên", protocol_order=30),
            make_delegate(work, press, "Phạm Thị Thuỳ Oanh", position="Biên tập viên", protocol_order=40),
            make_delegate(work, district, "Đỗ Minh Quân", position="Chủ tịch", rank="head", protocol_order=10),
            make_delegate(work, district, "Võ Thị Út", position="Chuyên viên", protocol_order=20),
        ]
        return Scene(
            acting(olga),
            conference.id,
            main.id,
            remote.id,
            {person.full_name: person.id for person in people},
            {person.full_name: pass_token(work, valid_pass(work, person.id)) for person in people},
        )


def open_desk(server: Server, new_page: NewPage, scene: Scene, site_id: int, name: str = "Bàn 1", **options: Any) -> Page:
    """A page in a context of its own, paired as a desk of the site and ready to work."""
    page = new_page(**options)
    page.goto(f"/pair/{pairing_link(server, scene, site_id)}")
    page.locator("#name").fill(name)
    page.locator("#name").press("Enter")
    page.wait_for_url("**/desk")
    page.locator("#connection[data-state=online]").wait_for()
    return page


def pairing_link(server: Server, scene: Scene, site_id: int) -> str:
    """The token of a fresh pairing link."""
    with server.begin(scene.account) as work:
        return create_pairing(work, scene.conference_id, site_id, minutes=30)[1]


def scan(page: Page, text: str) -> None:
    """Type as a hand-held scanner does: all at once, then Enter."""
    type_and_enter(page, text)


def fake_camera_film(folder: Path, text: str) -> Path:
    """A film for Chromium's fake camera that shows the QR code of `text`: one JPEG, ten times."""
    code = Image.open(BytesIO(qr_png(text))).convert("RGB").resize((440, 440))
    frame = Image.new("RGB", (640, 480), "white")
    frame.paste(code, (100, 20))
    picture = BytesIO()
    frame.save(picture, "JPEG", quality=95)
    film = folder / "film.mjpeg"
    film.write_bytes(picture.getvalue() * 10)
    return film


def soon() -> dict[str, datetime]:
    starts_at = datetime.now(UTC) + timedelta(minutes=30)
    return {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=3)}
