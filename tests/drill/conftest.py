"""A real server on a free port, and the wire to it."""

import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from confsvc.domain.passes import pass_token, valid_pass
from confsvc.drill.desks import Desk
from confsvc.drill.wire import Wire
from confsvc.models import Conference
from tests.factories import make_account, make_conference, make_crowd, make_desk, make_mandate, make_site
from tests.live.conftest import WAIT_SECONDS, Service, served, serving
from tests.nursery import Nursery


class Hall:
    """A conference that is open now, with one site, a paired desk there, and people."""

    def __init__(self, service: Service, people: int = 8) -> None:
        now = datetime.now(UTC)
        self.service = service
        self.cookie = f"cookie of the desk at {now.isoformat()}".replace(" ", "-")
        with service.begin() as work:
            account = make_account(work, f"olga-{uuid4().hex[:8]}")
            self.conference: Conference = make_conference(
                work, account, state="in_progress", started_at=now, starts_at=now - timedelta(minutes=5), ends_at=now + timedelta(hours=3)
            )
            site = make_site(work, self.conference)
            mandate = make_mandate(work, self.conference, site, seats=people)
            delegates = make_crowd(work, mandate, [f"Đại biểu {n}" for n in range(people)])
            self.delegate_ids = [delegate.id for delegate in delegates]
            self.codes = [pass_token(work, valid_pass(work, delegate.id)) for delegate in delegates]
            make_desk(work, site, token=self.cookie)


@pytest.fixture(scope="session")
def server_address(nursery: Nursery, tmp_path_factory: pytest.TempPathFactory, migrated_database: Path) -> Iterator[tuple[str, Path]]:
    with serving(nursery, tmp_path_factory.mktemp("server"), migrated_database, DESK_EVENTS_PER_SECOND="2000") as address:
        yield address


@pytest.fixture
def service(server_address: tuple[str, Path]) -> Iterator[Service]:
    with served(*server_address) as service:
        yield service


@pytest.fixture
def hall(service: Service) -> Hall:
    return Hall(service)


@pytest.fixture
def wire(service: Service) -> Iterator[Wire]:
    with closing(Wire(service.url)) as wire:
        yield wire


@pytest.fixture
def at_desk(wire: Wire, hall: Hall) -> Callable[..., Desk]:
    """`at_desk(closed=…)`: a desk of the hall whose line is open."""

    def come(**told: Callable[[Desk], None]) -> Desk:
        desk = Desk(wire, hall.cookie, **told)
        desk.open()
        assert wire.run_until(lambda: desk.is_open, WAIT_SECONDS), desk.why
        return desk

    return come


@pytest.fixture
def unused_port() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port
