"""How often the loop comes round while everybody is exported: `python -m tests.long_export FOLDER` prints it,

with the processor time that the longest of these rounds took, that of all of them, and how many rows the workbook has.
"""

from gevent import monkey

monkey.patch_all()

import sys  # noqa: E402  # must come after the patch, as all that follows
import time  # noqa: E402
from io import BytesIO  # noqa: E402
from itertools import pairwise  # noqa: E402
from pathlib import Path  # noqa: E402

import gevent  # noqa: E402
from flask import Flask  # noqa: E402
from openpyxl import load_workbook  # noqa: E402

from confsvc.app import create_app  # noqa: E402
from confsvc.boundary import begin_work  # noqa: E402
from confsvc.domain.work import System  # noqa: E402
from confsvc.web import attendance_export  # noqa: E402
from tests.conftest import make_settings  # noqa: E402
from tests.factories import make_account, make_conference, make_crowd, make_mandate, make_site, make_unit  # noqa: E402

PEOPLE = 3000


def crowded(app: Flask) -> tuple[int, str]:
    """The conference with so many people, and the cookie of who organises it."""
    with app.app_context(), begin_work(System()) as work:
        olga = make_account(work)
        conference = make_conference(work, olga)
        mandate = make_mandate(work, conference, make_site(work, conference), make_unit(work), seats=PEOPLE)
        make_crowd(work, mandate, (f"Nguyễn Văn {number}" for number in range(PEOPLE)))
        return conference.id, f"{olga.id}:{olga.session_epoch}"


def main() -> None:
    app = create_app(make_settings(Path(sys.argv[1])))
    conference_id, signed_in = crowded(app)
    attendance_export.PATIENCE_SECONDS = 600
    browser = app.test_client()
    with browser.session_transaction() as cookie:
        cookie["_user_id"], cookie["_fresh"] = signed_in, True
    browser.get(f"/conferences/{conference_id}/attendance")
    rounds = [time.thread_time()]

    def go_round() -> None:
        while True:
            gevent.sleep(0.0005)
            rounds.append(time.thread_time())

    turning = gevent.spawn(go_round)
    answer = browser.get(f"/conferences/{conference_id}/attendance/export")
    turning.kill()
    held = [after - before for before, after in pairwise(rounds)]
    rows = load_workbook(BytesIO(answer.data), read_only=True).worksheets[0].max_row
    print(len(held), max(held), sum(held), rows)  # noqa: T201  # for whoever has started this


if __name__ == "__main__":
    main()
