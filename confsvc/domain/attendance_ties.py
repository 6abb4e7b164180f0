"""How the lines of the log about one person hang together: which were taken back by a later one, which are a return."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from confsvc.domain.attendance_fold import Entry, History, Stay, position

ARRIVALS = ("check_in", "seek")


@dataclass(slots=True)
class Ties:
    """The revisions of the lines that no longer stand (`undone`), and of the check-ins of somebody who had left (`returned`)."""

    undone: set[int] = field(default_factory=set)
    returned: set[int] = field(default_factory=set)


def tie_lines(entries: Iterable[Entry]) -> Ties:
    """What becomes of the lines: an undo takes back check-ins and what ended them, withdrawals excuses and substitutions."""
    ties, history = Ties(), History()
    before: list[Entry] = []
    # The order in which the fold reads them.
    for entry in sorted(entries, key=position):
        ties.undone.update(line.revision for line in before if line.revision not in ties.undone and _takes_back(history, entry, line))
        if entry.kind == "check_in" and history.stays and history.stay is None:
            ties.returned.add(entry.revision)
        history = history.after(entry)
        before.append(entry)
    return ties


def _takes_back(history: History, entry: Entry, line: Entry) -> bool:
    """Whether `entry` takes back the earlier `line`, given what the lines before it amount to."""
    match entry.kind:
        case "undo":
            return any(_is_of(stay, line) for stay in history.undone_by(entry))
        case "undo_leave":
            return line.kind == "leave" and history.is_resumed_by(entry) and line.moment == history.stays[-1].left_at
        case "withdraw_excuse":
            return line.kind == "excuse"
        case "withdraw_substitute":
            return line.kind == "substitute" and line.other_id == entry.other_id
    return False


def _is_of(stay: Stay, line: Entry) -> bool:
    """Whether this line began the stay, went on with it or ended it."""
    if line.kind == "leave":
        return stay.left_at is not None and line.moment == stay.left_at
    return line.kind in ARRIVALS and (line.site_id, line.mode) == (stay.site_id, stay.mode) and line.moment >= stay.since
