"""Importing a delegate list: upload, look at every row's verdict, confirm or discard."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from functools import partial
from math import ceil
from typing import TypeVar, cast

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge

from confsvc.boundary import begin_reading, begin_work, runtime
from confsvc.domain.access import organised_conference
from confsvc.domain.delegate_imports import (
    Preview,
    confirm_import,
    discard_import,
    get_import,
    list_imports,
    open_conference,
    prepare_import,
    preview_import,
    read_import_again,
    sent_sheets,
    stage_import,
)
from confsvc.domain.delegate_lists import SentList
from confsvc.domain.delegate_matching import Change
from confsvc.domain.delegate_verdicts import VERDICTS, RowVerdict
from confsvc.domain.errors import EditConflict, Invalid, WrongState
from confsvc.domain.lists import PAGE_SIZE, Page
from confsvc.domain.mandates import list_mandates
from confsvc.domain.planning import SETTLED_STATES
from confsvc.extensions import limiter
from confsvc.loop import off_the_loop
from confsvc.models import Conference
from confsvc.schemas.delegate_sheet import read_again, understand
from confsvc.schemas.delegate_template import write_template
from confsvc.schemas.spreadsheets import Limits, open_apart, read_opened
from confsvc.web import delegate_import_texts as texts
from confsvc.web.asked import asked_choice, asked_page
from confsvc.web.delegate_import_forms import ReadingForm, UploadForm, column_samples, letters
from confsvc.web.downloads import XLSX, attach
from confsvc.web.forms import carry_out
from confsvc.web.labels import RANKS

pages = Blueprint("delegate_imports", __name__, url_prefix="/conferences/<int:conference_id>/delegates/import")
T = TypeVar("T")
UPLOAD_LIMIT = "60 per 10 minutes"
CONFIRM_TRIES = 3
KEPT_PREVIEWS = 4
TEMPLATE_FIELDS = ("number", "full_name", "position", "unit", "phone", "email", "note")


@pages.get("")
def new(conference_id: int) -> ResponseReturnValue:
    return _upload_page(conference_id, UploadForm())


@pages.post("")
@limiter.limit(UPLOAD_LIMIT)
def create(conference_id: int) -> ResponseReturnValue:
    """Read the file and keep it for the preview; a file that cannot be read leaves nothing."""
    with begin_reading() as work:
        open_conference(work, conference_id)
    form = UploadForm()
    if form.validate_on_submit():
        try:
            sent = _read(form.file.data)
        except Invalid as error:
            form.put(error)
        else:
            done = carry_out(form, lambda work: url_for(".show", conference_id=conference_id, import_id=stage_import(work, conference_id, sent).id))
            if done:
                return done
    return _upload_page(conference_id, form)


@pages.errorhandler(RequestEntityTooLarge)
def too_large(_error: RequestEntityTooLarge) -> ResponseReturnValue:
    """The upload page with a word about the size, not an error page: nothing was lost but the try."""
    form = UploadForm(formdata=None)
    form.put(Invalid("file", "file_too_large", most=runtime().settings.upload_max_bytes // 2**20))
    page, _status = _upload_page((request.view_args or {})["conference_id"], form)
    return page, 413


@pages.get("/template.xlsx")
def template(conference_id: int) -> ResponseReturnValue:
    """An empty list to fill in, with the invited units to choose from."""
    with begin_reading() as work:
        conference = organised_conference(work, conference_id)
        units = [mandate.unit_name for mandate in list_mandates(work, conference_id)]
    headings = [(field, str(texts.FIELDS[field])) for field in TEMPLATE_FIELDS]
    content = write_template(headings, units=units, units_title=_("Invited units"), list_title=_("Delegates"))
    response = Response(content, mimetype=XLSX)
    attach(response, _("Delegate list to fill in, %(title)s", title=conference.title), "xlsx")
    return response


@pages.get("/<int:import_id>")
def show(conference_id: int, import_id: int) -> ResponseReturnValue:
    """The verdicts of a list that waits, or what became of one that was confirmed."""
    with begin_reading() as work:
        conference = organised_conference(work, conference_id)
        try:
            preview = off_the_loop(partial(preview_import, work, conference_id, import_id, _previews().get(import_id)))
        except WrongState:
            staged = get_import(work, conference_id, import_id)
        else:
            _keep_preview(preview)
            return _preview_page(conference, preview)
    page = _page((staged.outcome or {})["left_out"])
    return render_template("delegate_imports/result.html", conference=conference, staged=staged, page=page, texts=texts)


@pages.route("/<int:import_id>/reading", methods=["GET", "POST"])
def reading(conference_id: int, import_id: int) -> ResponseReturnValue:
    """Another sheet, encoding or header row, or other columns than were found."""
    with begin_reading() as work:
        conference = open_conference(work, conference_id)
        staged, sheets = sent_sheets(work, conference_id, import_id)
    form = ReadingForm(data={"sheet": staged.sheet, "encoding": staged.encoding, "header_row": staged.header_row + 1})
    form.offer(sheets)
    if form.validate_on_submit():
        asked = form.reading(staged)
        try:
            sent = off_the_loop(lambda: read_again(sheets, file_name=staged.file_name, file_digest=staged.file_digest, reading=asked))
            with begin_work() as work:
                read_import_again(work, conference_id, import_id, sent)
        except Invalid as error:
            form.put(error)
        else:
            flash(_("The list was read again."), "success")
            return redirect(url_for(".show", conference_id=conference_id, import_id=import_id), 303)
    samples = column_samples(staged, sheets)
    return render_template("delegate_imports/reading.html", conference=conference, staged=staged, form=form, samples=samples, texts=texts), form.status


@pages.post("/<int:import_id>/confirm")
def confirm(conference_id: int, import_id: int) -> ResponseReturnValue:
    """Save what was seen; when it is no longer that, show what it is now."""
    with begin_reading() as work:
        conference = organised_conference(work, conference_id)
    try:
        _confirm(conference_id, import_id, request.form.get("digest", "")[:64])
    except EditConflict as conflict:
        return _preview_page(conference, conflict.current, outdated=True)
    _previews().pop(import_id, None)
    return redirect(url_for(".show", conference_id=conference_id, import_id=import_id), 303)


@pages.post("/<int:import_id>/discard")
def discard(conference_id: int, import_id: int) -> ResponseReturnValue:
    with begin_work() as work:
        discard_import(work, conference_id, import_id)
    _previews().pop(import_id, None)
    flash(_("The list was discarded; nothing of it was saved."), "success")
    return redirect(url_for(".new", conference_id=conference_id), 303)


def _confirm(conference_id: int, import_id: int, seen: str) -> None:
    """Work out what to save while others write, then save it in a short turn; again if somebody came in between."""
    for tries_left in reversed(range(CONFIRM_TRIES)):
        with begin_reading() as work:
            ready = off_the_loop(partial(prepare_import, work, conference_id, import_id, seen, _previews().get(import_id)))
        if ready is None:
            return
        try:
            with begin_work() as work:
                off_the_loop(partial(confirm_import, work, conference_id, import_id, ready))
            return
        except EditConflict:
            if not tries_left:
                raise


def _previews() -> OrderedDict[int, Preview]:
    """The previews looked at last, so that turning their pages works nothing out again; each is held against the database when used."""
    return cast("OrderedDict[int, Preview]", current_app.extensions.setdefault("confsvc_previews", OrderedDict()))


def _keep_preview(preview: Preview) -> None:
    kept = _previews()
    kept[preview.staged.id] = preview
    kept.move_to_end(preview.staged.id)
    while len(kept) > KEPT_PREVIEWS:
        kept.popitem(last=False)


def _read(upload: FileStorage) -> SentList:
    settings = runtime().settings
    limits = Limits(settings.import_max_rows, settings.upload_max_unzipped_bytes)
    with upload.stream as stream:
        data, name = stream.read(), upload.filename or ""
    if len(data) > settings.upload_max_bytes:
        raise Invalid("file", "file_too_large", most=settings.upload_max_bytes // 2**20)
    # Opening starts a process, which only the loop's own thread may watch; the rest only computes.
    opened = open_apart(data, limits)
    return off_the_loop(lambda: understand(read_opened(data, opened, name, limits), data, name, limits))


def _upload_page(conference_id: int, form: UploadForm) -> tuple[str, int]:
    with begin_reading() as work:
        conference = organised_conference(work, conference_id)
        imports = list_imports(work, conference_id)
    settings = runtime().settings
    page = render_template(
        "delegate_imports/new.html",
        conference=conference,
        form=form,
        imports=imports,
        open=conference.state not in SETTLED_STATES,
        most_rows=settings.import_max_rows,
        most_bytes=settings.upload_max_bytes,
    )
    return page, form.status


def _preview_page(conference: Conference, preview: Preview, *, outdated: bool = False) -> ResponseReturnValue:
    verdict = asked_choice("verdict", VERDICTS)
    chosen = [row for row in preview.verdicts if row.verdict == verdict] if verdict else _mistakes_first(preview.verdicts)
    html = render_template(
        "delegate_imports/preview.html",
        conference=conference,
        preview=preview,
        staged=preview.staged,
        page=_page(chosen),
        verdict=verdict,
        outdated=outdated,
        texts=texts,
        letters=letters,
        change_words=_change_words,
    )
    return html, 409 if outdated else 200


def _page(items: Sequence[T]) -> Page[T]:
    """The page asked for of rows that are all at hand."""
    number = min(asked_page(), max(1, ceil(len(items) / PAGE_SIZE)))
    return Page(list(items[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]), len(items), number)


def _change_words(change: Change, sites: Mapping[int, str]) -> tuple[str, str]:
    """The old and the new value as a person reads them."""
    if change.field == "site":
        return sites[int(change.old)], sites[int(change.new)]
    if change.field == "rank":
        return str(RANKS[change.old]), str(RANKS[change.new])
    return change.old, change.new


def _mistakes_first(verdicts: Sequence[RowVerdict]) -> list[RowVerdict]:
    """Wrong rows, then people, then the rows that name nobody; each in the order of the file."""
    return sorted(verdicts, key=lambda row: {"error": 0, "skipped": 2}.get(row.verdict, 1))
