"""The servers of the browser tests, for tests that reach them by HTTP and mail only."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import Server, start_server
from tests.itip.exchange import MAIL_FROM, Exchange
from tests.itip.other_readers import all_by_ical_js, by_client, by_vobject
from tests.itip.plan import plan
from tests.itip.post_office import make_maildir, open_office

__all__ = ["start_exchange", "start_server"]


@pytest.fixture
def start_exchange(start_server: Callable[..., Server], tmp_path: Path) -> Iterator[Callable[..., Exchange]]:
    """`start_exchange(settle_seconds=0, **columns)`: a server, a post office and a published conference with these columns; nobody is invited yet.

    After the test every calendar that was mailed is read by two more parsers, which read the same.
    """
    started: list[Exchange] = []
    with ExitStack() as closing:

        def start(*, settle_seconds: int = 0, **columns: Any) -> Exchange:
            office = closing.enter_context(open_office())
            maildir = make_maildir(tmp_path / "answers")
            smtp = {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(office.port), "SMTP_SECURITY": "none", "MAIL_FROM": MAIL_FROM, "MAIL_PER_MINUTE": "0"}
            server = start_server(**smtp, INBOX_DIR=str(maildir), INBOX_SECONDS="1", CALENDAR_SETTLE_SECONDS=str(settle_seconds))
            started.append(Exchange(server, office, maildir, plan(server, **columns)))
            return started[-1]

        yield start
    calendars = [mail.calendar for exchange in started for mail in exchange.mails if mail.calendar is not None]
    mine = [by_client(data) for data in calendars]
    assert [by_vobject(data) for data in calendars] == mine
    assert all_by_ical_js(calendars) == mine
