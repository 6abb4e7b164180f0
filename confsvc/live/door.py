"""What both namespaces do alike: known events only, one readable payload, an ack for everything."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, ClassVar

import structlog
from flask import Flask
from flask_socketio import ConnectionRefusedError, Namespace, leave_room, rooms

from confsvc.domain.errors import DomainError, Malformed
from confsvc.live.errors import FAILED, UnknownEvent, error_ack

log = structlog.get_logger()
Payload = dict[str, Any]
# What WSGI knows of the request that opened a connection.
Environ = Mapping[str, Any]


class Door(Namespace):
    """A namespace whose `events` are methods `on_…` that take the sender's sid and one object, and return what the ack holds besides `ok`.

    Those of them that are `hot`, and `connect` if it is, run without a request context, which would cost more than most of
    them do: they know their sender by the sid alone. Hot events run in no context at all; what needs one enters it.
    """

    events: ClassVar[frozenset[str]] = frozenset()
    hot: ClassVar[frozenset[str]] = frozenset()
    # The errors after which the sender is to hear nothing more.
    final: ClassVar[tuple[type[DomainError], ...]] = ()

    def trigger_event(self, event: Any, *args: Any) -> Any:
        """Send a connect or disconnect of the library's own to its method, everything a client sends to `_answer`."""
        if self._is_own(event, args):
            return self._open(*args) if event == "connect" else self.forget(args[0])
        if isinstance(event, str) and event in self.hot:
            return self._answer_hot(event, *args)
        return self._in_request(partial(self._answer, event, args[0]), event, *args)

    def handler(self, event: str) -> Callable[[str, Payload], Payload]:
        """What answers an event of `events`."""
        handle: Callable[[str, Payload], Payload] = getattr(self, f"on_{event}")
        return handle

    def let_in(self, sid: str, environ: Environ, auth: object) -> None:
        """Let a connection in; raises a DomainError where it may not come in."""
        raise NotImplementedError

    def admit(self, sid: str) -> None:
        """Raise a DomainError where the sender may not send anything now."""

    def forget(self, sid: str) -> None:
        """Count this connection no longer: it has ended, or will hear nothing more. In no context: thousands may end in one moment."""

    def _is_own(self, event: Any, args: tuple[Any, ...]) -> bool:
        # A client can send events of these names too: no client can put the application into one, or be gone already.
        if event == "connect":
            return len(args) > 1 and isinstance(args[1], dict) and isinstance(args[1].get("flask.app"), Flask)
        return event == "disconnect" and not self.server.manager.is_connected(args[0], self.namespace)

    def _open(self, sid: str, environ: Environ, auth: object = None) -> None:
        let_in = partial(self.let_in, sid, environ)
        try:
            if "connect" in self.hot:
                with _context(environ):
                    let_in(auth)
            else:
                self._in_request(let_in, "connect", sid, environ, auth)
        except DomainError as error:
            raise ConnectionRefusedError(error.code) from error
        except Exception as error:
            # The library would give no answer, for which a client waits for ever; refused, it comes again.
            log.exception("event_failed", namespace=self.namespace, live_event="connect")
            raise ConnectionRefusedError(FAILED) from error
        if self.server.manager.eio_sid_from_sid(sid, self.namespace) not in self.server.environ:
            # The line has ended meanwhile, which the library tells nobody of who is not let in yet.
            self.forget(sid)
            raise ConnectionRefusedError(FAILED)

    def _in_request(self, handle: Callable[..., Any], event: str, sid: str, *data: Any) -> Any:
        return self.socketio._handle_event(handle, event, self.namespace, sid, *data)  # noqa: SLF001  # what the base class does

    def _answer_hot(self, event: str, sid: str, *data: Any) -> Payload:
        try:
            return {"ok": True, **self._carry_out(event, sid, data)}
        except Exception as error:  # noqa: BLE001  # told in the sender's language, which the request knows, and logged there
            refused = partial(self._refuse, event, sid, error)
        answer: Payload = self._in_request(refused, event, sid)
        return answer

    def _answer(self, event: Any, sid: str, *data: Any) -> Payload:
        try:
            return {"ok": True, **self._carry_out(event, sid, data)}
        except Exception as error:  # noqa: BLE001  # logged there
            return self._refuse(event, sid, error)

    def _carry_out(self, event: Any, sid: str, data: tuple[Any, ...]) -> Payload:
        self.admit(sid)
        if not isinstance(event, str) or event not in self.events:
            raise UnknownEvent
        if len(data) != 1 or not isinstance(data[0], dict):
            raise Malformed(field="payload")
        return self.handler(event)(sid, data[0])

    def _refuse(self, event: Any, sid: str, error: Exception) -> Payload:
        if not isinstance(error, DomainError):
            log.error("event_failed", namespace=self.namespace, live_event=event, exc_info=error)
            return error_ack()
        if isinstance(error, self.final):
            # Not disconnected: the ack would be lost on the way.
            self.forget(sid)
            for room in rooms():
                leave_room(room)
        return error_ack(error)


def _context(environ: Environ) -> AbstractContextManager[object]:
    app: Flask = environ["flask.app"]
    return app.app_context()
