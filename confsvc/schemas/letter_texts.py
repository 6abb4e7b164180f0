"""The words that come with the server for each kind of letter, and how placeholders are filled: never by str.format, which reaches into objects."""

from collections.abc import Mapping
from dataclasses import dataclass

from confsvc.domain.letter_texts import BLOCKS, PLACEHOLDER
from confsvc.models.mail import LETTER_KINDS
from confsvc.schemas.letter_words import Words
from confsvc.schemas.letter_words import mark as _


@dataclass(frozen=True, slots=True)
class Wording:
    """A subject and a body of several paragraphs, with {placeholders}."""

    subject: str
    body: str


STANDARD: dict[str, Wording] = {
    "invitation": Wording(
        _("Invitation: {title}"),
        _("Dear {name},\n\n{host} has the honour of inviting you to {conference}.\n\n{details}\n\n{answer}\n\nYours faithfully,\n{host}"),
    ),
    "update": Wording(
        _("Changed: {title}"),
        _(
            "Dear {name},\n\nPlease note what has changed about {title}:\n\n{changes}\n\nThis is how it stands now:\n\n{details}\n\n"
            "A calendar that took the invitation follows by itself. Please open your personal page if you can no longer attend.\n\n"
            "Yours faithfully,\n{host}"
        ),
    ),
    "cancellation": Wording(
        _("Cancelled: {title}"),
        _(
            "Dear {name},\n\n{reason}\n\nWhat was planned:\n\n{details}\n\n"
            "A calendar that took the invitation takes it out by itself.\n\nYours faithfully,\n{host}"
        ),
    ),
    "registration": Wording(
        _("Please name your delegates: {conference}"),
        _(
            "Dear {name},\n\n{host} invites {unit} to {conference} and asks you to name the delegates who will attend.\n\n{details}\n\n"
            "No account is needed: the link opens the list of your unit, and whoever has it can change that list. "
            "If a seat has to stay empty, or somebody comes as a deputy, please say so there.\n\nYours faithfully,\n{host}"
        ),
    ),
    "registration_reminder": Wording(
        _("Reminder: delegates of {unit} for {conference}"),
        _(
            "Dear {name},\n\nThe list of {unit} for {conference} is not complete: {missing} of {seats} have no name yet.\n\n{details}\n\n"
            "If a seat has to stay empty, please say so there, with the reason.\n\nYours faithfully,\n{host}"
        ),
    ),
    "reminder": Wording(
        _("Reminder: {title}, {starts}"),
        _(
            "Dear {name},\n\nMay we remind you of {title}.\n\n{details}\n\n"
            "If you can no longer attend, please say so on your personal page.\n\nYours faithfully,\n{host}"
        ),
    ),
    "operator_reminder": Wording(
        _("Reminder for {site}: {conference}, {starts}"),
        _(
            "Dear {name},\n\nMay we remind you of the conference at your site. Please test picture and sound in good time, "
            "and have the check-in desk ready before check-in opens.\n\n{details}\n\nYours faithfully,\n{host}"
        ),
    ),
    "counter_declined": Wording(
        _("It stays as planned: {title}"),
        _(
            "Dear {name},\n\nThank you for proposing another time for {title}. We regret that it cannot be moved; it stays as planned:\n\n"
            "{details}\n\nYours faithfully,\n{host}"
        ),
    ),
}
# A letter of kind "cancellation" to somebody who is no longer invited, and to whoever only has another entry or another address.
WITHDRAWN = Wording(
    _("Your invitation to {title} has been withdrawn"),
    _(
        "Dear {name},\n\nYour invitation to {title} has been withdrawn.\n\n{reason}\n\nWhat you were invited to:\n\n{details}\n\n"
        "A calendar that took the invitation takes it out by itself.\n\nYours faithfully,\n{host}"
    ),
)
TAKEN_OUT = Wording(_("Taken out of your calendar: {title}"), STANDARD["cancellation"].body)
BY_REASON = dict.fromkeys(("removed", "substituted", "session_removed"), WITHDRAWN) | dict.fromkeys(("other_entries", "other_address"), TAKEN_OUT)
assert set(STANDARD) == set(LETTER_KINDS)  # noqa: S101 - no kind of letter is without words


def standard_wording(kind: str, words: Words, reason: str = "") -> Wording:
    """The text that comes with the server, in this language; `reason` is why an entry is taken out: one of `letters.REASONS`."""
    wording = BY_REASON.get(reason, STANDARD[kind])
    return Wording(words.gettext(wording.subject), words.gettext(wording.body))


def fill(text: str, values: Mapping[str, str]) -> str:
    """`text` with its placeholders filled, in one pass: a value that looks like a placeholder stays as it is."""
    return PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)


def split_blocks(body: str) -> list[tuple[str, str]]:
    """The parts of a body in order: ("text", a paragraph) or ("details", "") and the like."""
    parts: list[tuple[str, str]] = []
    paragraph: list[str] = []
    for line in [*body.splitlines(), ""]:
        block = next((name for name in BLOCKS if line.strip() == f"{{{name}}}"), "")
        if (block or not line.strip()) and paragraph:
            parts.append(("text", "\n".join(paragraph)))
            paragraph = []
        if block:
            parts.append((block, ""))
        elif line.strip():
            paragraph.append(line)
    return parts
