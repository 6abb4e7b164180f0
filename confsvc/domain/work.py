"""One unit of work: what a command is given, committed as a whole or not at all, its facts told afterwards."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from confsvc.domain.facts import Fact

# For an update or delete by statement, of rows that this unit has not loaded.
UNSYNCED = {"synchronize_session": False}
# For a statement that looks through everybody of a conference: whoever stands at a desk must not wait for it.
LONG = {"confsvc_long": True}


@dataclass(frozen=True, slots=True)
class Anonymous:
    """Somebody without an account, a desk or a link."""


@dataclass(frozen=True, slots=True)
class System:
    """The command line of the server itself: may do everything."""


@dataclass(frozen=True, slots=True)
class AccountActor:
    """A signed-in organiser."""

    account_id: int


@dataclass(frozen=True, slots=True)
class DeskActor:
    """A paired device; its right is looked up anew for every command."""

    desk_id: int


@dataclass(frozen=True, slots=True)
class DelegateActor:
    """The bearer of a delegate's personal link."""

    delegate_id: int


@dataclass(frozen=True, slots=True)
class LiaisonActor:
    """The bearer of the link by which a unit names its delegates; the right is looked up anew for every command."""

    mandate_id: int


Actor = Anonymous | System | AccountActor | DeskActor | DelegateActor | LiaisonActor


@dataclass(frozen=True, slots=True)
class Work:
    """`now` is read once per unit; `secret` derives tokens; `facts` are published after the commit, in order."""

    session: Session
    now: datetime
    new_id: Callable[[], str]
    secret: str
    actor: Actor
    facts: list[Fact] = field(default_factory=list)
    _connection: list[Connection] = field(default_factory=list, init=False, repr=False, compare=False)

    @property
    def rows(self) -> Connection:
        """For statements that load no objects, at a fraction of the session's cost; what is pending in the session is written first."""
        self.session.flush()
        if not self._connection:
            self._connection.append(self.session.connection())
        return self._connection[0]

    def tell(self, fact: Fact) -> None:
        """Have `fact` published once this unit is committed; the same fact twice is told once."""
        if fact not in self.facts:
            self.facts.append(fact)


@contextmanager
def begin_work(
    open_session: Callable[[], Session],
    *,
    turn: AbstractContextManager[object],
    now: datetime,
    new_id: Callable[[], str],
    secret: str,
    actor: Actor,
    publish: Callable[[Fact], None],
    seal: Callable[[Work], None] | None = None,
) -> Iterator[Work]:
    """Hold `turn`, run the block, commit, give the turn back, publish; on any exception roll back and publish nothing.

    `seal` does what comes last in the transaction.
    """
    with turn, open_session() as session:
        work = Work(session, now, new_id, secret, actor)
        yield work
        if seal:
            seal(work)
        session.commit()
    for fact in work.facts:
        publish(fact)


@contextmanager
def begin_reading(open_session: Callable[[], Session], *, now: datetime, new_id: Callable[[], str], secret: str, actor: Actor) -> Iterator[Work]:
    """A unit that sees one consistent state and never writes: whatever it changed is rolled back."""
    with open_session() as session:
        yield Work(session, now, new_id, secret, actor)
