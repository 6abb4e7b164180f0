"""People who are put on the list at the door: a row with a pass and a link, not let in yet."""

from dataclasses import dataclass

from sqlalchemy import func, select

from confsvc.domain.delegates import NAME_CHARACTERS, NO_ORDER, DelegateEntry, delegate_texts
from confsvc.domain.errors import Invalid
from confsvc.domain.passes import issue_passes, renew_link
from confsvc.domain.planning import line
from confsvc.domain.text import fold, text_sort_key
from confsvc.domain.work import Work
from confsvc.models import Attendance, Conference, Delegate, Mandate
from confsvc.models.delegate import RANKS


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Who has come, as they were asked at the door."""

    name: str
    position: str = ""
    rank: str = "staff"


def add_substitute(work: Work, conference: Conference, replaced: Delegate, who: Newcomer) -> Delegate:
    """A substitute for `replaced`, with the same seat; raises Invalid."""
    if who.rank not in RANKS:
        raise Invalid("rank", "not_a_choice")
    place = {"mandate_id": replaced.mandate_id, "site_id": replaced.site_id, "protocol_order": replaced.protocol_order}
    return _add(work, conference, who, origin="substitute", replaces_id=replaced.id, **place)


def add_walk_in(work: Work, conference: Conference, site_id: int, unit: str, who: Newcomer) -> Delegate:
    """Somebody who is on no list, of the unit with this name; raises Invalid."""
    mandate = _mandate_of(work, conference, site_id, line("unit", unit, NAME_CHARACTERS, required=True))
    return _add(work, conference, who, origin="walk_in", replaces_id=None, mandate_id=mandate.id, site_id=site_id, protocol_order=NO_ORDER)


def _add(work: Work, conference: Conference, who: Newcomer, **seat: object) -> Delegate:
    texts = delegate_texts(DelegateEntry(who.name, 0, position=who.position))
    delegate = Delegate(conference_id=conference.id, rank=who.rank, created_at=work.now, **texts, **seat)
    renew_link(work, delegate)
    work.session.add(delegate)
    work.session.flush()
    work.session.add(Attendance(delegate_id=delegate.id, conference_id=conference.id, state="not_admitted"))
    if conference.rehearses_id is None:
        issue_passes(work, [delegate])
    work.session.flush()
    return delegate


def _mandate_of(work: Work, conference: Conference, site_id: int, unit: str) -> Mandate:
    """The invited unit of this name, if there is just one; else the uninvited one of this name, made where it is missing."""
    folded = fold(unit)[:NAME_CHARACTERS]
    alike = select(Mandate).where(Mandate.conference_id == conference.id, func.replace(Mandate.unit_name_fold, "y", "i") == folded.replace("y", "i"))
    found = work.session.scalars(alike.order_by(Mandate.id)).all()
    invited = [mandate for mandate in found if mandate.unit_id is not None]
    if len(invited) == 1:
        return invited[0]
    uninvited = [mandate for mandate in found if mandate.unit_id is None]
    if uninvited:
        return uninvited[0]
    mandate = Mandate(conference_id=conference.id, unit_name=unit, unit_name_fold=folded, unit_name_sort=text_sort_key(unit), site_id=site_id, seats=0)
    work.session.add(mandate)
    work.session.flush()
    return mandate
