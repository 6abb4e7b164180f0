"""The page of a file being made: followed, stopped, fetched; the same for papers and workbooks."""

from flask import Blueprint, Response, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue

from confsvc.boundary import begin_reading
from confsvc.domain.access import organised_conference
from confsvc.models import Conference
from confsvc.web.downloads import XLSX, attach
from confsvc.web.paper_runs import MOST_OF_ONE_ACCOUNT, Run, paper_runs
from confsvc.web.template_tools import wall

KINDS = {"xlsx": XLSX, "pdf": "application/pdf", "zip": "application/zip"}


def attach_runs(pages: Blueprint, template: str) -> None:
    """Let the runs that these pages begin be followed below `runs/<key>`, by `template`."""

    def show(conference_id: int, key: str) -> ResponseReturnValue:
        conference, run = _run(conference_id, key)
        return render_template(template, conference=conference, run=run, most=MOST_OF_ONE_ACCOUNT, since=wall(run.began_at, conference))

    def state(conference_id: int, key: str) -> ResponseReturnValue:
        """How far it is, for the page that follows it."""
        _conference, run = _run(conference_id, key)
        return {"state": run.state, "done": run.done, "total": run.order.total}

    def stop(conference_id: int, key: str) -> ResponseReturnValue:
        _conference, run = _run(conference_id, key)
        run.stop()
        return redirect(url_for(".show", conference_id=conference_id, key=key), 303)

    def fetch(conference_id: int, key: str) -> ResponseReturnValue:
        """The file that was made; while there is none, the page that follows it."""
        _conference, run = _run(conference_id, key)
        if run.file is None or not run.file.exists():
            return redirect(url_for(".show", conference_id=conference_id, key=key), 303)
        return _answer(run, send_file(run.file, etag=False, max_age=None))

    pages.get("/runs/<key>")(show)
    pages.get("/runs/<key>/state")(state)
    pages.post("/runs/<key>/stop")(stop)
    pages.get("/runs/<key>/file")(fetch)


def take_made(run: Run) -> Response | None:
    """The small file of a run, of which nothing is kept; None where somebody else took it."""
    try:
        content = run.file.read_bytes() if run.file else None
    except FileNotFoundError:
        content = None
    paper_runs().forget(run)
    return None if content is None else _answer(run, Response(content))


def _answer(run: Run, response: Response) -> Response:
    """The file under its title."""
    extension = run.file.suffix.removeprefix(".") if run.file else ""
    response.mimetype = KINDS[extension]
    response.headers["Cache-Control"] = "no-store"
    attach(response, run.order.title, extension)
    return response


def _run(conference_id: int, key: str) -> tuple[Conference, Run]:
    with begin_reading() as work:
        conference = organised_conference(work, conference_id)
    return conference, paper_runs().find(conference_id, key)
