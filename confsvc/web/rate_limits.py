"""How often one address may ask and one account may be tried."""

from flask import Response, request
from limits import parse_many
from werkzeug.exceptions import TooManyRequests

from confsvc.boundary import runtime
from confsvc.extensions import limiter


def link_limit() -> str:
    """What one address may ask of links that carry a token: they cannot be tried out."""
    return runtime().settings.link_limit


def is_unknown(response: Response) -> bool:
    """Whether a link opened nothing: only such are counted, since hundreds of delegates may share one address."""
    return response.status_code == 404


def asked_link() -> str:
    """The token of the link that is asked for, as it is stored."""
    return str((request.view_args or {}).get("token", "")).strip().lower()


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
