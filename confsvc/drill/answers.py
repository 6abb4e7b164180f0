"""What came of each person, in arrays: a million objects would slow the drill down."""

from array import array
from collections import Counter

NOT_YET, AT_ONCE, RETURNED = 0, 1, 2


class Answers:
    """For each person, by number: how they were answered, when, and how long after they stood there, in seconds.

    AT_ONCE: at a desk with a line; RETURNED: queued by a desk that had none. `verdicts` counts what the server said, `errors`
    the answers that ask for another try, by code.
    """

    def __init__(self, people: int) -> None:
        self.how = bytearray(people)
        self.at = array("f", bytes(4 * people))
        self.latency = array("f", bytes(4 * people))
        self.verdicts: Counter[str] = Counter()
        self.errors: Counter[str] = Counter()
        self.count = 0
        self.last_revision = 0

    def note(self, person: int, how: int, since: float, now: float) -> bool:
        """This person was answered now, after having been there `since`; False where they had an answer already."""
        if self.how[person]:
            return False
        self.how[person] = how
        self.at[person] = now
        self.latency[person] = now - since
        self.count += 1
        return True

    def numbers(self, how: int) -> list[int]:
        """Who was answered this way, by when."""
        return sorted((person for person, one in enumerate(self.how) if one == how), key=self.at.__getitem__)
