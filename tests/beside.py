"""Units of work beside a server that runs: of the tests' own process, at the true time, and told to nobody."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy.orm import Session

from confsvc.database import WriterTurn
from confsvc.domain.work import Actor, System, Work, begin_work
from tests.conftest import SECRET

BeginNow = Callable[..., AbstractContextManager[Work]]


def beside(open_writing: Callable[[], Session], seal: Callable[[Work], None] | None = None) -> BeginNow:
    """`begin(actor)`: a unit of work in the server's database, as the server itself where nobody is named; `seal` comes last in each."""

    def begin(actor: Actor | None = None) -> AbstractContextManager[Work]:
        return begin_work(
            open_writing,
            turn=WriterTurn(),
            now=datetime.now(UTC),
            new_id=lambda: str(uuid4()),
            secret=SECRET,
            actor=actor or System(),
            publish=lambda fact: None,
            seal=seal,
        )

    return begin
