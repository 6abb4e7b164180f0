"""The organiser watches a run of mail go out to a real mail server, on a phone: it counts by itself, and what was refused goes again."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from confsvc.domain.inviting import send_invitations
from confsvc.domain.outbox_list import pause_mailing
from tests.browser.conftest import PASSWORD_HASH, NewPage, Server
from tests.factories import acting, make_account, make_conference, make_delegate, make_mandate, make_site
from tests.jobs.mail_servers import HOST, Kept, real_server

PEOPLE = 12


def invite(server: Server) -> int:
    """Invitations to twelve people, held before the first goes out: the conference's id."""
    with server.begin() as work:
        olga = make_account(work, password_hash=PASSWORD_HASH)
        starts_at = datetime.now(UTC) + timedelta(days=3)
        conference = make_conference(work, olga, starts_at=starts_at, ends_at=starts_at + timedelta(hours=3))
        mandate = make_mandate(work, conference, make_site(work, conference), seats=PEOPLE)
        for n in range(PEOPLE):
            make_delegate(work, mandate, f"Nguyễn Thị {n}", email=f"nguoi-{n}@example.org")
    with server.begin(acting(olga)) as work:
        run = send_invitations(work, conference.id, web_address=server.url)
        assert run
        pause_mailing(work, conference.id, run.id)
    return conference.id


@pytest.fixture
def kept() -> Iterator[Kept]:
    """What a real mail server got, which refuses one of them."""
    with real_server() as kept:
        kept.refusals["nguoi-3@example.org"] = "550 5.1.1 no such user"
        yield kept


@pytest.fixture
def server(kept: Kept, start_server: Callable[..., Server]) -> Server:
    """A server that is set to this mail server."""
    return start_server(SMTP_HOST=HOST, SMTP_PORT=str(kept.port), SMTP_SECURITY="none", MAIL_FROM="hop@example.org", MAIL_PER_MINUTE="600")


def test_a_run_is_watched_and_what_was_refused_goes_again(
    server: Server, kept: Kept, new_page: NewPage, sign_in: Callable[[Page, str], None], axe: Callable[[Page], None]
) -> None:
    conference_id = invite(server)
    page = new_page("vi", 360)
    sign_in(page, "olga@example.org")
    page.goto(f"/conferences/{conference_id}/mail")
    expect(page.locator(".run")).to_contain_text("Đã gửi 0 trên 12 · Tạm dừng")
    axe(page)
    page.get_by_role("button", name="Tiếp tục").click()
    # Without a reload: the page asks by itself.
    expect(page.locator(".run")).to_contain_text("Đã gửi 11 trên 12 · Đã xong")
    expect(page.locator(".run .not-arrived")).to_have_text("1 thư không đến nơi")
    expect(page.get_by_role("button", name="Tạm dừng gửi")).to_be_hidden()

    page.get_by_role("link", name="Thư mời và cập nhật lịch").click()
    page.get_by_role("link", name="Không đến nơi").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    axe(page)
    page.get_by_role("link", name="Nguyễn Thị 3").click()
    expect(page.locator("dl.facts").first).to_contain_text("550 5.1.1 no such user")
    expect(page.frame_locator("iframe.letter").locator("body")).to_contain_text("Nguyễn Thị 3")
    axe(page)
    kept.refusals.clear()
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Gửi lại").click()
    expect(page.get_by_text("Thư được gửi lại.")).to_be_visible()
    page.goto(f"/conferences/{conference_id}/mail")
    expect(page.locator(".run")).to_contain_text("Đã gửi 12 trên 12")
    assert sorted(kept.recipients()) == sorted(f"nguoi-{n}@example.org" for n in range(PEOPLE))
