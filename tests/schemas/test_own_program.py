"""Programs of ours are bounded before they are told anything, whoever begins them."""

import json
import os
from pathlib import Path

import pytest

from confsvc.schemas import attendance_workbook, paper, spreadsheets
from confsvc.schemas.own_program import Bounds, OwnProgram, ProgramFailed

NICEST = 19
# Says what it may take, and what a process may that it begins.
TELLTALE = """
import json, os, resource, sys
sys.stdin.read()
kinds = (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_CORE)
if os.fork():
    os.wait()
print(json.dumps([[resource.getrlimit(kind) for kind in kinds], os.nice(0)]), flush=True)
os._exit(1)
"""


def taken(folder: Path, bounds: Bounds) -> list[object]:
    """What the program and its child say that they may take."""
    program = folder / "telltale.py"
    program.write_text(TELLTALE)
    with pytest.raises(ProgramFailed) as ended:
        OwnProgram().run(program, [], b"go", lambda _count: None, bounds)
    return [json.loads(line) for line in str(ended.value).splitlines()]


@pytest.mark.parametrize("bounds", [paper.BOUNDS, attendance_workbook.BOUNDS, spreadsheets.BOUNDS])
def test_program_and_those_it_begins_may_take_no_more(tmp_path: Path, bounds: Bounds) -> None:
    limits = [[most, most] for most in (bounds.memory_bytes, bounds.cpu_seconds, 0)]
    assert taken(tmp_path, bounds) == [[limits, min(NICEST, os.nice(0) + bounds.niceness)]] * 2
