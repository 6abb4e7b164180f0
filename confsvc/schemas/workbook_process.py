"""Reads an Excel workbook in a process of its own: a file made to exhaust memory ends that process, not the server.

A workbook of 5 kB with one cell in the last row and column makes the reader ask for 512 GiB and abort, which no
`except` can catch. Run as a program: the file on standard input, the limits as arguments, JSON on standard output:
`{"sheets": [{"name", "rows", "merged"}]}` or `{"refused": reason}`. Knows nothing else of this package.
"""

import io
import json
import sys
import zipfile
import zlib
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

ZIP, OLE2 = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")  # MS-OFFCRYPTO §2.1: an encrypted .xlsx is an OLE2 file with this stream
BEGINNING_OF_XLS = bytes.fromhex("0908100000060500")  # MS-XLS §2.4.21 BOF of the workbook's globals
FILE_PASS, FIRST_RECORDS = 0x2F, 5
LOCAL_HEADER_BYTES = 30
CHUNK_BYTES = 64 * 1024
MOST_COLUMNS = 100
MOST_CELL_CHARACTERS = 2000
MOST_MERGED = 20_000
# What all sheets may weigh: their characters, and for what surrounds them in memory so many more a row and a cell.
MOST_WEIGHT = 20_000_000
ROW_WEIGHT, CELL_WEIGHT, EMPTY_CELL_WEIGHT = 20, 8, 1


class Refused(Exception):
    """The file cannot be read; the text is the reason's code."""


def read_workbook(data: bytes, *, max_rows: int, max_unzipped_bytes: int) -> list[dict[str, Any]]:
    """The visible sheets of an .xlsx or .xls as `{"name", "rows", "merged"}`; raises Refused, also for more than `MOST_WEIGHT`.

    A sheet with more than `max_rows` rows is cut at one row more.
    """
    # The server knows this module too, and opens no workbook.
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum  # noqa: PLC0415

    if data.startswith(ZIP):
        check_unzipped(data, max_unzipped_bytes)
    elif not data.startswith(OLE2):
        raise Refused("file_not_a_list")
    elif ENCRYPTED_STREAM in data or _locked_since_1997(data):
        raise Refused("file_locked")
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        shown = [sheet.name for sheet in book.sheets_metadata if sheet.typ is SheetTypeEnum.WorkSheet and sheet.visible is SheetVisibleEnum.Visible]
        weight, sheets = 0, []
        for name in shown:
            sheet, added = _read_sheet(book.get_sheet_by_name(name), name, max_rows, MOST_WEIGHT - weight)
            sheets.append(sheet)
            weight += added
        return sheets
    except PasswordError as error:
        raise Refused("file_locked") from error
    except CalamineError as error:
        raise Refused("file_not_a_list") from error


def _locked_since_1997(data: bytes) -> bool:
    """Whether an .xls is encrypted (MS-XLS §2.4.117 FilePass, among the first records): the reader does not tell that apart."""
    at = data.find(BEGINNING_OF_XLS)
    for _ in range(FIRST_RECORDS):
        if at < 0 or at + 4 > len(data):
            return False
        kind, length = int.from_bytes(data[at : at + 2], "little"), int.from_bytes(data[at + 2 : at + 4], "little")
        if kind == FILE_PASS:
            return True
        at += 4 + length
    return False


