"""The whole exchange of invitations once more, with the truth in PostgreSQL."""

from collections.abc import Callable

import pytest
from sqlalchemy import URL

from tests.browser.conftest import Server
from tests.browser.conftest import start_server as start_any_server
from tests.itip.conftest import start_exchange
from tests.itip.exchange import Exchange
from tests.itip.plan import SESSIONS
from tests.itip.test_exchange import tell_the_story

__all__ = ["start_any_server", "start_exchange", "start_server"]


@pytest.fixture
def start_server(start_any_server: Callable[..., Server], postgres_database: URL) -> Callable[..., Server]:
    """As the one of the browser tests, over PostgreSQL."""
    return lambda **settings: start_any_server(**settings, DATABASE_URL=postgres_database.render_as_string(hide_password=False))


def test_invitations_stay_true_over_postgresql(start_exchange: Callable[..., Exchange]) -> None:
    tell_the_story(start_exchange(entry_rule="sessions"), SESSIONS)
