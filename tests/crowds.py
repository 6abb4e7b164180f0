"""Many delegates of one mandate, made as `make_delegate` makes each; what concerns all of them is done once, which is most of the work."""

from collections.abc import Iterable
from typing import Any

from confsvc.domain.passes import issue_passes, renew_link
from confsvc.domain.tallies import recount_sites
from confsvc.domain.text import fold, name_sort_key
from confsvc.domain.work import Work
from confsvc.models import Attendance, Delegate, Mandate


def make_crowd(work: Work, mandate: Mandate, names: Iterable[str], **changes: Any) -> list[Delegate]:
    """Delegates of these names, each with a pass, a link and an attendance state, at the mandate's site."""
    place = {"conference_id": mandate.conference_id, "mandate_id": mandate.id, "site_id": mandate.site_id}
    told = {"position_fold": fold(str(changes.get("position", ""))), "created_at": work.now, **changes}
    people = [Delegate(**place, full_name=name, name_fold=fold(name), name_sort=name_sort_key(name), **told) for name in names]
    for person in people:
        renew_link(work, person)
    work.session.add_all(people)
    work.session.flush()
    issue_passes(work, people)
    work.session.add_all([Attendance(delegate_id=person.id, conference_id=person.conference_id) for person in people])
    recount_sites(work, mandate.conference_id)
    return people
