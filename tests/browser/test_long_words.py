"""A name of a hundred letters without a space widens no page of a phone and is cut nowhere."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from confsvc.models import Conference, Site
from tests.browser.conftest import NewPage, Server
from tests.browser.desk_steps import ask_more, expect_verdict, free_screen, row, show_all
from tests.browser.scenes import make_scene, open_desk
from tests.factories import make_delegate, make_mandate, make_unit

WIDTH = 360
LONG = "W" * 100
UNIT = "M" * 100
WIDE = "() => [...document.querySelectorAll('body *')].filter(one => one.getBoundingClientRect().right > innerWidth).map(one => one.outerHTML.slice(0, 90))"
CUT = "one => one.getBoundingClientRect().left < 0 || one.getBoundingClientRect().right > innerWidth || one.scrollWidth > one.clientWidth + 1"


def test_a_long_word_fits_everywhere(server: Server, new_page: NewPage, sign_in: Callable[[Page, str], None]) -> None:
    scene = make_scene(server)
    with server.begin(scene.account) as work:
        conference, site = work.session.get_one(Conference, scene.conference_id), work.session.get_one(Site, scene.main_id)
        long = make_delegate(work, make_mandate(work, conference, site, make_unit(work, UNIT)), LONG, position=UNIT).id
    page = new_page(width=WIDTH)
    sign_in(page, "olga@example.org")
    for path in ("delegates", f"delegates/{long}", "attendance", f"attendance/{long}", f"delegates/{long}/history"):
        page.goto(f"/conferences/{scene.conference_id}/{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= WIDTH, (path, page.evaluate(WIDE))

    desk = open_desk(server, new_page, scene, scene.main_id, width=WIDTH)
    assert desk.evaluate("document.documentElement.scrollWidth") <= WIDTH
    row(desk, LONG).locator(".person-go").click()
    expect_verdict(desk, "good", LONG)
    assert not desk.locator(".verdict-name").evaluate(CUT)
    free_screen(desk)
    show_all(desk)
    expect(row(desk, LONG)).to_have_attribute("data-state", "present")
    desk.locator("#recent summary").click()
    assert desk.evaluate("document.documentElement.scrollWidth") <= WIDTH
    assert not row(desk, LONG).locator(".person-main").evaluate(CUT)
    assert not desk.locator(".recent-name").evaluate(CUT)
    ask_more(desk, LONG)
    assert not desk.locator("#person-name").evaluate(CUT)
