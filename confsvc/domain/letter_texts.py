"""The own words of a conference: which placeholders a letter knows, and the texts that stand in place of the server's."""

import re
from collections.abc import Iterable

from sqlalchemy import insert, literal, select

from confsvc.domain.access import real_conference
from confsvc.domain.errors import EditConflict, Invalid, NotFound
from confsvc.domain.planning import line
from confsvc.domain.text import clean_lines
from confsvc.domain.work import Work
from confsvc.models import LetterText
from confsvc.models.mail import LETTER_KINDS, LOCALES

SUBJECT_MAX_CHARACTERS = 200
BODY_MAX_CHARACTERS = 5_000
# What stands for a whole part of the letter, and therefore on a line of its own; the letter would be worth nothing without it.
BLOCKS = ("details", "answer", "changes")
_PERSON = ("name", "full_name", "position", "unit", "site", "title", "conference", "host", "starts", "link")
_UNIT = ("name", "unit", "site", "conference", "host", "starts", "seats", "missing", "deadline", "link")
PLACEHOLDERS: dict[str, tuple[str, ...]] = {
    "invitation": (*_PERSON, "details", "answer"),
    "update": (*_PERSON, "changes", "details"),
    "cancellation": (*_PERSON, "reason", "details"),
    "registration": (*_UNIT, "details"),
    "registration_reminder": (*_UNIT, "details"),
    "reminder": (*_PERSON, "details"),
    "operator_reminder": ("name", "site", "conference", "host", "starts", "details"),
    "counter_declined": (*_PERSON, "details"),
}
NEEDED: dict[str, tuple[str, ...]] = dict.fromkeys(LETTER_KINDS, ("details",)) | {"update": ("changes", "details"), "cancellation": ("reason", "details")}
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_BRACE = re.compile(r"[{}]")


def read_texts(work: Work, conference_id: int) -> list[LetterText]:
    """Every text of this conference's own, for whoever organises it; raises SignInRequired or NotFound."""
    real_conference(work, conference_id)
    return list(work.session.scalars(select(LetterText).where(LetterText.conference_id == conference_id)))


def read_text(work: Work, conference_id: int, kind: str, locale: str) -> LetterText | None:
    """The conference's own text, or None where the server's stands; raises SignInRequired or NotFound."""
    _require_letter(kind, locale)
    return work.session.get(LetterText, (real_conference(work, conference_id).id, kind, locale))


def set_text(work: Work, conference_id: int, *, kind: str, locale: str, subject: str, body: str, version: int) -> LetterText:
    """Say this in place of the server's text; `version` is 0 where that stood when the form was opened.

    Raises Invalid (`required`, `too_long`, `placeholder_unknown`, `placeholder_open`, `placeholder_alone`, `placeholder_needed`), EditConflict, NotFound.
    """
    _require_letter(kind, locale)
    conference = real_conference(work, conference_id, lock=True)
    row = work.session.get(LetterText, (conference.id, kind, locale), populate_existing=True)
    if version != (row.version if row else 0):
        raise EditConflict(current=row or LetterText(kind=kind, locale=locale, subject="", body="", version=0))
    subject, body = _checked_subject(kind, subject), _checked_body(kind, body)
    if row is None:
        row = LetterText(conference_id=conference.id, kind=kind, locale=locale, version=0)
        work.session.add(row)
    row.subject, row.body, row.version = subject, body, row.version + 1
    work.session.flush()
    return row


def wrong_texts(kind: str, subject: str, body: str) -> list[Invalid]:
    """What is wrong with the subject and what with the body of a letter of this kind, if anything is."""
    found = []
    for check, typed in ((_checked_subject, subject), (_checked_body, body)):
        try:
            check(kind, typed)
        except Invalid as error:
            found.append(error)
    return found


def _checked_subject(kind: str, subject: str) -> str:
    subject = line("subject", subject, SUBJECT_MAX_CHARACTERS, required=True)
    _check_placeholders("subject", subject, [name for name in PLACEHOLDERS[kind] if name not in BLOCKS])
    return subject


def _checked_body(kind: str, body: str) -> str:
    body = clean_lines(body)
    if not body:
        raise Invalid("body", "required")
    if len(body) > BODY_MAX_CHARACTERS:
        raise Invalid("body", "too_long")
    _check_placeholders("body", body, PLACEHOLDERS[kind])
    _check_blocks(body, NEEDED[kind])
    return body


def reset_text(work: Work, conference_id: int, *, kind: str, locale: str) -> None:
    """Let the server's text stand again; raises SignInRequired or NotFound."""
    _require_letter(kind, locale)
    conference = real_conference(work, conference_id, lock=True)
    row = work.session.get(LetterText, (conference.id, kind, locale))
    if row is not None:
        work.session.delete(row)
        work.session.flush()


def own_text(work: Work, conference_id: int, kind: str) -> dict[str, LetterText]:
    """The conference's own texts for this kind of letter, by language; one query."""
    found = work.session.scalars(select(LetterText).where(LetterText.conference_id == conference_id, LetterText.kind == kind))
    return {row.locale: row for row in found}


def copy_texts(work: Work, from_id: int, to_id: int) -> None:
    """Let another conference, which has none yet, say the same; asks no permission."""
    columns = (LetterText.kind, LetterText.locale, LetterText.subject, LetterText.body)
    work.session.execute(
        insert(LetterText).from_select(
            ["conference_id", "kind", "locale", "subject", "body", "version"],
            select(literal(to_id), *columns, literal(1)).where(LetterText.conference_id == from_id),
        )
    )


def _require_letter(kind: str, locale: str) -> None:
    if kind not in LETTER_KINDS or locale not in LOCALES:
        raise NotFound(kind="letter")


def _check_placeholders(field: str, text: str, known: Iterable[str]) -> None:
    for name in PLACEHOLDER.findall(text):
        if name not in known:
            raise Invalid(field, "placeholder_unknown", placeholder=f"{{{name}}}")
    if _BRACE.search(PLACEHOLDER.sub("", text)):
        raise Invalid(field, "placeholder_open")


def _check_blocks(body: str, needed: Iterable[str]) -> None:
    lines = body.splitlines()
    for name in BLOCKS:
        written = f"{{{name}}}"
        if body.count(written) > lines.count(written):
            raise Invalid("body", "placeholder_alone", placeholder=written)
    for name in needed:
        if f"{{{name}}}" not in body:
            raise Invalid("body", "placeholder_needed", placeholder=f"{{{name}}}")
