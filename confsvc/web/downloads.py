"""Files under their Vietnamese names."""

import re
from urllib.parse import quote

from flask import Response

from confsvc.domain.text import clean, fold

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NAME_MAX_CHARACTERS = 80
_NOT_IN_FILE_NAMES = re.compile(r'[\\/:*?"<>|%]+')
_NOT_IN_ASCII_NAMES = re.compile(r"[^a-z0-9]+")


def attach(response: Response, title: str, extension: str) -> None:
    """Have the answer saved as `title`: RFC 6266 with an ASCII name for old readers and the true one beside it."""
    name = clean(_NOT_IN_FILE_NAMES.sub(" ", clean(title)))[:NAME_MAX_CHARACTERS].strip(" .") or "confsvc"
    plain = _NOT_IN_ASCII_NAMES.sub("-", fold(name)).strip("-") or "confsvc"
    starred = {"filename*": f"UTF-8''{quote(f'{name}.{extension}', safe='')}"}
    response.headers.set("Content-Disposition", "attachment", filename=f"{plain}.{extension}", **starred)
