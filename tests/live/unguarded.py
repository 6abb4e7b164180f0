"""The server without what keeps its writers apart, to show what that is for: `python -m tests.live.unguarded serve …`.

Desks write each for itself, writers do not queue in the process, the file is not locked for writing as a unit begins, the conference's row is not locked, and
every unit hands over to the others between reading and writing, as those of other processes do by themselves.
"""

from gevent import monkey

monkey.patch_all()

from collections.abc import Callable  # noqa: E402  # must come after the patch, as all that follows
from contextlib import nullcontext  # noqa: E402
from typing import Any  # noqa: E402

from gevent import sleep  # noqa: E402
from sqlalchemy import Connection, select  # noqa: E402

from confsvc import database  # noqa: E402
from confsvc.domain import attendance_log  # noqa: E402
from confsvc.domain.attendance_log import Opening  # noqa: E402
from confsvc.domain.work import System, Work  # noqa: E402
from confsvc.models import Conference  # noqa: E402

PAUSE_SECONDS = 0.2


def look(work: Work, conference_id: int) -> Opening:
    """What `take_turn` reads, without taking a turn."""
    columns = [getattr(Conference, "id" if field == "conference_id" else field) for field in Opening.__dataclass_fields__]
    opening = Opening(*work.session.execute(select(*columns).where(Conference.id == conference_id)).one())
    sleep(PAUSE_SECONDS)
    return opening


def unlocked() -> Callable[[Connection], object]:
    """Begins writing as reading begins."""
    return lambda connection: connection.exec_driver_sql("BEGIN")


def main() -> None:
    database.WriterTurn = nullcontext  # type: ignore[assignment,misc]  # no turn at all
    database._LockOfTheFile = unlocked  # type: ignore[assignment,misc]  # what makes one, as the class does
    attendance_log.take_turn = look
    # The application binds what was replaced as it is imported.
    from confsvc.boundary import begin_work  # noqa: PLC0415
    from confsvc.cli import cli  # noqa: PLC0415
    from confsvc.domain.check_in import carry_out_together  # noqa: PLC0415
    from confsvc.live import group_commit  # noqa: PLC0415

    def carry_out_alone(group: Any, conference_id: int, *told: Any) -> object:
        with group._app.app_context(), begin_work(System()) as work:
            return carry_out_together(work, conference_id, [told])[0]

    group_commit.GroupCommit.carry_out = carry_out_alone  # type: ignore[assignment,method-assign]  # nobody waits for anybody
    cli()


if __name__ == "__main__":
    main()
