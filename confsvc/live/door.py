"""What both namespaces do alike: known events only, one readable payload, an ack for everything."""

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

import structlog
from flask import Flask, request
from flask_socketio import Namespace, leave_room, rooms

from confsvc.domain.errors import DomainError, Malformed
from confsvc.live.errors import UnknownEvent, error_ack

log = structlog.get_logger()
Payload = dict[str, Any]


class Door(Namespace):
    """A namespace whose `events` are methods `on_…` that take one object and return what the ack holds besides `ok`."""

    events: ClassVar[frozenset[str]] = frozenset()
    # The errors after which the sender is to hear nothing more.
    final: ClassVar[tuple[type[DomainError], ...]] = ()

    def trigger_event(self, event: Any, *args: Any) -> Any:
        """Send a connect or disconnect of the library's own to its method, everything a client sends to `_answer`."""
        if self._is_own(event, args):
            return super().trigger_event(event, *args)
        return self.socketio._handle_event(partial(self._answer, event), event, self.namespace, *args)  # noqa: SLF001  # what the base class does

    def handler(self, event: str) -> Callable[[Payload], Payload]:
        """What answers an event of `events`."""
        handle: Callable[[Payload], Payload] = getattr(self, f"on_{event}")
        return handle

    def admit(self) -> None:
        """Raise a DomainError where the sender may not send anything now."""

    def forget(self, sid: str) -> None:
        """Count this connection no longer."""

    def _is_own(self, event: Any, args: tuple[Any, ...]) -> bool:
        # A client can send events of these names too: no client can put the application into one, or be gone already.
        if event == "connect":
            return len(args) > 1 and isinstance(args[1], dict) and isinstance(args[1].get("flask.app"), Flask)
        return event == "disconnect" and not self.server.manager.is_connected(args[0], self.namespace)

    def _answer(self, event: Any, *data: Any) -> Payload:
        try:
            self.admit()
            if not isinstance(event, str) or event not in self.events:
                raise UnknownEvent
            if len(data) != 1 or not isinstance(data[0], dict):
                raise Malformed(field="payload")
            return {"ok": True, **self.handler(event)(data[0])}
        except DomainError as error:
            if isinstance(error, self.final):
                # Not disconnected: the ack would be lost on the way.
                self.forget(request.sid)  # type: ignore[attr-defined]  # set by Flask-SocketIO
                for room in rooms():
                    leave_room(room)
            return error_ack(error)
        except Exception:
            log.exception("event_failed", namespace=self.namespace, live_event=event)
            return error_ack()
