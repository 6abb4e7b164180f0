"""What a unit tells of a person it sends, and what is wrong with it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from confsvc.domain.contacts import normal_email, normal_phone
from confsvc.domain.delegates import NAME_CHARACTERS, PHONE_TYPED_CHARACTERS
from confsvc.domain.errors import Invalid
from confsvc.domain.planning import line
from confsvc.domain.text import clean, fold
from confsvc.domain.work import Work
from confsvc.models import Delegate, Mandate
from confsvc.models.delegate import RANKS


@dataclass(frozen=True, slots=True)
class PersonEntry:
    """Somebody the unit sends; `is_another`: the unit knows that this is not the person of the same name on its list."""

    full_name: str
    position: str = ""
    rank: str = "staff"
    phone: str = ""
    email: str = ""
    is_another: bool = False


class WrongPeople(Invalid):
    """`rows` has what is wrong with each person in the order they were given, `whole` what is wrong with all of them together."""

    def __init__(self, rows: Sequence[Sequence[Invalid]], whole: Invalid | None = None) -> None:
        super().__init__("rows", whole.reason if whole else "people_wrong", **(whole.values if whole else {}))
        self.rows = rows


def check_people(work: Work, mandate: Mandate, entries: Sequence[PersonEntry]) -> list[list[Invalid]]:
    """What is wrong with each person, seen beside the list as it stands; one query. Asks no permission."""
    of_unit = select(Delegate.name_fold).where(Delegate.mandate_id == mandate.id, Delegate.origin != "walk_in")
    known = {likeness(name) for name in work.session.scalars(of_unit)}
    problems = []
    for entry in entries:
        wrong, name = wrong_fields(entry), likeness(fold(entry.full_name))
        if name in known and not entry.is_another and not any(error.field == "full_name" for error in wrong):
            wrong.append(Invalid("full_name", "person_twice", name=clean(entry.full_name)))
        known.add(name)
        problems.append(wrong)
    return problems


def wrong_fields(entry: PersonEntry) -> list[Invalid]:
    """What is wrong with one person, whoever else is on the list."""
    checks: tuple[Callable[[], object], ...] = (
        lambda: line("full_name", entry.full_name, NAME_CHARACTERS, required=True),
        lambda: line("position", entry.position, NAME_CHARACTERS),
        lambda: _known_rank(entry.rank),
        lambda: line("phone", entry.phone, PHONE_TYPED_CHARACTERS) and normal_phone(entry.phone),
        lambda: clean(entry.email) and normal_email(entry.email),
    )
    return [error for check in checks if (error := _error(check))]


def _error(check: Callable[[], object]) -> Invalid | None:
    try:
        check()
    except Invalid as error:
        return error
    return None


def _known_rank(rank: str) -> None:
    if rank not in RANKS:
        raise Invalid("rank", "not_a_choice")


def likeness(folded: str) -> str:
    """A folded name as it is compared: i and y are written for each other."""
    return folded.replace("y", "i")
