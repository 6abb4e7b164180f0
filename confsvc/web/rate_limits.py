"""How often one address may ask and one account may be tried."""

from limits import parse_many
from werkzeug.exceptions import TooManyRequests

from confsvc.boundary import runtime
from confsvc.extensions import limiter


def link_limit() -> str:
    """What one address may ask of links that carry a token: they cannot be tried out."""
    return runtime().settings.link_limit


def take_attempt(*keys: str) -> None:
    """Count an attempt to guess a password against every key; raises TooManyRequests, counting nothing, where one has none left.

    Called before the password is checked: attempts made at the same moment are checked at the same moment.
    """
    if not _count(keys, 1):
        _count(keys, -1)
        raise TooManyRequests


def give_back_attempt(*keys: str) -> None:
    """Undo `take_attempt` for a password that was right."""
    _count(keys, -1)


def _count(keys: tuple[str, ...], cost: int) -> bool:
    """Whether every key is within every limit, `cost` counted in all of them."""
    limits = parse_many(runtime().settings.sign_in_limit)
    within = [limiter.limiter.hit(limit, "password", key, cost=cost) for limit in limits for key in keys]
    return all(within)
