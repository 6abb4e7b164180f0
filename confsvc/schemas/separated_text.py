"""Tables as text: .csv in whatever code page and with whatever separator an office's computer writes."""

import codecs
import csv
import io
from collections import Counter

DELIMITERS = ",;\t|"
SAMPLE_ROWS = 40
SAMPLE_CHARACTERS = 100_000
MOST_COLUMNS = 100
MOST_CELL_CHARACTERS = 2000
# Windows-1252 leaves five bytes undefined; Excel shows them as the control characters of the same number.
WINDOWS_1252 = "".join(bytes([b]).decode("cp1252", "ignore") or chr(b) for b in range(256))
_TO_1252 = dict(enumerate(WINDOWS_1252))


def separated(data: bytes) -> bool:
    """Whether these bytes can be text at all: no zero bytes outside UTF-16."""
    return b"\0" not in data or _utf16(data) is not None


def decode_bytes(data: bytes) -> str:
    """UTF-8 or UTF-16 if it is that; else one character a byte as in Windows-1252, to be read by `legacy_text`."""
    utf16 = _utf16(data)
    if utf16:
        return data.decode(utf16, "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1").translate(_TO_1252)


def read_separated(data: bytes, max_rows: int) -> list[list[str]]:
    """Rows of cells, the empty ones at the end left out, cut at one row more than `max_rows`."""
    text = decode_bytes(data)
    first, _, rest = text.partition("\n")
    told = first.strip().lower().startswith("sep=") and len(first.strip()) == len("sep=;")
    delimiter = first.strip()[-1] if told else _sniff(text)
    rows: list[list[str]] = [[]] if told else []
    kept = len(rows)
    for cells in csv.reader(io.StringIO(rest if told else text, newline=""), delimiter=delimiter):
        row = [cell.strip(" \t\r\n")[:MOST_CELL_CHARACTERS] for cell in cells[:MOST_COLUMNS]]
        rows.append(row)
        if any(row):
            kept = len(rows)
        if kept > max_rows:
            break
    return rows[:kept] if any(any(row) for row in rows) else []


def _utf16(data: bytes) -> str | None:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    sample = data[:2000]
    if len(sample) > 3 and sample[1::2].count(0) > len(sample) // 4:
        return "utf-16-le"
    return None


def _sniff(text: str) -> str:
    """The separator that cuts most rows into the same number of cells, and into most cells."""

    def weight(delimiter: str) -> int:
        sample = io.StringIO("\n".join(text[:SAMPLE_CHARACTERS].splitlines()[:SAMPLE_ROWS]), newline="")
        widths = Counter(len(row) for row in csv.reader(sample, delimiter=delimiter) if len(row) > 1)
        return max((count * width for width, count in widths.items()), default=0)

    return max(DELIMITERS, key=weight)
