"""Signing in as a person does it: fields, errors, language, keyboard, in both languages, light and dark, wide and narrow."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PASSWORD, PASSWORD_HASH, NewPage, Server
from tests.factories import make_account

pytestmark = pytest.mark.parametrize(("locale", "width", "dark"), [("vi", 360, False), ("en", 1280, True)])


def test_sign_in_by_keyboard_and_out_again(server: Server, new_page: NewPage, axe: Callable[[Page], None], locale: str, width: int, dark: bool) -> None:
    with server.begin() as work:
        make_account(work, password_hash=PASSWORD_HASH, locale=locale)
    page = new_page(locale, width, dark)
    page.goto("/sign-in?next=/account")
    axe(page)
    expect(page.locator("#email")).to_be_focused()
    page.keyboard.type("olga@example.org")
    page.keyboard.press("Tab")
    page.keyboard.type("not her password")
    page.keyboard.press("Enter")
    expect(page.locator("#password-error")).to_have_text(
        {"vi": "Địa chỉ e-mail hoặc mật khẩu không đúng.", "en": "The e-mail address or the password is not right."}[locale]
    )
    axe(page)
    page.locator("#password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text({"vi": "Tài khoản của tôi", "en": "My account"}[locale])
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name={"vi": "Đăng xuất", "en": "Sign out"}[locale]).click()
    expect(page).to_have_url(f"{server.url}/sign-in")
