"""The servers of the browser tests, for tests that reach them by HTTP and mail only."""

from tests.browser.conftest import nursery, start_server

__all__ = ["nursery", "start_server"]
