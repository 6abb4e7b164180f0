"""The loop that serves every socket, and what must not hold it up."""

from collections.abc import Callable
from typing import TypeVar, cast

from gevent import get_hub, monkey

T = TypeVar("T")


def off_the_loop(call: Callable[[], T]) -> T:
    """Run a long computation in an OS thread, so that sockets go on being served meanwhile."""
    if not monkey.is_module_patched("threading"):
        return call()
    # An error is carried over as a value: gevent prints what is raised in its threads.
    result, error = get_hub().threadpool.apply(_attempt, (call,))
    if error:
        raise error
    return cast("T", result)


def _attempt(call: Callable[[], T]) -> tuple[T | None, BaseException | None]:
    try:
        return call(), None
    except BaseException as error:  # noqa: BLE001 - raised again by the caller
        return None, error
