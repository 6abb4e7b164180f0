"""How often the loop comes round while SQLite works: `python -m tests.long_reading FILE` prints it for a plain statement, a LONG one and a writer's LONG one,

and how many threads a pool has by which something was done off the loop.
"""

from gevent import monkey

monkey.patch_all()

import sys  # noqa: E402  # must come after the patch, as all that follows

import gevent  # noqa: E402
from gevent.threadpool import ThreadPool  # noqa: E402
from sqlalchemy import create_engine, text  # noqa: E402
from sqlalchemy.orm import Session, sessionmaker  # noqa: E402

from confsvc.database import prepare_engine, session_makers  # noqa: E402
from confsvc.domain.work import LONG  # noqa: E402
from confsvc.loop import off_the_loop  # noqa: E402

COUNT = 2_000_000
STATEMENT = text("WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :count) SELECT count(*) FROM numbers")


def rounds(open_session: sessionmaker[Session], options: dict[str, bool]) -> int:
    """How often another green thread had its turn until the answer was there."""
    came_round = 0

    def go_round() -> None:
        nonlocal came_round
        while True:
            gevent.sleep(0.001)
            came_round += 1

    with open_session() as session:
        session.connection()
        turning = gevent.spawn(go_round)
        gevent.sleep(0.01)
        came_round = 0
        if session.scalar(STATEMENT, {"count": COUNT}, execution_options=options) != COUNT:
            raise RuntimeError("counted wrongly")
        found = came_round
        turning.kill()
    return found


def main() -> None:
    engine = create_engine(f"sqlite:///{sys.argv[1]}")
    prepare_engine(engine)
    read, write = session_makers(engine)
    own = ThreadPool(1)
    off_the_loop(lambda: None, own)
    print(rounds(read, {}), rounds(read, LONG), rounds(write, LONG), own.size)  # noqa: T201  # for whoever has started this


if __name__ == "__main__":
    main()
