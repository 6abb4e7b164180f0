"""What the figures of one `./dev bench` share: the cores, the prepared databases, and what is closed at the end."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from benchmarks.machine import Cores, allow_many_sockets, share_out_cores
from benchmarks.preparation import Size
from benchmarks.readings import Run
from benchmarks.stores import STORES, Store

# Measures once, and returns numbers under the keys of the catalogue.
Measure = Callable[[], Run]
Thing = TypeVar("Thing")


@dataclass
class Bench:
    """Made once; each figure prepares what it needs through it and returns its `Measure`, which is then called once a run."""

    cores: Cores
    is_quick: bool
    closing: ExitStack
    _stores: dict[tuple[str, Size], Store] = field(default_factory=dict)

    def store(self, database: str, size: Size) -> Store:
        """A prepared conference of this size; the same one for every figure that asks for the same."""
        if (database, size) not in self._stores:
            self._stores[database, size] = self.keep(STORES[database](size))
        return self._stores[database, size]

    def keep(self, opened: AbstractContextManager[Thing]) -> Thing:
        """Open it, to be closed when everything is measured."""
        return self.closing.enter_context(opened)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure and about how many seconds it takes on two quiet cores: to prepare, once (what another one has prepared is not counted), and for each run.

    `once`: one run is all there is, however many are asked for. `is_default`: taken without being asked for.
    """

    prepare: Callable[[Bench], Measure]
    prepare_seconds: float
    run_seconds: float
    once: bool = False
    is_default: bool = True

    def seconds(self, runs: int) -> float:
        """About how long so many runs take."""
        return self.prepare_seconds + self.run_seconds * (1 if self.once else runs)


@contextmanager
def alone() -> Iterator[Bench]:
    """What a figure needs that is measured by itself, at its full size."""
    allow_many_sockets()
    with ExitStack() as closing:
        yield Bench(share_out_cores(), False, closing)
