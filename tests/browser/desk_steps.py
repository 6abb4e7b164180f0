"""What the desk's browser tests do and look at again and again."""

from playwright.sync_api import FloatRect, Locator, Page, TimeoutError, expect

# Longer than any stray tap comes after the one that was meant.
CALM_MS = 450
# Where the verdict is, as soon as it is what it should be. Asked from outside piece by piece it may have left again by itself meanwhile.
VERDICT = """([tone, unsent, texts]) => {
    const verdict = document.querySelector("#verdict");
    const said = verdict.textContent.replace(/\\s+/g, " ");
    const isIt = verdict.checkVisibility() && verdict.dataset.tone === tone && verdict.dataset.unsent === unsent && texts.every((text) => said.includes(text));
    return isIt && verdict.getBoundingClientRect().toJSON();
}"""
# Whether there is no verdict any more as the next key is pressed.
NOTE_KEY = """() => window.addEventListener("keydown", () => { window.hadLeft = document.querySelector("#verdict").hidden; }, { capture: true, once: true })"""


def expect_verdict(page: Page, tone: str, *texts: str, unsent: bool = False) -> FloatRect:
    """The verdict covers this part of the screen in this tone and says these texts; `unsent`: as the device's own word."""
    try:
        covered: FloatRect = page.wait_for_function(VERDICT, arg=[tone, "yes" if unsent else "no", texts]).json_value()
    except TimeoutError:
        raise AssertionError(page.locator("#verdict").evaluate("verdict => verdict.outerHTML")) from None
    return covered


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
    """Send the verdict away; where it had left by itself, wait until a tap is no longer taken as one that was meant for it."""
    page.evaluate(NOTE_KEY)
    page.keyboard.press("Escape")
    expect(page.locator("#verdict")).to_be_hidden()
    if page.evaluate("window.hadLeft"):
        page.wait_for_timeout(CALM_MS)


def expect_tones(page: Page, *tones: str) -> None:
    """What the list of what was done says, the latest first; with a question mark as the device's own word."""
    expect(page.locator(".recent-row")).to_have_count(len(tones))
    for place, tone in enumerate(tones):
        done = page.locator(".recent-row").nth(place)
        expect(done).to_have_attribute("data-tone", tone.removesuffix("?"))
        expect(done).to_have_attribute("data-unsent", "yes" if tone.endswith("?") else "no")
