"""A server that keeps for a second what it makes: `python -m tests.short_keeping FOLDER` prints, as JSON, the files among the temporary ones

when it is ready, when it has made one for somebody, and when it has stopped, after that one has gone without anybody's asking.
"""

from gevent import monkey

monkey.patch_all()

import json  # noqa: E402  # must come after the patch, as all that follows
import os  # noqa: E402
import signal  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
from collections.abc import Iterable, Iterator  # noqa: E402
from contextlib import contextmanager  # noqa: E402
from datetime import UTC, datetime, timedelta  # noqa: E402
from pathlib import Path  # noqa: E402

import gevent  # noqa: E402
from flask import Flask  # noqa: E402

from confsvc.app import create_app  # noqa: E402
from confsvc.schemas.attendance_workbook import Sheet, Writing  # noqa: E402
from confsvc.server import serve  # noqa: E402
from confsvc.web import paper_runs  # noqa: E402
from tests.conftest import make_settings  # noqa: E402

LOOK_SECONDS = 0.02


def files() -> list[str]:
    return sorted(path.suffix for path in Path(tempfile.gettempdir()).rglob("*") if path.is_file())


@contextmanager
def source() -> Iterator[Iterable[Sheet]]:
    yield [Sheet("A", "T", ["n"], [6], [])]


def make_and_wait(app: Flask, found: list[list[str]]) -> None:
    """Have a file made, wait until it has gone, and stop the server."""
    try:
        with app.app_context():
            run = paper_runs.paper_runs().start("one", paper_runs.Order(1, 1, "T", 1, iter([(source, 1)]), Writing(), "xlsx"), datetime.now(UTC))
        run.over.wait()
        found.append(files())
        while run.file and run.file.exists():
            gevent.sleep(LOOK_SECONDS)
    finally:
        os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    app = create_app(make_settings(Path(sys.argv[1])))
    paper_runs.KEPT, paper_runs.LOOK_SECONDS = timedelta(seconds=1), LOOK_SECONDS
    found: list[list[str]] = []

    def ready(_address: str) -> None:
        found.append(files())
        gevent.spawn(make_and_wait, app, found)

    serve(app, "127.0.0.1", 0, ready, jobs=False)
    print(json.dumps([*found, files()]))  # noqa: T201  # for whoever has started this


if __name__ == "__main__":
    main()
