"""A conference rehearsed with its real lists: desks and boards of the rehearsal work, those of the conference hear nothing, wiping sends everybody away."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from confsvc.models import Conference, Site
from tests.browser.conftest import NewPage, Server
from tests.browser.scenes import Scene, make_scene, open_desk, scan

SignIn = Callable[[Page, str], None]


@pytest.fixture
def scene(server: Server) -> Scene:
    return make_scene(server)


def rehearsed(server: Server, scene: Scene) -> Scene:
    """The same conference in its rehearsal; the passes are the real ones."""
    with server.begin() as work:
        found = work.session.scalars(select(Conference.id).where(Conference.rehearses_id == scene.conference_id)).one()
        main_id, remote_id = work.session.scalars(select(Site.id).where(Site.conference_id == found).order_by(Site.id))
    return replace(scene, conference_id=found, main_id=main_id, remote_id=remote_id)


def board_of(page: Page, conference_id: int) -> Page:
    page.goto(f"/conferences/{conference_id}/board")
    expect(page.locator("#total-present, #total-rate").first).to_be_visible()
    return page


def test_a_conference_is_rehearsed_from_the_first_desk_to_the_wiping(server: Server, new_page: NewPage, sign_in: SignIn, scene: Scene) -> None:
    olga = new_page()
    sign_in(olga, "olga@example.org")
    olga.goto(f"/conferences/{scene.conference_id}")
    olga.get_by_role("link", name="Tổng duyệt", exact=True).click()
    olga.get_by_role("button", name="Bắt đầu tổng duyệt").click()
    expect(olga.get_by_role("heading", name="Đang tổng duyệt")).to_be_visible()
    inside = rehearsed(server, scene)

    real, trial = olga.context.new_page(), olga.context.new_page()
    board_of(real, scene.conference_id)
    board_of(trial, inside.conference_id)
    expect(real.locator(".rehearsal")).to_have_count(0)
    expect(trial.locator(".rehearsal")).to_contain_text("TỔNG DUYỆT")
    desk = open_desk(server, new_page, inside, inside.main_id)
    expect(desk.locator("#rehearsal")).to_be_visible()
    scan(desk, scene.passes["Nguyễn Thị Ấn"])
    expect(desk.locator("#verdict")).to_contain_text("Nguyễn Thị Ấn")
    expect(trial.locator("#total-rate")).to_have_text("14,29%")

    olga.clock.install()
    olga.reload()
    olga.locator("#share").select_option("90")
    olga.get_by_role("button", name="Cho đại biểu đến").click()
    for _ in range(13):
        olga.clock.run_for(10_000)
    expect(olga.locator("#arrivals-status")).to_have_text("5/6 người đã đến: đủ số người dự kiến.")
    expect(trial.locator("#total-rate")).to_have_text("71,43%")
    expect(real.locator("#total-rate")).to_have_text("0,00%")

    olga.on("dialog", lambda dialog: dialog.accept())
    olga.get_by_role("button", name="Xóa buổi tổng duyệt").click()
    expect(olga.locator(".notice.success")).to_contain_text("Đã xóa buổi tổng duyệt")
    expect(desk.locator("#revoked")).to_be_visible()
    expect(trial.locator("#connection")).to_have_attribute("data-state", "ended")
    expect(real.locator("#total-rate")).to_have_text("0,00%")


def test_arrivals_can_be_stopped(server: Server, new_page: NewPage, sign_in: SignIn, scene: Scene) -> None:
    olga = new_page("en", 360)
    sign_in(olga, "olga@example.org")
    olga.goto(f"/conferences/{scene.conference_id}/rehearsal")
    olga.get_by_role("button", name="Start a rehearsal").click()
    olga.clock.install()
    olga.reload()
    olga.locator("#share").select_option("100")
    olga.locator("#minutes").select_option("1")
    olga.get_by_role("button", name="Let people arrive").click()
    for _ in range(3):
        olga.clock.run_for(10_000)
    expect(olga.locator("#arrivals-status")).to_contain_text("of 6 have arrived.")
    olga.get_by_role("button", name="Stop").click()
    expect(olga.locator("#arrivals-status")).to_contain_text("Stopped.")
    expect(olga.get_by_role("button", name="Let people arrive")).to_be_focused()