def check_unzipped(data: bytes, most: int) -> None:
    """Unpack every member and count, whatever its header claims; raises Refused beyond `most` bytes in all."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise Refused("file_not_a_list") from error
    if any(member.flag_bits & 1 for member in members):
        raise Refused("file_locked")
    left = most
    for member in members:
        left -= _unzipped_bytes(data, member, left)


def _unzipped_bytes(data: bytes, member: zipfile.ZipInfo, most: int) -> int:
    """How many bytes a member really holds (APPNOTE.TXT §4.3.7); raises Refused beyond `most`."""
    header = data[member.header_offset : member.header_offset + LOCAL_HEADER_BYTES]
    start = member.header_offset + LOCAL_HEADER_BYTES + int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
    packed = memoryview(data)[start : start + member.compress_size]
    if member.compress_type == zipfile.ZIP_STORED:
        count = len(packed)
    elif member.compress_type == zipfile.ZIP_DEFLATED:
        count = _inflated_bytes(packed, most)
    else:
        raise Refused("file_not_a_list")
    if count > most:
        raise Refused("file_unpacks_too_large")
    return count


def _inflated_bytes(packed: memoryview, most: int) -> int:
    """The length of a raw deflate stream, counted no further than just beyond `most`."""
    inflater, count = zlib.decompressobj(-zlib.MAX_WBITS), 0
    pending: bytes | memoryview = packed
    try:
        while count <= most and not inflater.eof:
            made = len(inflater.decompress(pending, CHUNK_BYTES))
            pending = inflater.unconsumed_tail
            count += made
            if not made and not pending:
                break
    except zlib.error as error:
        raise Refused("file_not_a_list") from error
    return count


def _read_sheet(sheet: "CalamineSheet", name: str, max_rows: int, most_weight: int) -> tuple[dict[str, Any], int]:
    """Rows from A1 on, without the empty ones at the end, and what they weigh; raises Refused beyond `most_weight`."""
    # The iterator begins in row 1 whatever the first cell is, but in the column of the first cell.
    left = sheet.start[1] if sheet.start else 0
    rows: list[list[str]] = []
    blank = weight = 0
    for cells in sheet.iter_rows():
        texts = [""] * left + [_text(cell) for cell in cells[: MOST_COLUMNS - min(left, MOST_COLUMNS)]]
        if not any(texts):
            blank += 1
            continue
        cut = len(rows) + blank >= max_rows
        added = [[]] * (max_rows + 1 - len(rows)) if cut else [[]] * blank + [texts]
        weight += sum(ROW_WEIGHT + sum(len(text) + CELL_WEIGHT if text else EMPTY_CELL_WEIGHT for text in row) for row in added)
        if weight > most_weight:
            raise Refused("file_unpacks_too_large")
        rows += added
        if cut:
            break
        blank = 0
    return {"name": name, "rows": rows, "merged": _merged(sheet, len(rows))}, weight


def _merged(sheet: "CalamineSheet", rows: int) -> list[tuple[int, int, int, int]]:
    """The merged ranges, each cut at the rows and columns that are read."""
    ranges = (sheet.merged_cell_ranges or [])[:MOST_MERGED]
    kept = [(first, last) for first, last in ranges if first[0] < rows and first[1] < MOST_COLUMNS]
    return [(first[0], first[1], min(last[0], rows - 1), min(last[1], MOST_COLUMNS - 1)) for first, last in kept]


def _text(cell: object) -> str:
    """A cell as a person would write it: 84901234567.0 is "84901234567", a date dd/mm/yyyy."""
    if isinstance(cell, str):
        return cell.strip(" \t\r\n")[:MOST_CELL_CHARACTERS]
    if isinstance(cell, bool) or cell is None:
        return ""
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 10**15 else repr(cell)
    if isinstance(cell, datetime) and cell.time() != time():
        return cell.strftime("%d/%m/%Y %H:%M")
    if isinstance(cell, date):
        return cell.strftime("%d/%m/%Y")
    if isinstance(cell, time):
        return cell.strftime("%H:%M")
    if isinstance(cell, timedelta):
        return f"{int(cell.total_seconds()) // 3600:02}:{int(cell.total_seconds()) // 60 % 60:02}"
    return str(cell)


def main(arguments: list[str]) -> None:
    max_rows, max_unzipped_bytes = map(int, arguments)
    try:
        answer: dict[str, Any] = {"sheets": read_workbook(sys.stdin.buffer.read(), max_rows=max_rows, max_unzipped_bytes=max_unzipped_bytes)}
    except Refused as refusal:
        answer = {"refused": str(refusal)}
    except MemoryError:
        answer = {"refused": "file_unpacks_too_large"}
    sys.stdout.buffer.write(json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace"))


if __name__ == "__main__":
    main(sys.argv[1:])
