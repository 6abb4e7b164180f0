"""Every page there is, in both languages, light and dark, wide and narrow: nothing that axe finds, nothing that sticks out, no error of a script."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from confsvc.app import create_app
from confsvc.schemas.desk_cookie import DESK_COOKIE
from tests.browser.conftest import PASSWORD_HASH, NewPage, Server, looks
from tests.conftest import make_settings
from tests.whole_scene import DESK_TOKEN, make_scene, pages


@pytest.mark.parametrize("who", ["organiser", "link"])
@pytest.mark.parametrize(("locale", "kinds"), [("vi", [(360, False), (1280, True)]), ("en", [(1280, False), (360, True)])])
def test_every_page_is_accessible_and_fits(
    server: Server,
    new_page: NewPage,
    sign_in: Callable[[Page, str], None],
    axe: Callable[[Page], None],
    locale: str,
    kinds: list[tuple[int, bool]],
    who: str,
) -> None:
    with server.begin() as work:
        scene = make_scene(work, password_hash=PASSWORD_HASH, locale=locale)
    app = create_app(make_settings(server.data_dir))
    page = new_page(locale)
    if who == "organiser":
        sign_in(page, scene.olga.email)
    else:
        page.context.add_cookies([{"name": DESK_COOKIE, "value": DESK_TOKEN, "url": server.url}])
    # A letter is in the language of its reader.
    shown = [(address, rule) for address, rule in pages(app, scene) if rule.endpoint not in ("letters.page", "mail.page")]
    addresses = [address for address, rule in shown if ("conference_id" in rule.arguments or "unit" in rule.rule) is (who == "organiser")]
    with app.app_context():
        app.extensions["sqlalchemy"].engine.dispose()
    seen, wrong = 0, []
    for address in addresses:
        answer = page.request.get(address, max_redirects=0)
        assert answer.status < 500, address
        # Neither downloads and redirects nor the fragments that a page fetches into itself.
        if 300 <= answer.status < 400 or not answer.body().lstrip().startswith(b"<!doctype html>"):
            continue
        page.goto(address)
        try:
            for width in looks(page, *kinds):
                axe(page)
                assert page.evaluate("document.documentElement.scrollWidth") == width, address
            assert page.evaluate("[document.documentElement.lang, document.querySelectorAll('h1').length]") == [locale, 1], address
        except AssertionError as error:
            wrong.append(str(error))
        seen += 1
    assert wrong == []
    assert seen >= {"organiser": 25, "link": 6}[who]
