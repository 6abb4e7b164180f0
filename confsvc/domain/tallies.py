"""Site tallies counted anew from the delegates, the seats and the attendance states."""

from collections import Counter

from sqlalchemy import func, select

from confsvc.domain.facts import RosterChanged
from confsvc.domain.work import Work
from confsvc.models import Attendance, Delegate, Mandate, Site, SiteTally


def count_sites(work: Work, conference_id: int) -> dict[int, dict[str, int]]:
    """Site id → `named`, `vacant`, `present`, `excused`, `visiting` as the rows say; four queries whatever the size."""
    session = work.session
    by_state = session.execute(
        select(Delegate.site_id, Attendance.state, func.count())
        .join(Attendance, Attendance.delegate_id == Delegate.id)
        .where(Delegate.conference_id == conference_id)
        .group_by(Delegate.site_id, Attendance.state)
    ).all()
    visiting = session.execute(
        select(Attendance.site_id, func.count())
        .join(Delegate, Delegate.id == Attendance.delegate_id)
        .where(Attendance.conference_id == conference_id, Attendance.state == "present", Attendance.site_id != Delegate.site_id)
        .group_by(Attendance.site_id)
    ).all()
    filled = (
        select(Mandate.site_id, Mandate.seats, func.count(Delegate.id).label("named"))
        .outerjoin(Delegate, Delegate.mandate_id == Mandate.id)
        .where(Mandate.conference_id == conference_id)
        .group_by(Mandate.id)
    )
    counts: dict[int, Counter[str]] = {site_id: Counter() for site_id in session.scalars(select(Site.id).where(Site.conference_id == conference_id))}
    for site_id, state, n in by_state:
        counts[site_id]["named"] += n
        counts[site_id][state] += n
    for hall_id, n in visiting:
        counts[hall_id or 0]["visiting"] += n
    for site_id, seats, named in session.execute(filled):
        counts[site_id]["vacant"] += max(0, seats - named)
    return {site_id: {key: found[key] for key in ("named", "vacant", "present", "excused", "visiting")} for site_id, found in counts.items()}


def recount_sites(work: Work, conference_id: int) -> None:
    """Set every tally of the conference to what the rows say, after sites, seats or delegates were changed."""
    work.session.flush()
    # The attendance log adds to the rows behind the session's back: read them anew.
    stored = select(SiteTally).where(SiteTally.conference_id == conference_id).execution_options(populate_existing=True)
    tallies = {tally.site_id: tally for tally in work.session.scalars(stored)}
    for site_id, found in count_sites(work, conference_id).items():
        tally = tallies.get(site_id)
        if tally is None:
            work.session.add(SiteTally(site_id=site_id, conference_id=conference_id, **found))
            continue
        for key, value in found.items():
            setattr(tally, key, value)
    work.session.flush()
    work.tell(RosterChanged(conference_id))
