"""Draws one PDF in a process of its own: what it costs in time and memory ends with it, and it can be ended from outside.

Run as a program: the paper as JSON on standard input (`{"template", "data", "people", "format"}`), the file to write as
argument. It prints how many people it has prepared so far, a number a line. Everything that anybody typed reaches typst
as a value of `sys.inputs`, never as source. Knows nothing else of this package.
"""

import json
import multiprocessing
import sys
from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib.util import find_spec
from itertools import groupby
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import qrcode
import typst
from qrcode.constants import ERROR_CORRECT_M

TOLD_EVERY = 50
WORTH_HELP = 200
# ISO/IEC 18004 §7.8 weighs all eight masks, which takes six times as long; every reader reads any of them.
MASK = 2
PREVIEW_PPI = 96


def draw(paper: dict[str, Any], tell: Callable[[int], None]) -> bytes:
    """The paper as PDF/UA-1, or its first page as PNG; tagged PDF where a letter is in no font and the standard so out of reach."""
    codes = qr_paths([person["code"] for person in paper["people"]], tell)
    people = [{**person, "code": code} for person, code in zip(paper["people"], codes, strict=True)]
    told = json.dumps({**paper["data"], "people": people}, ensure_ascii=False)
    options: dict[str, Any] = {"font_paths": font_folders(), "ignore_system_fonts": True, "sys_inputs": {"data": told}}
    template = Path(paper["template"])
    if paper.get("format") == "png":
        pages: list[bytes] | bytes = typst.compile(template, root=template.parent, format="png", ppi=PREVIEW_PPI, **options)
        return pages[0] if isinstance(pages, list) else pages
    try:
        return bytes(typst.compile(template, root=template.parent, pdf_standards=["ua-1"], **options))
    except typst.TypstError as error:
        if "could not be displayed" not in str(error):
            raise
        return bytes(typst.compile(template, root=template.parent, **options))


def qr_paths(texts: Sequence[str | None], tell: Callable[[int], None]) -> list[dict[str, Any] | None]:
    """`qr_path` of each text, None for none. Codes are what badges cost most: of many, a second process makes the latter half."""
    if len(texts) < WORTH_HELP:
        return _paths(texts, tell)
    half = len(texts) // 2
    receiver, sender = multiprocessing.Pipe(duplex=False)
    helper = multiprocessing.Process(target=_help, args=(receiver, sender, texts[half:]), daemon=True)
    helper.start()
    sender.close()
    found = _paths(texts[:half], lambda count: tell(2 * count))
    found += receiver.recv()
    helper.join()
    return found


def _help(receiver: Connection, sender: Connection, texts: Sequence[str | None]) -> None:
    # Once the other end is open nowhere any more, sending fails, and nobody is left behind.
    receiver.close()
    sender.send(_paths(texts, lambda count: None))


def _paths(texts: Sequence[str | None], tell: Callable[[int], None]) -> list[dict[str, Any] | None]:
    found = []
    for count, text in enumerate(texts, 1):
        found.append(qr_path(text) if text else None)
        if count % TOLD_EVERY == 0:
            tell(count)
    return found


def qr_path(text: str) -> dict[str, Any]:
    """The dark modules of the code as one SVG path of strokes, a unit a module, and how many there are to a side; no quiet zone."""
    modules = _modules(text, _version(len(text), text.isupper()))
    return {"side": len(modules), "path": "".join(_strokes(y, row) for y, row in enumerate(modules))}


@lru_cache
def _version(length: int, capitals: bool) -> int:
    """The smallest version that holds a pass address of this length: they differ in their letters only."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M)
    code.add_data(("A" if capitals else "a") * length)
    return int(code.best_fit())


def _modules(text: str, version: int) -> list[list[bool | None]]:
    code = qrcode.QRCode(version=version, error_correction=ERROR_CORRECT_M, border=0, mask_pattern=MASK)
    code.add_data(text)
    code.make(fit=False)
    return list(code.modules)


def _strokes(y: int, row: list[bool | None]) -> str:
    """The dark stretches of one row, drawn along its middle."""
    parts, x = [], 0
    for dark, stretch in groupby(row):
        length = len(list(stretch))
        if dark:
            parts.append(f"M{x} {y}.5h{length}")
        x += length
    return "".join(parts)


def font_folders() -> list[Path]:
    """Where Be Vietnam Pro lies; Libertinus Serif is inside typst itself."""
    found = find_spec("fontpkg_be_vietnam_pro")
    if found is None or found.origin is None:
        raise RuntimeError("fontpkg-be-vietnam-pro is not installed")
    return [Path(found.origin).parent / "files"]


def main(target: str) -> None:
    paper = json.loads(sys.stdin.buffer.read())
    Path(target).write_bytes(draw(paper, lambda count: print(count, flush=True)))  # noqa: T201 - its way to tell how far it is


if __name__ == "__main__":
    main(sys.argv[1])
