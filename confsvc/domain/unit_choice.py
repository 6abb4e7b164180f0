"""A unit chosen by typing: the label that names exactly one, and the unit that somebody means."""

import re

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from confsvc.domain.access import require_organiser
from confsvc.domain.errors import Invalid
from confsvc.domain.text import clean, fold, like_pattern
from confsvc.domain.units import living_units
from confsvc.domain.work import Work
from confsvc.models import Unit

CHOICES = 20
# Longer than any label; a database refuses patterns without bound.
TYPED_CHARACTERS = 300
_LABEL = re.compile(r".* · (?:#(?P<id>\d{1,9})|(?P<code>.+))")


def unit_label(unit: Unit) -> str:
    """Name and code, or the id where there is no code or the unit has ended: names alone may be many."""
    return f"{unit.name} · {unit.code}" if unit.code and unit.valid_to is None else f"{unit.name} · #{unit.id}"


def offer_units(work: Work, query: str) -> list[Unit]:
    """At most `CHOICES` living units that fit what was typed so far, with their parents."""
    return list(work.session.scalars(living_units(work, query).options(selectinload(Unit.parent)).limit(CHOICES)))


def chosen_unit(work: Work, field: str, typed: str) -> Unit | None:
    """The unit meant by a label, a code, or a name or part of one that only one living unit has; None for nothing typed.

    Raises Invalid `unit_unknown` or `unit_ambiguous`. A label with an id finds ended units too.
    """
    require_organiser(work)
    typed = clean(typed)
    if not typed:
        return None
    if len(typed) > TYPED_CHARACTERS:
        raise Invalid(field, "unit_unknown")
    found = _by_label(work, typed) or _by_code(work, typed)
    if found:
        return found
    same = work.session.scalars(select(Unit).where(Unit.valid_to.is_(None), Unit.name_fold == fold(typed)).limit(3)).all()
    exact = [unit for unit in same if unit.name.casefold() == typed.casefold()]
    fitting = exact or same or work.session.scalars(living_units(work, typed).limit(2)).all()
    if len(fitting) == 1:
        return fitting[0]
    raise Invalid(field, "unit_ambiguous" if fitting else "unit_unknown")


def _by_label(work: Work, typed: str) -> Unit | None:
    label = _LABEL.fullmatch(typed)
    if label is None:
        return None
    return work.session.get(Unit, int(label["id"])) if label["id"] else _by_code(work, label["code"])


def _by_code(work: Work, code: str) -> Unit | None:
    """The living unit with this code, in whatever capitals; with exactly these before others."""
    # The code is the last line; only Python knows the capitals of every letter.
    ending = like_pattern(code).removesuffix("%").replace("%", "%\n", 1)
    alike = work.session.scalars(select(Unit).where(Unit.valid_to.is_(None), Unit.code != "", Unit.search_fold.like(ending, escape="\\")).order_by(Unit.id))
    found = [unit for unit in alike if unit.code.casefold() == code.casefold()]
    return next((unit for unit in found if unit.code == code), found[0] if found else None)
