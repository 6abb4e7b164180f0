"""Gathers the texts of the code and the feature files of a language into one catalogue."""

from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from confsvc.paths import PACKAGE, asset_dir

HERE = Path(__file__).resolve().parent
KEYWORDS = {"_": None, "_l": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}
Key = str | tuple[str, ...]


@cache
def used_texts() -> dict[Key, str]:
    """Every text that code and templates ask for, with one place where."""
    found: dict[Key, str] = {}
    for folder, method in ((PACKAGE, [("**.py", "python")]), (asset_dir("templates"), [("**.html", "jinja2"), ("**.txt", "jinja2")])):
        for file, line, message, _comments, _context in extract_from_dir(folder, method, keywords=KEYWORDS):
            key = tuple(message) if isinstance(message, (tuple, list)) else message
            found.setdefault(key, f"{folder.name}/{file}:{line}")
    return found


@cache
def merged_catalogue(locale: str) -> Catalog:
    """All feature files of `locale` as one catalogue; raises ValueError where two give a text different translations."""
    merged = Catalog(locale=locale)
    for path in sorted((HERE / locale).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=locale):
                if not message.id:
                    continue
                known = merged.get(message.id)
                if known and known.string != message.string:
                    raise ValueError(f"{path.name}: {message.id!r} is translated twice: {known.string!r} and {message.string!r}")
                merged.add(message.id, message.string)
    return merged


def missing_texts(locale: str) -> dict[Key, str]:
    """The used texts that `locale` does not translate, with the place of each."""
    catalogue = merged_catalogue(locale)

    def is_translated(key: Key) -> bool:
        message = catalogue.get(key if isinstance(key, str) else key[0])
        string = message.string if message else ""
        return all([string] if isinstance(string, str) else string or [""])

    return {key: place for key, place in used_texts().items() if not is_translated(key)}


def unused_texts(locale: str) -> list[str]:
    """What `locale` translates and nothing asks for."""
    used = {key if isinstance(key, str) else key[0] for key in used_texts()}
    known = [message.id if isinstance(message.id, str) else message.id[0] for message in merged_catalogue(locale) if message.id]
    return [text for text in known if text not in used]


def compile_catalogues() -> None:
    """Write `<locale>/LC_MESSAGES/messages.mo` for every language."""
    for folder in HERE.iterdir():
        if folder.is_dir() and any(folder.glob("*.po")):
            target = folder / "LC_MESSAGES" / "messages.mo"
            target.parent.mkdir(exist_ok=True)
            with target.open("wb") as file:
                write_mo(file, merged_catalogue(folder.name))
