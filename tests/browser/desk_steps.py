"""What the desk's browser tests do and look at again and again."""

from playwright.sync_api import Locator, Page, expect

# Longer than any stray tap comes after the one that was meant.
CALM_MS = 450


def expect_verdict(page: Page, tone: str, *texts: str, unsent: bool = False) -> None:
    """The verdict fills the screen in this tone and says these texts; `unsent`: as the device's own word."""
    verdict = page.locator("#verdict")
    expect(verdict).to_be_visible()
    expect(verdict).to_have_attribute("data-tone", tone)
    expect(verdict).to_have_attribute("data-unsent", "yes" if unsent else "no")
    for text in texts:
        expect(verdict).to_contain_text(text)


def expect_counts(page: Page, **counts: str) -> None:
    for name, value in counts.items():
        expect(page.locator(f"#count-{name}")).to_have_text(value)


def row(page: Page, name: str) -> Locator:
    """The row of this person, wherever it stands in the lists."""
    return page.locator("#roster-lists li.person").filter(has=page.locator(".person-name", has_text=name))


def press(page: Page, name: str) -> None:
    row(page, name).locator(".person-go").click()


def ask_more(page: Page, name: str) -> None:
    row(page, name).locator(".person-more").click()


def show_all(page: Page) -> None:
    page.locator("#filters").get_by_label("Tất cả").check(force=True)


def free_screen(page: Page) -> None:
    page.keyboard.press("Escape")
    expect(page.locator("#verdict")).to_be_hidden()


def tones(page: Page) -> list[str]:
    """What the list of what was done says, the latest first."""
    found: list[str] = page.locator(".recent-row").evaluate_all("rows => rows.map(row => row.dataset.tone + (row.dataset.unsent === 'yes' ? '?' : ''))")
    return found
