"""Papers drawn by a process of their own: what is to be said goes in, a PDF or the picture of its first page comes out."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

# Not imported: what it draws with stays out of this process.
PROGRAM = Path(__file__).with_name("paper_process.py")
SAID_MAX_CHARACTERS = 2000
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Paper:
    """What one file says: a template of `templates/paper/`, its values, and the people whose codes are drawn; plain JSON all of it."""

    template: str
    data: Mapping[str, Any]
    people: Sequence[Mapping[str, Any]] = ()


class PaperFailed(Exception):
    """The drawing ended without a file: the text is what its process said."""


class DrawingStopped(Exception):
    """Somebody stopped the drawing."""


@dataclass(slots=True)
class Drawing:
    """Draws one paper at a time; `stop` ends what it is at and whatever comes after."""

    templates: Path
    stopped: bool = False
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def draw(self, paper: Paper, target: Path, tell: Callable[[int], None] = lambda count: None, *, picture: bool = False) -> None:
        """Write the paper to `target`, its first page as PNG for a `picture`; `tell` hears how many people are prepared.

        Waits for the process and computes nothing. Raises PaperFailed or DrawingStopped.
        """
        if self.stopped:
            raise DrawingStopped
        told = {"template": str(self.templates / paper.template), "data": paper.data, "people": paper.people, "format": "png" if picture else "pdf"}
        command = [sys.executable, "-P", str(PROGRAM), str(target)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:  # noqa: S603 - our own program
            self._process = process
            if self.stopped:
                process.kill()
            said = _converse(process, json.dumps(told, ensure_ascii=False).encode(), tell)
        if self.stopped:
            raise DrawingStopped
        if process.returncode != 0:
            raise PaperFailed(said[-SAID_MAX_CHARACTERS:])

    def stop(self) -> None:
        """End the drawing, now."""
        self.stopped = True
        if self._process is not None:
            self._process.kill()


def _converse(process: subprocess.Popen[bytes], told: bytes, tell: Callable[[int], None]) -> str:
    """Give the process what it draws and pass on the numbers it says; the rest of what it says is returned."""
    if process.stdin is None or process.stdout is None:
        raise PaperFailed("no pipes")
    said = []
    try:
        process.stdin.write(told)
        process.stdin.close()
    except BrokenPipeError:
        said.append("ended before it had heard all\n")
    for line in process.stdout:
        if line.strip().isdigit():
            tell(int(line))
        else:
            said.append(line.decode("utf-8", "replace"))
    return "".join(said)


def in_batches(items: Sequence[Item], most: int, weight: Callable[[Item], int] = lambda item: 1) -> Iterator[list[Item]]:
    """The items in order, in lists that weigh no more than `most` together; one that is heavier by itself comes alone."""
    batch: list[Item] = []
    weighs = 0
    for item in items:
        if batch and weighs + weight(item) > most:
            yield batch
            batch, weighs = [], 0
        batch.append(item)
        weighs += weight(item)
    if batch:
        yield batch
