"""The loop that serves every socket, and what must not hold it up."""

from collections.abc import Callable
from typing import TypeVar, cast

from gevent import get_hub, monkey
from gevent.threadpool import ThreadPool

T = TypeVar("T")


def off_the_loop(call: Callable[[], T], pool: ThreadPool | None = None) -> T:
    """Run a long computation in an OS thread, of `pool` or of the loop's own, so that sockets go on being served meanwhile."""
    if not monkey.is_module_patched("threading") or not get_hub().main_hub:
        return call()
    # An error is carried over as a value: gevent prints what is raised in its threads.
    # An idle pool is falsy: it is as long as what it has to do.
    result, error = (get_hub().threadpool if pool is None else pool).apply(_attempt, (call,))
    if error:
        raise error
    return cast("T", result)


def _attempt(call: Callable[[], T]) -> tuple[T | None, BaseException | None]:
    try:
        return call(), None
    except BaseException as error:  # noqa: BLE001 - raised again by the caller
        return None, error
