"""A line that fails: cut in the middle of a run of scans, the page reloaded, the browser killed; every scan arrives once."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright, expect
from sqlalchemy import select

from confsvc.domain.delegates import DelegateEntry, add_delegates
from confsvc.domain.desks import revoke_desk
from confsvc.domain.passes import pass_token, valid_pass
from confsvc.models import AttendanceEvent, Delegate, Desk, HandedOver
from tests.browser.cable import Cable, laid_cable
from tests.browser.conftest import NewPage, Server
from tests.browser.desk_steps import expect_verdict, free_screen, press, row, show_all
from tests.browser.device import Device
from tests.browser.scenes import Scene, make_scene, open_desk, pairing_link, scan

DUC, AN, DUNG = "Trần Văn Đức", "Nguyễn Thị Ấn", "Lê Hoàng Dũng"


@pytest.fixture
def cable(server: Server) -> Iterator[Cable]:
    with laid_cable(server.port) as laid:
        yield laid


@pytest.fixture
def device(playwright_driver: Playwright, tmp_path: Path, cable: Cable) -> Iterator[Device]:
    one = Device(playwright_driver, tmp_path / "profile", cable.url)
    yield one
    one.close()
    assert one.wrong == []


def crowd(server: Server, scene: Scene, size: int) -> list[str]:
    """So many more people at the main site; their passes."""
    with server.begin(scene.account) as work:
        mandate_id = work.session.get_one(Delegate, scene.people[DUC]).mandate_id
        add_delegates(work, scene.conference_id, [DelegateEntry(f"Huỳnh Văn Số {i:02}", mandate_id) for i in range(size)])
    with server.begin() as work:
        found = work.session.scalars(select(Delegate).where(Delegate.full_name.like("Huỳnh Văn Số %")).order_by(Delegate.full_name))
        return [pass_token(work, valid_pass(work, person.id)) for person in found]


def check_ins(server: Server) -> list[tuple[str, str]]:
    """Who was checked in, and what the log says to each line, in the order of their moments."""
    with server.begin() as work:
        lines = (
            select(Delegate.full_name, AttendanceEvent.verdict)
            .join(Delegate, Delegate.id == AttendanceEvent.delegate_id)
            .where(AttendanceEvent.kind == "check_in")
            .order_by(AttendanceEvent.occurred_at, AttendanceEvent.revision)
        )
        return [(name, verdict) for name, verdict in work.session.execute(lines)]


def wait_until_kept(page: Page) -> None:
    """The service worker has everything, and serves this page."""
    page.evaluate(
        """async () => {
            const {serviceWorker} = navigator;
            await serviceWorker.ready;
            if (!serviceWorker.controller) await new Promise((taken) => serviceWorker.addEventListener("controllerchange", taken, {once: true}));
        }"""
    )


def expect_online(page: Page) -> None:
    expect(page.locator("#connection")).to_have_attribute("data-state", "online")
    expect(page.locator("#sending-count")).to_have_text("")


def expect_offline(page: Page, unsent: int) -> None:
    expect(page.locator("#connection")).to_have_attribute("data-state", "offline")
    expect(page.locator("#sending-count")).to_have_text(re.compile(rf"\b{unsent}\b") if unsent else "")


def scan_next(page: Page, token: str, tone: str = "good", *, unsent: bool = True) -> None:
    scan(page, token)
    expect_verdict(page, tone, unsent=unsent)
    free_screen(page)


def pair(page: Page, server: Server, scene: Scene, site_id: int) -> None:
    page.goto(f"/pair/{pairing_link(server, scene, site_id)}")
    page.locator("#name").fill("Bàn 1")
    page.locator("#name").press("Enter")
    page.wait_for_url("**/desk")
    expect_online(page)
    wait_until_kept(page)


def start_as_desk(device: Device, server: Server, scene: Scene) -> None:
    """Make the device a desk of the main site, and close its browser well: what a browser keeps it has written by then."""
    pair(device.start(), server, scene, scene.main_id)
    device.close()


def withdraw(server: Server, scene: Scene) -> None:
    with server.begin(scene.account) as work:
        revoke_desk(work, scene.conference_id, work.session.scalars(select(Desk.id)).one())


def handed_over(server: Server) -> list[tuple[str, int]]:
    """The acts that wait for an organiser, and the sites of the desks that did them."""
    with server.begin() as work:
        found = work.session.execute(select(HandedOver.act, Desk.site_id).join(Desk, Desk.id == HandedOver.desk_id).order_by(HandedOver.happened_at))
        return [(act, site_id) for act, site_id in found]


def test_every_scan_arrives_once_over_a_cut_a_reload_and_a_killed_browser(server: Server, device: Device, cable: Cable) -> None:
    scene = make_scene(server)
    tokens = crowd(server, scene, 8)
    start_as_desk(device, server, scene)

    page = device.start()
    page.goto("/desk")
    expect_online(page)
    scan_next(page, tokens[0], unsent=False)
    scan_next(page, tokens[1], unsent=False)
    # The server hears the third scan, and nobody hears that it did.
    cable.swallow()
    scan_next(page, tokens[2])
    cable.cut()
    scan_next(page, tokens[3])
    scan_next(page, tokens[3].upper(), "repeated")
    expect_offline(page, 3)

    page.reload()
    expect_offline(page, 3)
    expect(page.locator("#count-present")).to_have_text("4")
    scan_next(page, tokens[4])
    scan(page, tokens[5])
    expect(page.locator("#verdict")).to_be_visible()
    device.kill()

    page = device.start()
    page.goto("/desk")
    expect_offline(page, 5)
    expect(page.locator("h1")).to_have_text("Điểm cầu trung tâm")
    expect(page.locator("#count-present")).to_have_text("6")
    scan_next(page, tokens[6])
    cable.mend()
    expect_online(page)
    scan_next(page, tokens[7], unsent=False)
    expect(page.locator("#count-present")).to_have_text("8")

    lines = [(f"Huỳnh Văn Số {i:02}", "accepted") for i in range(8)]
    assert check_ins(server) == [*lines[:4], ("Huỳnh Văn Số 03", "repeated"), *lines[4:]]


def test_a_page_opened_without_a_line_has_everything(server: Server, device: Device, cable: Cable) -> None:
    scene = make_scene(server)
    start_as_desk(device, server, scene)
    cable.cut()
    page = device.start()
    page.goto("/desk")
    expect_offline(page, 0)
    expect(page.locator("#roster li")).to_have_count(4)
    page.locator("#query").fill("duc")
    page.locator("#query").press("Enter")
    expect_verdict(page, "good", DUC, unsent=True)
    free_screen(page)
    # The decoder of the camera is fetched only once somebody scans.
    decoder = page.locator("#desk").get_attribute("data-wasm")
    assert page.evaluate("address => fetch(address).then(answer => answer.ok && answer.headers.get('content-type'))", decoder) == "application/wasm"
    assert page.evaluate("document.fonts.load('16px \"Be Vietnam Pro\"').then(fonts => fonts.length > 0)")
    scan(page, "b" * 136)
    expect_verdict(page, "refused", unsent=True)


def test_nothing_replaces_the_kept_page_but_a_page_of_the_desk(server: Server, device: Device, cable: Cable) -> None:
    scene = make_scene(server)
    start_as_desk(device, server, scene)
    page = device.start()
    page.goto("/desk")
    expect_online(page)
    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("#connection-word")).to_have_text("Connected")
    # For a moment the server does not know the desk (a copy was put back): the page that says so is shown, not kept.
    with server.begin() as work:
        desk = work.session.scalars(select(Desk)).one()
        right, desk.token_hash = desk.token_hash, "0" * 64
    page.goto("/desk")
    expect(page.locator("h1")).to_have_text("This device is not a check-in desk")
    with server.begin() as work:
        work.session.scalars(select(Desk)).one().token_hash = right
    cable.cut()
    page.goto("/desk")
    expect(page.locator("#connection-word")).to_have_text(re.compile("Desk closed|Connection lost"))
    cable.mend()
    page.goto("/desk")
    expect(page.locator("#connection-word")).to_have_text("Connected")


def test_two_pages_of_one_desk_send_everything_once(server: Server, cable: Cable, new_page: NewPage) -> None:
    scene = make_scene(server)
    first = open_desk(server, new_page, scene, scene.main_id, base_url=cable.url)
    second = first.context.new_page()
    second.goto("/desk")
    expect_online(second)
    cable.cut()
    expect_offline(first, 0)
    expect_offline(second, 0)
    scan_next(first, scene.passes[DUC])
    expect_offline(second, 1)
    scan_next(second, scene.passes[AN])
    scan_next(second, scene.passes[DUC], "repeated")
    expect_offline(first, 3)
    scan_next(first, scene.passes[DUNG])
    expect_offline(second, 4)
    # One of them is closed with something still to send.
    first.close()
    cable.mend()
    expect_online(second)
    show_all(second)
    for name in (DUC, AN, DUNG):
        expect(row(second, name)).to_have_attribute("data-state", "present")

    assert check_ins(server) == [(DUC, "accepted"), (AN, "accepted"), (DUC, "repeated"), (DUNG, "accepted")]


def test_a_desk_that_was_revoked_without_knowing_hands_over_what_it_did(server: Server, cable: Cable, new_page: NewPage) -> None:
    scene = make_scene(server)
    page = open_desk(server, new_page, scene, scene.main_id, base_url=cable.url)
    cable.cut()
    expect_offline(page, 0)
    scan_next(page, scene.passes[DUC])
    press(page, AN)
    expect_verdict(page, "good", AN, unsent=True)
    free_screen(page)
    withdraw(server, scene)
    cable.mend()
    expect(page.locator("#revoked")).to_be_visible()
    expect(page.locator("#handed")).to_have_text("Đã chuyển cho Ban Tổ chức xem xét: 2.")
    assert (check_ins(server), handed_over(server)) == ([], [("check_in", scene.main_id)] * 2)


def test_a_desk_that_was_revoked_while_its_page_was_closed_hands_over_too(server: Server, cable: Cable, new_page: NewPage, axe: Callable[[Page], None]) -> None:
    scene = make_scene(server)
    page = new_page(base_url=cable.url)
    pair(page, server, scene, scene.main_id)
    cable.cut()
    expect_offline(page, 0)
    scan_next(page, scene.passes[DUC])
    page.goto("about:blank")
    withdraw(server, scene)
    cable.mend()
    page.goto("/desk")
    expect(page.locator("#leftovers-handed")).to_contain_text("1")
    expect(page.locator("#leftovers-left")).to_have_text("")
    axe(page)
    assert handed_over(server) == [("check_in", scene.main_id)]
    # Without a line the device does not open as a desk that takes names.
    cable.cut()
    page.goto("/desk")
    expect(page.locator("#revoked")).to_be_visible()
    expect(page.locator("#roster li")).to_have_count(0)


def test_a_device_that_becomes_another_desk_hands_over_what_it_did_before(server: Server, cable: Cable, new_page: NewPage) -> None:
    scene = make_scene(server)
    page = new_page(base_url=cable.url)
    pair(page, server, scene, scene.main_id)
    cable.cut()
    expect_offline(page, 0)
    scan_next(page, scene.passes[DUC])
    page.goto("about:blank")
    cable.mend()
    # The desk is not heard again before the device is paired for another site.
    pair(page, server, scene, scene.remote_id)
    expect(page.locator("h1")).to_have_text("Điểm cầu huyện Tuy Phong")
    expect(page.locator("#left-behind")).to_be_hidden()
    assert (check_ins(server), handed_over(server)) == ([], [("check_in", scene.main_id)])
    cable.cut()
    page.goto("/desk")
    expect(page.locator("h1")).to_have_text("Điểm cầu huyện Tuy Phong")
    expect_offline(page, 0)
