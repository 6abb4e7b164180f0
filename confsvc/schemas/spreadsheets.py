"""Bytes of an .xlsx, .xls or .csv to sheets of texts, whatever was sent."""

import csv
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen, TimeoutExpired

from confsvc.domain.delegate_lists import SentSheet
from confsvc.domain.errors import Invalid
from confsvc.domain.text import clean
from confsvc.schemas import workbook_process
from confsvc.schemas.own_program import Bounds, command
from confsvc.schemas.separated_text import read_separated, separated

PROGRAM = Path(workbook_process.__file__)
BOUNDS = Bounds(memory_bytes=2**30, cpu_seconds=30)
PATIENCE_SECONDS = 60
SEPARATED_ENDINGS = (".csv", ".txt", ".tsv")


@dataclass(frozen=True, slots=True)
class Limits:
    max_rows: int
    max_unzipped_bytes: int


def read_spreadsheet(data: bytes, file_name: str, limits: Limits) -> list[SentSheet]:
    """The visible sheets that hold anything; raises Invalid on `file`.

    A sheet longer than `limits.max_rows` comes with one row more than that: see `check_length`.
    """
    return read_opened(data, open_apart(data, limits), file_name, limits)


def open_apart(data: bytes, limits: Limits) -> bytes:
    """What the process that opens workbooks says of these bytes, or nothing for text; raises Invalid on `file`. Waits, computes nothing."""
    if not data.startswith((workbook_process.ZIP, workbook_process.OLE2)):
        return b""
    begun = command(PROGRAM, str(limits.max_rows), str(limits.max_unzipped_bytes))
    with Popen(begun, stdin=PIPE, stdout=PIPE, stderr=DEVNULL) as process:  # noqa: S603 - our own program, numbers as arguments
        BOUNDS.hold(process)
        try:
            answer, _ = process.communicate(data, PATIENCE_SECONDS)
        except TimeoutExpired as error:
            raise Invalid("file", "file_unpacks_too_large") from error
        finally:
            # Nobody waits for what it would still find, whatever ended the waiting.
            process.kill()
    if process.returncode != 0:
        raise Invalid("file", "file_unpacks_too_large")
    return answer


def read_opened(data: bytes, answer: bytes, file_name: str, limits: Limits) -> list[SentSheet]:
    """`read_spreadsheet` of bytes for which `open_apart` gave `answer`. Only computes, so it may run in a thread."""
    if not data:
        raise Invalid("file", "file_empty")
    if answer:
        sheets = _read_answer(answer)
    elif file_name.lower().endswith(SEPARATED_ENDINGS) and separated(data):
        sheets = [_read_text(data, limits)]
    else:
        raise Invalid("file", "file_not_a_list")
    sheets = [sheet for sheet in sheets if sheet.rows]
    if not sheets:
        raise Invalid("file", "file_empty")
    return sheets


def check_length(sheets: Iterable[SentSheet], limits: Limits) -> None:
    """Raises Invalid `file_too_many_rows` if the sheets hold more rows than may be imported at once."""
    if sum(len(sheet.rows) for sheet in sheets) > limits.max_rows:
        raise Invalid("file", "file_too_many_rows", most=limits.max_rows)


def _read_text(data: bytes, limits: Limits) -> SentSheet:
    try:
        return SentSheet("", read_separated(data, limits.max_rows), [])
    except csv.Error as error:
        raise Invalid("file", "file_not_a_list") from error


def _read_answer(answer: bytes) -> list[SentSheet]:
    found = json.loads(answer)
    if "refused" in found:
        raise Invalid("file", found["refused"])
    return [SentSheet(clean(sheet["name"]), sheet["rows"], [(a, b, c, d) for a, b, c, d in sheet["merged"]]) for sheet in found["sheets"]]
