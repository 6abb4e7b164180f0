"""Libraries that others load wherever they are installed, and that no worker uses: each would lie in the memory of every process."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

# What python-socketio needs as a client, and for brokers of its own; `live/wake_ups.py` loads Redis where there is a cluster.
OF_SOCKETIO = ("aio_pika", "aiohttp", "kafka", "kombu", "redis", "requests", "tornado", "valkey", "websocket", "zmq")


@contextmanager
def left_out(*names: str) -> Iterator[None]:
    """Whoever asks for one of these modules meanwhile is told that it is not installed, unless it is loaded already."""
    hidden = [name for name in names if name not in sys.modules]
    # Python's own sign for "there is none" (the import system, "the module cache").
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # typeshed knows modules only
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
