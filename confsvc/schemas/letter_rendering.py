"""Letters as plain text and as HTML that mail programs read: inline style attributes, no script, nothing fetched from elsewhere; everything is escaped."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.utils import urlize
from markupsafe import Markup, escape

from confsvc.domain.letter_texts import PLACEHOLDER
from confsvc.paths import asset_dir
from confsvc.schemas.letter_parts import Changed, Details
from confsvc.schemas.letter_texts import fill, split_blocks


@dataclass(frozen=True, slots=True)
class Section:
    """A letter in one language: its words with placeholders, what these stand for, the parts that `{details}` and the like stand for, and the words below."""

    locale: str
    body: str
    values: Mapping[str, str]
    details: Details
    changes: Sequence[Changed]
    answer: str
    foot: str


def as_text(sections: Sequence[Section]) -> str:
    """The plain text of a letter, its languages one below the other."""
    return "\n\n".join(_section_text(section) for section in sections) + "\n"


def as_html(sections: Sequence[Section], subject: str) -> str:
    """The same as a whole HTML document."""
    parts = [(section, [(kind, _paragraph(text, section.values)) for kind, text in split_blocks(section.body)]) for section in sections]
    return str(_templates().get_template("letter.html").render(sections=parts, subject=subject, locale=sections[0].locale))


def _section_text(section: Section) -> str:
    paragraphs = []
    for kind, text in split_blocks(section.body):
        match kind:
            case "details":
                paragraphs.append(_details_text(section.details))
            case "changes":
                paragraphs.append("\n".join(_change_text(change) for change in section.changes))
            case "answer":
                paragraphs.append(section.answer)
            case _:
                paragraphs.append(fill(text, section.values))
    return "\n\n".join(filter(None, [*paragraphs, f"-- \n{section.foot}" if section.foot else ""]))


def _details_text(details: Details) -> str:
    lines = [f"{fact.label}: {fact.value}" for fact in details.facts]
    if details.lines:
        lines += [f"{details.heading}:", *(f"  {line}" for line in details.lines)]
    if details.button:
        lines += ["", f"{details.button}:", details.link]
    return "\n".join(lines)


def _change_text(change: Changed) -> str:
    if "\n" in change.before + change.after:
        gone, new = ([f"  {sign} {line}" for line in text.splitlines()] for sign, text in (("−", change.before), ("+", change.after)))
        return "\n".join([f"- {change.label}:", *gone, *new])
    return f"- {change.label}: {change.before} → {change.after}" if change.before else f"- {change.label}: {change.after}"


def _paragraph(text: str, values: Mapping[str, str]) -> Markup:
    """The paragraph with its line ends; web addresses the organisers wrote can be pressed, those in names of people and the like cannot."""
    pieces: list[Markup] = []
    for place, piece in enumerate(PLACEHOLDER.split(text)):
        if place % 2 == 0:
            pieces.append(Markup(urlize(piece, rel="noreferrer")) if "://" in piece else escape(piece))  # noqa: S704 - urlize escapes what it is given
        elif piece == "link":
            pieces.append(Markup('<a href="{0}" rel="noreferrer">{0}</a>').format(values["link"]))
        else:
            pieces.append(escape(values.get(piece, f"{{{piece}}}")))
    return Markup("<br>").join(Markup("").join(pieces).splitlines())


@lru_cache(maxsize=1)
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(asset_dir("templates") / "mail"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        auto_reload=False,
    )
