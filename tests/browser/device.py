"""A browser with a profile of its own, as a phone has: it can be closed well or killed, and started again."""

import os
import signal
from pathlib import Path

from playwright.sync_api import BrowserContext, Error, Page, Playwright

from tests.browser.conftest import CHROMIUM_FLAGS, PATIENCE_MS, chromium


class Device:
    """`wrong` collects uncaught errors of scripts and whatever the Content-Security-Policy refused."""

    def __init__(self, driver: Playwright, profile: Path, address: str) -> None:
        self._driver, self._profile, self._address = driver, profile, address
        self._context: BrowserContext | None = None
        self.wrong: list[str] = []

    def start(self) -> Page:
        self._context = self._driver.chromium.launch_persistent_context(
            self._profile, executable_path=chromium(), args=CHROMIUM_FLAGS, base_url=self._address, locale="vi-VN", reduced_motion="reduce"
        )
        page = self._context.pages[0]
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("console", lambda message: self.wrong.append(message.text) if "Content Security Policy" in message.text else None)
        return page

    def close(self) -> None:
        context, self._context = self._context, None
        if context:
            context.close()

    def kill(self) -> None:
        """End the browser's process: nothing is written any more."""
        os.kill(self._process(), signal.SIGKILL)
        try:
            self.close()
        except Error:
            # It is gone already.
            self._context = None
        for name in ("SingletonLock", "SingletonSocket", "SingletonCookie"):
            (self._profile / name).unlink(missing_ok=True)

    def _process(self) -> int:
        """The process of this profile that is no helper of another one."""
        for entry in Path("/proc").iterdir():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0") if entry.name.isdigit() else []
            except OSError:
                continue
            if f"--user-data-dir={self._profile}".encode() in words and not any(word.startswith(b"--type=") for word in words):
                return int(entry.name)
        raise AssertionError("the browser is not running")
