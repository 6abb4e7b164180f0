"""What other processes have told, told on here."""

from dataclasses import replace
from pathlib import Path

import gevent
from flask import Flask

from confsvc.app import create_app
from confsvc.domain.facts import Fact, RosterChanged
from confsvc.domain.facts_kept import keep_facts
from confsvc.extensions import socketio
from confsvc.live.catching_up import CatchingUp
from confsvc.live.presence import Presence
from tests.conftest import BeginWork, make_settings


class Listener:
    """Fails the first time, as one whose reading failed; `app` is a process of a cluster that tells it everything."""

    def __init__(self, folder: Path) -> None:
        self.heard: list[Fact] = []
        self.fails = 1
        self.app: Flask = create_app(make_settings(folder))
        here = self.app.extensions["confsvc"]
        self.app.extensions["confsvc"] = replace(here, publish=self._hear, origin="here")

    def _hear(self, fact: Fact) -> None:
        if self.fails:
            self.fails -= 1
            raise OSError("the database is away for a moment")
        self.heard.append(fact)


def test_a_fact_that_could_not_be_told_is_told_once_more(data_dir: Path, begin: BeginWork) -> None:
    listener = Listener(data_dir)
    live = listener.app.extensions["confsvc_live"]
    others = CatchingUp(listener.app, Presence(), live.frames)
    gevent.killall(others._greenlets)  # the looks are the test's own
    with begin() as work:
        work.facts[:] = [RosterChanged(1), RosterChanged(2)]
        keep_facts(work, "elsewhere")
        work.facts.clear()
    with listener.app.app_context():
        others.look()
        assert listener.heard == [RosterChanged(2)]
        others.look()
        others.look()
        assert listener.heard == [RosterChanged(2), RosterChanged(1)]
    others.end()
    socketio.server.shutdown()
