"""Twenty desks of twenty sites, each with a whole hall checked in without a line, come back within the same second."""

import time
from dataclasses import dataclass

from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import func, select

from confsvc.domain.attendance_check import verify_attendance
from confsvc.domain.delegates import DelegateEntry, add_delegates
from confsvc.domain.pairings import create_pairing
from confsvc.domain.passes import pass_token, valid_pass
from confsvc.models import Attendance, AttendanceEvent, SiteTally
from tests.browser.conftest import PASSWORD_HASH, PATIENCE_MS, Server
from tests.browser.desk_steps import expect_counts, expect_verdict
from tests.browser.scenes import soon
from tests.factories import acting, make_account, make_conference, make_mandate, make_site, make_unit

SITES = 20
ROWS = 140
TOGETHER_SECONDS = 1
SETTLED_SECONDS = 60
# Every row of the list is pressed once, as an operator's thumb would, only faster: a handful before the device has kept them all and says so
# of the last; drawing after each was most of the test's work.
CHECK_ALL_IN = """async () => {
    document.querySelector("input[name=filter][value=all]").click();
    await new Promise((drawn) => setTimeout(drawn, 50));
    for (const [i, item] of [...document.querySelectorAll("#roster li")].entries()) {
        item.querySelector(".person-go").click();
        if (i % 20 !== 19) continue;
        const name = item.querySelector(".person-name").textContent;
        for (let n = 0; !document.querySelector("#verdict").textContent.includes(name); n++) {
            if (n > 6000) throw new Error(`nothing was said of ${name}`);
            await new Promise((kept) => setTimeout(kept, 5));
        }
    }
}"""


@dataclass(frozen=True)
class Hall:
    """A site, the link that pairs its desk, and the pass of somebody whose seat is there."""

    site_id: int
    link: str
    a_pass: str


def make_halls(server: Server) -> tuple[int, list[Hall]]:
    """A conference of twenty sites with 140 people each, made in bulk."""
    with server.begin() as work:
        olga = make_account(work, password_hash=PASSWORD_HASH)
        conference = make_conference(work, olga, **soon())
        sites = [make_site(work, conference, f"Điểm cầu số {i:02}", kind="remote" if i else "main") for i in range(SITES)]
        mandates = [make_mandate(work, conference, site, make_unit(work, f"UBND xã số {i:02}"), seats=ROWS) for i, site in enumerate(sites)]
        conference_id, site_ids = conference.id, [site.id for site in sites]
        mandate_ids = [mandate.id for mandate in mandates]
        account = acting(olga)
    with server.begin(account) as work:
        people = add_delegates(
            work, conference_id, [DelegateEntry(f"Đại biểu {i:02} {k:03}", mandate) for i, mandate in enumerate(mandate_ids) for k in range(ROWS)]
        )
        passes = [pass_token(work, valid_pass(work, person.id)) for person in people[::ROWS]]
        return conference_id, [
            Hall(site_id, create_pairing(work, conference_id, site_id, minutes=30)[1], a_pass) for site_id, a_pass in zip(site_ids, passes, strict=True)
        ]


def open_desks(server: Server, browser: Browser, halls: list[Hall]) -> list[Page]:
    """A desk for each hall, each in a context of its own, as on devices of their own."""
    pages = []
    for i, hall in enumerate(halls):
        context: BrowserContext = browser.new_context(base_url=server.url, locale="vi-VN", viewport={"width": 360, "height": 640}, reduced_motion="reduce")
        context.set_default_timeout(PATIENCE_MS)
        assert context.request.post(f"/pair/{hall.link}", data={"name": f"Bàn {i:02}"}).status == 201
        pages.append(context.new_page())
        pages[-1].goto("/desk")
    for page in pages:
        expect(page.locator("#connection")).to_have_attribute("data-state", "online")
        expect(page.locator("#roster li")).to_have_count(ROWS)
    return pages


def test_twenty_offline_desks_return_within_the_same_second(server: Server, browser: Browser) -> None:
    conference_id, halls = make_halls(server)
    pages = open_desks(server, browser, halls)
    for page in pages:
        page.context.set_offline(True)
    for page in pages:
        page.evaluate(CHECK_ALL_IN)
    for page, guest in zip(pages, [*halls[1:], halls[0]], strict=True):
        # One of the next hall's people has come over, an hour's drive in a second: seen there, then here.
        page.locator("#query").fill(guest.a_pass)
        page.locator("#query").press("Enter")
        expect_verdict(page, "good", unsent=True)
        expect(page.locator("#sending-count")).to_have_text(f"Chưa gửi: {ROWS + 1}")
        expect_counts(page, present=str(ROWS))
    with server.begin() as work:
        assert work.session.scalar(select(func.count()).select_from(AttendanceEvent)) == 0

    began = time.monotonic()
    for page in pages:
        page.context.set_offline(False)
    together = time.monotonic() - began
    for page in pages:
        expect(page.locator("#recent-state")).to_have_text("Đã gửi hết.", timeout=SETTLED_SECONDS * 1000)
    settled = time.monotonic() - began
    assert together < TOGETHER_SECONDS
    assert settled < SETTLED_SECONDS

    for page in pages:
        expect(page.locator("#troubles")).to_be_hidden()
        # Everybody of the list is somewhere: all but one of them here, and a guest with them.
        expect_counts(page, present=str(ROWS), visiting="1", not_yet="0")
        page.context.close()
    with server.begin() as work:
        refs = select(func.count(), func.count(AttendanceEvent.client_ref.distinct()), func.count().filter(AttendanceEvent.verdict == "refused"))
        assert work.session.execute(refs).one() == (SITES * (ROWS + 1), SITES * (ROWS + 1), 0)
        assert work.session.scalar(select(func.count()).where(Attendance.state == "present")) == SITES * ROWS
        assert work.session.execute(select(func.sum(SiteTally.present), func.sum(SiteTally.visiting))).one() == (SITES * ROWS, SITES)
        assert verify_attendance(work, conference_id) == []
