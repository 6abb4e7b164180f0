"""Scanners and fingers that are quicker than a busy machine: the browser is told when each key and each touch came, as a device tells it.

What comes from outside one by one arrives when the machine has time for it, and a page that tells a scanner from a person, or a second tap
from a stray one, by the time in between would be told something else than was meant.
"""

import string
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from playwright.sync_api import CDPSession, Page

KEY_SECONDS = 0.003
TOUCH_SECONDS = 0.01
ENTER = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"}
Place = tuple[float, float]


@contextmanager
def _tools(page: Page) -> Iterator[CDPSession]:
    tools = page.context.new_cdp_session(page)
    yield tools
    tools.detach()


def type_and_enter(page: Page, text: str) -> None:
    """Every letter, then Enter, with nothing in between."""
    moment = time.time()
    with _tools(page) as tools:
        for key in (*map(_key, text), ENTER):
            if "key" in key:
                tools.send("Input.dispatchKeyEvent", {"type": "keyDown", "timestamp": moment, **key})
                tools.send("Input.dispatchKeyEvent", {"type": "keyUp", "timestamp": moment, **{name: key[name] for name in key if name != "text"}})
            else:
                tools.send("Input.insertText", key)
            moment += KEY_SECONDS


def _key(letter: str) -> dict[str, object]:
    """What the keyboard says of a letter; only the letter itself where a keyboard without input methods has no key for it."""
    if letter not in string.printable:
        return {"text": letter}
    code = f"Key{letter.upper()}" if letter.isalpha() else f"Digit{letter}" if letter.isdigit() else ""
    return {"key": letter, "code": code, "windowsVirtualKeyCode": ord(letter.upper()) if code else 0, "text": letter}


def tap(page: Page, place: Place, moments: Iterable[float]) -> None:
    """A finger taps there at these moments."""
    x, y = place
    with _tools(page) as tools:
        for moment in moments:
            tools.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}], "timestamp": moment})
            tools.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": [], "timestamp": moment + TOUCH_SECONDS})


def click(page: Page, place: Place, moments: Iterable[float]) -> None:
    """A mouse clicks there at these moments, as one click of many."""
    with _tools(page) as tools:
        pressed = {"x": place[0], "y": place[1], "button": "left"}
        for count, moment in enumerate(moments, 1):
            tools.send("Input.dispatchMouseEvent", {**pressed, "type": "mouseMoved", "button": "none", "timestamp": moment})
            tools.send("Input.dispatchMouseEvent", {**pressed, "type": "mousePressed", "clickCount": count, "timestamp": moment})
            tools.send("Input.dispatchMouseEvent", {**pressed, "type": "mouseReleased", "clickCount": count, "timestamp": moment + TOUCH_SECONDS})


def in_a_hurry(times: int, seconds: float) -> list[float]:
    """So many moments from now on, so far apart."""
    now = time.time()
    return [now + seconds * n for n in range(times)]
