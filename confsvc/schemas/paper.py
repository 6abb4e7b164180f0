"""Papers drawn by a process of their own: what is to be said goes in, a PDF or the picture of its first page comes out."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from confsvc.schemas.own_program import Bounds, OwnProgram

# Not imported: what it draws with stays out of this process.
PROGRAM = Path(__file__).with_name("paper_process.py")
BOUNDS = Bounds(memory_bytes=4 * 2**30, cpu_seconds=300, niceness=10)
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Paper:
    """What one file says: a template of `templates/paper/`, its values, and the people whose codes are drawn; plain JSON all of it."""

    template: str
    data: Mapping[str, Any]
    people: Sequence[Mapping[str, Any]] = ()


@dataclass(slots=True)
class Drawing(OwnProgram):
    """Draws one paper at a time; `stop` ends what it is at and whatever comes after."""

    templates: Path

    def draw(self, paper: Paper, target: Path, tell: Callable[[int], None] = lambda count: None, *, picture: bool = False) -> None:
        """Write the paper to `target`, its first page as PNG for a `picture`; `tell` hears how many people are prepared.

        Raises ProgramFailed or ProgramStopped.
        """
        told = {"template": str(self.templates / paper.template), "data": paper.data, "people": paper.people, "format": "png" if picture else "pdf"}
        self.run(PROGRAM, [str(target)], json.dumps(told, ensure_ascii=False).encode(), tell, BOUNDS)


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
