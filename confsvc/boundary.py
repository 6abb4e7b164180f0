"""Where Flask meets the domain: `begin_work()` and `begin_reading()` with the actor, the clock and the publisher of here."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, cast
from uuid import uuid4

import structlog
from flask import Flask, current_app, has_request_context
from flask_login import current_user
from gevent.event import Event
from sqlalchemy.orm import Session

from confsvc.domain import work as units
from confsvc.domain.facts import Fact, MailPut
from confsvc.domain.facts_kept import keep_facts
from confsvc.domain.work import AccountActor, Actor, Anonymous, Work
from confsvc.settings import Settings

if TYPE_CHECKING:
    from confsvc.database import WriterTurn

log = structlog.get_logger()


@dataclass(frozen=True)
class Runtime:
    """What every unit of work of one application shares."""

    settings: Settings
    secret: str
    open_reading: Callable[[], Session]
    open_writing: Callable[[], Session]
    turn: "WriterTurn"
    publish: Callable[[Fact], None]
    # Set when messages were put into the outbox.
    mail_put: Event = field(default_factory=Event)
    # Set when the server is about to stop: no new work is to be sent here.
    stopping: Event = field(default_factory=Event)
    connected_desks: Callable[[], frozenset[int]] = frozenset
    # Whether the database that is shared with others has not answered for a while.
    is_cut_off: Callable[[], bool] = lambda: False
    # The name of this process among those of a cluster; empty where it is alone.
    origin: str = ""
    # Called with what was committed here and told to the clients of this process, for those of others.
    committed: Callable[[Fact], None] = lambda fact: None
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    new_id: Callable[[], str] = lambda: str(uuid4())


def install_runtime(app: Flask, runtime: Runtime) -> None:
    app.extensions["confsvc"] = runtime


def runtime() -> Runtime:
    return runtime_of(current_app)


def runtime_of(app: Flask) -> Runtime:
    """The same where there is no application context."""
    return cast("Runtime", app.extensions["confsvc"])


def current_actor() -> Actor:
    """The signed-in account of the request, else nobody."""
    if has_request_context() and current_user.is_authenticated:
        return AccountActor(current_user.id)
    return Anonymous()


@contextmanager
def begin_work(actor: Actor | None = None) -> Iterator[Work]:
    """A unit of work for `actor`, by default whoever is signed in."""
    here = runtime()
    with units.begin_work(
        here.open_writing,
        turn=here.turn,
        now=here.clock(),
        new_id=here.new_id,
        secret=here.secret,
        actor=actor or current_actor(),
        publish=_tell,
        seal=partial(keep_facts, origin=here.origin) if here.origin else None,
    ) as work:
        yield work


@contextmanager
def begin_reading(actor: Actor | None = None) -> Iterator[Work]:
    """A reading unit for `actor`, by default whoever is signed in; rows stay usable after it, relations must be loaded in it."""
    here = runtime()
    with units.begin_reading(here.open_reading, now=here.clock(), new_id=here.new_id, secret=here.secret, actor=actor or current_actor()) as work:
        yield work


def _tell(fact: Fact) -> None:
    hear(fact)
    try:
        runtime().committed(fact)
    except Exception:
        log.exception("others_not_woken", fact=repr(fact))


def hear(fact: Fact) -> bool:
    """Tell those of this process whom the fact concerns; nobody else is told of it. Whether nothing went wrong."""
    try:
        if isinstance(fact, MailPut):
            runtime().mail_put.set()
        else:
            runtime().publish(fact)
    except Exception:
        # The fact is committed: a listener that fails is logged and cannot undo it.
        log.exception("publish_failed", fact=repr(fact))
        return False
    return True
