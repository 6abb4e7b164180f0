"""PostgreSQL as a cluster needs it: connections that notice soon that the other side is gone, and hold nothing for ever."""

from typing import Any

# Both sides ask a silent line after five seconds, and give it up six seconds later.
KEEPALIVE = {"idle": 5, "interval": 2, "count": 3}
PATIENCE_MILLISECONDS = 10_000
# A process that is cut off in the middle of a transaction holds the rows of a conference for so long, and everybody else's check-ins with them.
IDLE_MILLISECONDS = 5_000
# Whoever waits for such rows in vain answers with an error, which a desk takes as: send it again.
OF_SESSIONS = {
    "tcp_keepalives_idle": KEEPALIVE["idle"],
    "tcp_keepalives_interval": KEEPALIVE["interval"],
    "tcp_keepalives_count": KEEPALIVE["count"],
    "tcp_user_timeout": PATIENCE_MILLISECONDS,
    "idle_in_transaction_session_timeout": IDLE_MILLISECONDS,
    "lock_timeout": PATIENCE_MILLISECONDS,
}
CONNECTIONS = 10
OVERFLOW = 10
POOL_SECONDS = 10


def engine_options(url: str) -> dict[str, Any]:
    """Options of SQLAlchemy for this address; none for anything but PostgreSQL."""
    if not url.startswith("postgresql"):
        return {}
    return {
        # A connection that a restart has ended is replaced before it is used; the question costs far less than a commit.
        "pool_pre_ping": True,
        # The one that came back last is taken first: it has prepared what a check-in asks, and PostgreSQL keeps the plans of each connection apart.
        "pool_use_lifo": True,
        "pool_size": CONNECTIONS,
        "max_overflow": OVERFLOW,
        "pool_timeout": POOL_SECONDS,
        "connect_args": {
            "application_name": "confsvc",
            "connect_timeout": 5,
            **{f"keepalives_{name}": value for name, value in KEEPALIVE.items()},
            "tcp_user_timeout": PATIENCE_MILLISECONDS,
            "options": " ".join(f"-c {name}={value}" for name, value in OF_SESSIONS.items()),
        },
    }
