"""A delegate list as it was sent: every row of the sheet, with what it is and what it says."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from confsvc.domain.contacts import normal_email, normal_phone, split_phones
from confsvc.domain.errors import Invalid
from confsvc.domain.text import clean, fold

# What a row can be; only "data" names a delegate.
ROW_KINDS = ("data", "title", "header", "blank", "section", "total", "signature")
FIELDS = ("number", "full_name", "family_name", "given_name", "position", "unit", "site", "phone", "email", "note", "rank")


@dataclass(frozen=True, slots=True)
class ListRow:
    """Row `number` of the sheet, from 1. `text` is all it says, for rows that name nobody.

    `unit_above`: the unit stood in a row above (not merged, only left empty). `phone_e164` is "" for none and for one
    that cannot be right, `further_phones` what follows the first; `phone` and `email` are as typed, `email_ok` says whether
    the address can be right.
    """

    number: int
    kind: str
    text: str = ""
    full_name: str = ""
    position: str = ""
    unit: str = ""
    site: str = ""
    phone: str = ""
    email: str = ""
    note: str = ""
    rank: str = ""
    unit_above: bool = False
    name_fold: str = ""
    phone_e164: str = ""
    email_ok: bool = True
    further_phones: str = ""


@dataclass(frozen=True, slots=True)
class SentSheet:
    """A sheet as sent; `merged` holds top, left, bottom, right, from 0."""

    name: str
    rows: Sequence[Sequence[str]]
    merged: Sequence[tuple[int, int, int, int]] = ()


@dataclass(frozen=True, slots=True)
class SentList:
    """A whole file, and how it was read: `columns` says in which column (from 0) of sheet number `sheet` a field stands."""

    file_name: str
    file_digest: str
    sheets: Sequence[SentSheet]
    sheet: int
    encoding: str
    header_row: int
    columns: dict[str, int]
    rows: Sequence[ListRow]


def data_row(number: int, *, full_name: str, phone: str = "", email: str = "", **texts: Any) -> ListRow:
    """A row that names a delegate; what is compared with others later is worked out here, once."""
    address, possible = _address(email)
    number_e164 = _e164(phone)
    return ListRow(
        number,
        "data",
        full_name=full_name,
        phone=phone,
        email=address,
        name_fold=fold(full_name),
        phone_e164=number_e164,
        email_ok=possible,
        further_phones=split_phones(phone)[1] if number_e164 else "",
        **texts,
    )


def pack(rows: Sequence[ListRow]) -> list[list[Any]]:
    """Rows as JSON: the fields in their order, those left out at the end that say nothing."""
    packed = []
    for row in rows:
        values = [getattr(row, name) for name in ListRow.__slots__]
        if row.kind != "data":
            values = values[:3]
        packed.append(values)
    return packed


def unpack(packed: Sequence[Sequence[Any]]) -> list[ListRow]:
    return [ListRow(*values) for values in packed]


def _e164(typed: str) -> str:
    try:
        return normal_phone(typed)
    except Invalid:
        return ""


def _address(typed: str) -> tuple[str, bool]:
    if not typed:
        return "", True
    try:
        return normal_email(typed), True
    except Invalid:
        return clean(typed), False
