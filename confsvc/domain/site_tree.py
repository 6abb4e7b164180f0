"""The tree of a conference's sites: the main site first, then every site followed by those below it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from confsvc.models import Site


class InTree(Protocol):
    """What of a site says where it stands."""

    @property
    def id(self) -> int: ...
    @property
    def parent_id(self) -> int | None: ...
    @property
    def kind(self) -> str: ...
    @property
    def sort_order(self) -> int: ...


S = TypeVar("S", bound=InTree)


@dataclass(frozen=True, slots=True)
class Place(Generic[S]):
    """A site in its tree: how deep it hangs (0 at the top), and whether it can go up or down among its siblings."""

    site: S
    depth: int
    first: bool
    last: bool


def tree(sites: Iterable[S]) -> list[Place[S]]:
    """Every site once, each followed by those below it; the main site first, siblings in their order.

    Rows whose chain of parents leads nowhere stand at the top, so that none is ever left out.
    """
    ordered = sorted(sites, key=lambda site: (site.kind != "main", site.sort_order, site.id))
    known = {site.id for site in ordered}
    below: dict[int | None, list[S]] = defaultdict(list)
    for site in ordered:
        below[site.parent_id if site.parent_id in known else None].append(site)
    places: list[Place[S]] = []
    waiting = _siblings(below[None], 0)
    while waiting:
        place = waiting.pop()
        places.append(place)
        waiting += _siblings(below[place.site.id], place.depth + 1)
    return places


def _siblings(sites: list[S], depth: int) -> list[Place[S]]:
    """The siblings, last first; the main site keeps its place at the head: it can neither move nor be passed."""
    movable = [site for site in sites if site.kind != "main"]
    places = [Place(site, depth, site.kind == "main" or site is movable[0], site.kind == "main" or site is movable[-1]) for site in sites]
    return places[::-1]


def number_sites(sites: Iterable[Site]) -> None:
    """Give the sites their place in the tree as `sort_order`, so that every list in that order shows the tree's."""
    for number, place in enumerate(tree(sites)):
        if place.site.sort_order != number:
            place.site.sort_order = number
