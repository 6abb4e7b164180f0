"""Every page shown once, so that whatever is made at the first sight of a page is there."""

import threading
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from confsvc.app import create_app
from confsvc.domain.work import System, begin_work
from confsvc.extensions import db
from confsvc.migrating import bring_up_to_date
from confsvc.settings import Settings
from tests.whole_scene import make_scene, pages

SECRET = "a secret for practice only, of 32 characters or more"


def show_every_page() -> None:
    """Show all of them to the organiser of a conference that is there for this only."""
    with TemporaryDirectory() as folder:
        app = create_app(Settings(data_dir=Path(folder), secret_key=SECRET, argon2_memory_kib=32, log_level="ERROR"))
        runtime = app.extensions["confsvc"]
        bring_up_to_date(app)
        with begin_work(
            runtime.open_writing,
            turn=runtime.turn,
            now=datetime.now(UTC),
            new_id=lambda: str(uuid4()),
            secret=runtime.secret,
            actor=System(),
            publish=lambda fact: None,
        ) as work:
            scene = make_scene(work)
        browser = app.test_client()
        with browser.session_transaction() as cookie:
            cookie["_user_id"], cookie["_fresh"] = f"{scene.olga.id}:{scene.olga.session_epoch}", True
        for address, _ in pages(app, scene):
            browser.get(address).close()
        with app.app_context():
            db.engine.dispose()
    # What counts requests tidies up a moment after them; that must not go on in a process forked from this one.
    for thread in threading.enumerate():
        if thread is not threading.current_thread():
            thread.join()
