"""A made-up country for a drill: provinces, the halls below them, and who is expected where."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, islice
from random import Random

from confsvc.domain.demo_people import COMMUNE, Post, made_up_names
from confsvc.domain.text import fold, name_sort_key

MOST_PROVINCES = 34
SITES_FOR_A_PROVINCE = 10
# A province's hall is so much larger than that of a commune.
SIZE_OF_PROVINCE = 3.0
SIZES = (0.6, 1.4)
# So many different names, as in life: working out how a name is searched and sorted takes longer than all else about a person.
DIFFERENT_NAMES = 20_000


@dataclass(frozen=True, slots=True)
class Name:
    """A name with what it is searched and sorted by."""

    full: str
    fold: str
    sort: str


@dataclass(frozen=True, slots=True)
class Hall:
    """Site `number` (0 is the main one), of a unit of its own; below the site `province` (None: below none), with so many people."""

    number: int
    name: str
    unit: str
    kind: str
    province: int | None
    people: int


def halls(sites: int, people: int) -> list[Hall]:
    """The main hall, the provinces' and the communes'; exactly so many people, at least one in each."""
    if not 1 <= sites <= people:
        raise ValueError("a drill needs a site, and somebody at each")
    provinces = min(MOST_PROVINCES, (sites - 1) // SITES_FOR_A_PROVINCE)
    random = Random(f"halls {sites} {people}")  # noqa: S311  # an example is to be the same every time
    weights = [random.uniform(*SIZES) * (SIZE_OF_PROVINCE if number <= provinces else 1.0) for number in range(sites)]
    sizes = _shared_out(people - sites, weights)
    return [_hall(number, provinces, 1 + size) for number, size in enumerate(sizes)]


def names(people: int) -> list[Name]:
    """Names for so many, who share them where they are very many; the same every time."""
    made = islice(made_up_names(Random("names")), min(people, DIFFERENT_NAMES))  # noqa: S311  # as above
    return [Name(full, fold(full), name_sort_key(full)) for full in made]


def posts(people: int) -> Iterator[Post]:
    """The positions of so many people of one unit, from high to low."""
    return (COMMUNE[min(n, len(COMMUNE) - 1)] for n in range(people))


def _hall(number: int, provinces: int, people: int) -> Hall:
    if number == 0:
        return Hall(0, "Điểm cầu trung tâm diễn tập", "Cơ quan trung ương diễn tập", "bộ, ngành", None, people)
    if number <= provinces:
        return Hall(number, f"Điểm cầu tỉnh diễn tập {number}", f"Tỉnh diễn tập {number}", "tỉnh", None, people)
    province = 1 + (number - 1) % provinces if provinces else None
    return Hall(number, f"Điểm cầu xã diễn tập {number}", f"Xã diễn tập {number}", "xã", province, people)


def _shared_out(whole: int, weights: list[float]) -> list[int]:
    """Whole numbers in the proportion of the weights, that make `whole`."""
    total = sum(weights)
    ends = [round(whole * until / total) for until in accumulate(weights)]
    return [end - start for start, end in zip([0, *ends[:-1]], ends, strict=True)]
