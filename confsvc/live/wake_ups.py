"""Wake-ups between the processes of a cluster: a bare "look" over Redis. It may be lost; whoever hears none looks every second anyway."""

from typing import Any

import gevent
import structlog
from gevent.event import Event

log = structlog.get_logger()
CHANNEL = "confsvc:look"
# Many commits, one wake-up: nobody looks more often than this.
PAUSE_SECONDS = 0.05
CONNECT_SECONDS = 2
# How long a line may be silent before it is asked whether it still stands.
SILENT_SECONDS = 2
MOST_UNANSWERED = 2
RETRY_SECONDS = 1


class WakeUps:
    """Sends and hears wake-ups for one process, until it is ended; nobody ever waits for Redis."""

    def __init__(self, url: str) -> None:
        self._url = url
        # Set when another process has committed something.
        self.heard = Event()
        # Whether Redis was out of reach since somebody has last set this back.
        self.was_away = False
        self._to_send = Event()
        self._greenlets = [gevent.spawn(self._run, self._send), gevent.spawn(self._run, self._listen)]

    def send(self) -> None:
        """Wake the others, soon."""
        self._to_send.set()

    def end(self) -> None:
        gevent.killall(self._greenlets)

    def _run(self, use: Any) -> None:
        """Use a connection as long as it stands, then the next one."""
        import redis  # noqa: PLC0415  # an extra, needed in a cluster only

        is_away = False
        while True:
            try:
                with redis.Redis.from_url(
                    self._url,
                    socket_connect_timeout=CONNECT_SECONDS,
                    socket_timeout=CONNECT_SECONDS,
                    socket_keepalive=True,
                    retry=None,
                    health_check_interval=SILENT_SECONDS,
                ) as client:
                    client.ping()
                    if is_away:
                        log.info("redis_is_back")
                    is_away = False
                    use(client)
            except (redis.RedisError, OSError) as error:
                if not is_away:
                    log.warning("redis_is_away", error=type(error).__name__)
                is_away = self.was_away = True
                gevent.sleep(RETRY_SECONDS)

    def _send(self, client: Any) -> None:
        while True:
            self._to_send.wait()
            self._to_send.clear()
            client.publish(CHANNEL, b"")
            gevent.sleep(PAUSE_SECONDS)

    def _listen(self, client: Any) -> None:
        import redis  # noqa: PLC0415  # as above

        with client.pubsub(ignore_subscribe_messages=True) as heard:
            heard.subscribe(CHANNEL)
            while True:
                # With a timeout, so that a line that died without a word is asked, by a ping that falls due.
                if heard.get_message(timeout=SILENT_SECONDS):
                    self.heard.set()
                if heard.health_check_response_counter >= MOST_UNANSWERED:
                    # The library asks, and never looks whether it is answered.
                    raise redis.ConnectionError("silent")
