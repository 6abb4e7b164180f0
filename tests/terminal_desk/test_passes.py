"""What a desk in a terminal keeps of passes: in memory, and on disk for its next start."""

from pathlib import Path

from confsvc.terminal_desk.roster import Roster
from confsvc.terminal_desk.store import Store


def test_passes_that_died_or_live_again_are_kept(tmp_path: Path) -> None:
    store = Store(tmp_path)
    roster = Roster(store)
    roster.change((), [{"pass": "here", "by": "Lê Văn Thay"}, {"pass": "far", "by": None}, {"pass": "back", "by": None}])

    # What is told to every site names nobody.
    roster.change((), [{"pass": "here", "by": None}], ["back"])

    assert roster._revoked == store.revoked() == {"here": "Lê Văn Thay", "far": None}
    store.close()
