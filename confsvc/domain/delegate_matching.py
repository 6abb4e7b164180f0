"""Whether a row of a list names somebody who is there already, and what it says differently."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from confsvc.domain.delegate_lists import ListRow
from confsvc.domain.delegate_ranks import named_rank
from confsvc.domain.delegates import PHONE_TYPED_CHARACTERS
from confsvc.domain.text import fold


@dataclass(frozen=True, slots=True)
class Standing:
    """A delegate of the conference as it is now."""

    id: int
    mandate_id: int
    site_id: int
    full_name: str
    name_fold: str
    position: str
    phone: str
    phone_typed: str
    email: str
    note: str
    rank: str


@dataclass(frozen=True, slots=True)
class Change:
    """What a field says now and what it will say; for `site` the ids as text."""

    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Match:
    """Who a row means: a standing delegate, an earlier row (`twin`), or nobody yet (`namesake`: but of that name); or unclear."""

    standing: Standing | None = None
    twin: int | None = None
    namesake: bool = False
    unclear: bool = False


class Matcher:
    """Matches rows one after another by folded name, mandate, phone and position."""

    def __init__(self, delegates: Iterable[Standing]) -> None:
        self._standing: dict[tuple[str, int], list[Standing]] = defaultdict(list)
        self._by_phone: dict[tuple[str, str], Standing] = {}
        self._earlier: dict[tuple[str, int], list[ListRow]] = defaultdict(list)
        self._taken: set[int] = set()
        for delegate in delegates:
            self._standing[(delegate.name_fold, delegate.mandate_id)].append(delegate)
            if delegate.phone:
                self._by_phone.setdefault((delegate.name_fold, delegate.phone), delegate)

    def match(self, row: ListRow, unit_id: int, mandate_id: int | None) -> Match:
        earlier = self._earlier[(row.name_fold, unit_id)]
        twin = next((other.number for other in earlier if _same_person(row, other)), None)
        if twin is not None:
            return Match(twin=twin)
        there = self._standing.get((row.name_fold, mandate_id), []) if mandate_id else []
        found = self._choose(row, [one for one in there if one.id not in self._taken])
        if found.unclear:
            return found
        earlier.append(row)
        if found.standing:
            self._taken.add(found.standing.id)
            return found
        return Match(namesake=bool(there) or len(earlier) > 1)

    def elsewhere(self, row: ListRow, mandate_id: int | None) -> Standing | None:
        """Somebody of this name and phone whom another unit has named."""
        other = self._by_phone.get((row.name_fold, row.phone_e164)) if row.phone_e164 else None
        return other if other and other.mandate_id != mandate_id else None

    @staticmethod
    def _choose(row: ListRow, free: list[Standing]) -> Match:
        by_phone = [one for one in free if row.phone_e164 and one.phone == row.phone_e164]
        if by_phone:
            return Match(by_phone[0])
        if len(free) == 1:
            return Match() if _somebody_else(row, free[0]) else Match(free[0])
        by_position = [one for one in free if fold(one.position) == fold(row.position)]
        if len(by_position) == 1:
            return Match(by_position[0])
        return Match(unclear=bool(free))


def own_note(row: ListRow) -> str:
    """The row's note, with an address that cannot be right kept as typed."""
    return "; ".join(part for part in (row.note, "" if row.email_ok else f"E-mail: {row.email}") if part)


def expected_note(row: ListRow) -> str:
    """What the delegate's note will say: `own_note` and the numbers after the first, for which there is no field."""
    return "; ".join(part for part in (own_note(row), row.further_phones) if part)


def changes_of(row: ListRow, standing: Standing, site_id: int | None) -> tuple[Change, ...]:
    """What the row says differently; an empty cell says nothing, and a rank counts only from a column of its own."""
    note, rank = expected_note(row), named_rank(row.rank)
    candidates = [
        ("full_name", standing.full_name, row.full_name if standing.full_name.isascii() and not row.full_name.isascii() else ""),
        ("position", standing.position, row.position),
        ("phone", standing.phone_typed or standing.phone, "" if row.phone_e164 == standing.phone and row.phone_e164 else row.phone),
        ("email", standing.email, row.email if row.email_ok else ""),
        ("note", standing.note, "" if note in standing.note else note),
        ("rank", standing.rank, rank or ""),
        ("site", str(standing.site_id), str(site_id or "")),
    ]
    changes = (Change(field, old, new) for field, old, new in candidates if new and new != old)
    return tuple(change for change in changes if not (change.field == "phone" and change.new[:PHONE_TYPED_CHARACTERS] == change.old))


def _same_person(row: ListRow, other: ListRow) -> bool:
    if row.phone_e164 and other.phone_e164:
        return row.phone_e164 == other.phone_e164
    return not (row.position and other.position) or fold(row.position) == fold(other.position)


def _somebody_else(row: ListRow, standing: Standing) -> bool:
    """Both phone and position are known and differ: a namesake."""
    phones = bool(row.phone_e164 and standing.phone) and row.phone_e164 != standing.phone
    positions = bool(row.position and standing.position) and fold(row.position) != fold(standing.position)
    return phones and positions
