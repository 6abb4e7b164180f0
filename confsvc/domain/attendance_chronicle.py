"""The lines about one person while more of them are written: each is put into its place, and only what comes after it is read again."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator

from confsvc.domain.attendance_fold import Entry, History, position

SEAT_KINDS = ("substitute", "withdraw_substitute")


class Chronicle:
    """Lines in the order of their moments, with what the first 0, 1, 2, … of them amount to."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._entries: list[Entry] = []
        self._histories = [History()]
        # The last line, and the last about who has this person's seat.
        self.revision = self.seat_revision = 0
        for entry in sorted(entries, key=position):
            self.add(entry)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    @property
    def history(self) -> History:
        """What all lines amount to."""
        return self._histories[-1]

    def before(self, entry: Entry) -> History:
        """What the lines that happened before `entry` amount to."""
        return self._histories[bisect_left(self._entries, position(entry), key=position)]

    def add(self, entry: Entry) -> None:
        """Put the line where it belongs."""
        place = bisect_left(self._entries, position(entry), key=position)
        self._entries.insert(place, entry)
        del self._histories[place + 1 :]
        for later in self._entries[place:]:
            self._histories.append(self._histories[-1].after(later))
        self.revision = max(self.revision, entry.revision)
        if entry.kind in SEAT_KINDS:
            self.seat_revision = max(self.seat_revision, entry.revision)
