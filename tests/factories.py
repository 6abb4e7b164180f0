"""Rows for tests, made straight from the models: dull defaults, a named cast.

olga organises, mallory is an organiser of something else, dina and the others are delegates.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import select

from confsvc.domain.facts import RosterChanged
from confsvc.domain.passes import issue_passes, renew_link
from confsvc.domain.tallies import recount_sites
from confsvc.domain.text import fold, name_sort_key, text_sort_key
from confsvc.domain.tokens import hash_token
from confsvc.domain.unit_rules import search_text
from confsvc.domain.work import AccountActor, Work
from confsvc.models import Account, Attendance, Conference, ConferenceMember, Delegate, Desk, Mandate, Pairing, Site, SiteTally, Unit

Row = TypeVar("Row")
STARTS = datetime(2023, 1, 16, 7, 0, tzinfo=UTC)  # 14:00 in Bình Thuận
ENDS = datetime(2023, 1, 16, 10, 0, tzinfo=UTC)


def make_account(work: Work, name: str = "olga", **changes: Any) -> Account:
    values = {"email": f"{name}@example.org", "name": name.title(), "password_hash": "!", "created_at": work.now}
    return _added(work, Account(**{**values, **changes}))


def make_unit(work: Work, name: str = "Sở Nội vụ", **changes: Any) -> Unit:
    searched = search_text(name, changes.get("short_name", ""), changes.get("code", ""))
    return _added(work, Unit(**{"name": name, "name_fold": fold(name), "search_fold": searched, **changes}))


def make_conference(work: Work, organiser: Account | None = None, **changes: Any) -> Conference:
    """A published conference on 16/01/2023, 14:00-17:00; `organiser` becomes its member."""
    title = changes.pop("title", "Hội nghị tổng kết năm 2022")
    values: dict[str, Any] = {"uid": work.new_id(), "title": title, "title_fold": fold(title), "title_sort": text_sort_key(title)}
    values |= {"state": "published", "timezone": "Asia/Ho_Chi_Minh", "starts_at": STARTS, "ends_at": ENDS, "created_at": work.now}
    if changes.get("state") == "closed":
        values["closed_at"] = ENDS
    conference = _added(work, Conference(**{**values, **changes}))
    if organiser:
        work.session.add(ConferenceMember(conference_id=conference.id, account_id=organiser.id))
        work.session.flush()
    return conference


def settle(conference: Conference, state: str) -> None:
    """Put a conference into this state; a closed one was closed when it was to end."""
    conference.state, conference.closed_at = state, ENDS if state == "closed" else None


def make_site(work: Work, conference: Conference, name: str = "Điểm cầu trung tâm", **changes: Any) -> Site:
    """A site with its tally; the main site unless `kind` says otherwise."""
    site = _added(work, Site(**{"conference_id": conference.id, "name": name, "name_fold": fold(name), "kind": "main", **changes}))
    # Nobody has a seat there yet, and the other sites count what they counted.
    _added(work, SiteTally(site_id=site.id, conference_id=conference.id, revision=_revision(work, conference.id)))
    work.tell(RosterChanged(conference.id))
    return site


def make_mandate(work: Work, conference: Conference, site: Site, unit: Unit | None = None, **changes: Any) -> Mandate:
    unit = unit or make_unit(work)
    values = {"conference_id": conference.id, "unit_id": unit.id, "unit_name": unit.name, "unit_name_fold": unit.name_fold, "site_id": site.id}
    values["unit_name_sort"] = text_sort_key(unit.name)
    mandate = _added(work, Mandate(**{**values, **changes}))
    # Nobody fills its seats yet, and nothing else is counted anew.
    tally = work.session.get_one(SiteTally, mandate.site_id, populate_existing=True)
    if mandate.seats:
        tally.vacant, tally.revision = tally.vacant + mandate.seats, _revision(work, conference.id)
        work.session.flush()
    work.tell(RosterChanged(conference.id))
    return mandate


def make_delegate(work: Work, mandate: Mandate, full_name: str = "Nguyễn Thị Dina", **changes: Any) -> Delegate:
    """A delegate with a pass, a link and an attendance state, at the mandate's site."""
    [delegate] = make_crowd(work, mandate, [full_name], **changes)
    return delegate


def make_crowd(work: Work, mandate: Mandate, names: Iterable[str], **changes: Any) -> list[Delegate]:
    """Delegates of these names as `make_delegate` makes each; what concerns all of them is done once, which is most of the work."""
    told = {"conference_id": mandate.conference_id, "mandate_id": mandate.id, "site_id": mandate.site_id, "created_at": work.now}
    told |= {"position_fold": fold(str(changes.get("position", ""))), **changes}
    people = [Delegate(**{"full_name": name, "name_fold": fold(name), "name_sort": name_sort_key(name), **told}) for name in names]
    for person in people:
        renew_link(work, person)
    work.session.add_all(people)
    work.session.flush()
    issue_passes(work, people)
    work.session.add_all([Attendance(delegate_id=person.id, conference_id=person.conference_id) for person in people])
    recount_sites(work, mandate.conference_id)
    return people


def make_substitute(work: Work, replaced: Delegate, full_name: str = "Lê Văn Thay", **changes: Any) -> Delegate:
    """Somebody who came to take the seat of `replaced`; the log knows nothing of it yet."""
    mandate = work.session.get_one(Mandate, replaced.mandate_id)
    return make_delegate(work, mandate, full_name, **{"origin": "substitute", "replaces_id": replaced.id, "site_id": replaced.site_id, **changes})


def make_walk_in(work: Work, site: Site, full_name: str = "Phạm Thị Khách", unit_name: str = "Báo Bình Thuận", **changes: Any) -> Delegate:
    """Somebody of a unit that was not invited, come to this site; the log knows nothing of it yet."""
    unit = {"unit_name": unit_name, "unit_name_fold": fold(unit_name), "unit_name_sort": text_sort_key(unit_name)}
    mandate = _added(work, Mandate(conference_id=site.conference_id, unit_id=None, seats=0, site_id=site.id, **unit))
    return make_delegate(work, mandate, full_name, **{"origin": "walk_in", **changes})


def make_desk(work: Work, site: Site, name: str = "Bàn 1", token: str = "", **changes: Any) -> Desk:
    """A desk of this site, paired by some organiser; `token` is what its cookie holds."""
    values: dict[str, Any] = {"conference_id": site.conference_id, "site_id": site.id}
    account = work.session.scalars(select(Account)).first() or make_account(work, "pia")
    times = {"created_at": work.now, "expires_at": work.now, "used_at": work.now}
    pairing = _added(work, Pairing(**values, **times, uid=work.new_id(), token_hash=work.new_id(), created_by_id=account.id))
    values |= {"pairing_id": pairing.id, "uid": work.new_id(), "name": name, "token_hash": hash_token(token or work.new_id())}
    return _added(work, Desk(**{**values, "paired_at": work.now, "expires_at": work.now + timedelta(days=7), **changes}))


def acting(account: Account) -> AccountActor:
    return AccountActor(account.id)


def _revision(work: Work, conference_id: int) -> int:
    """The conference's, which the log raises behind the session's back."""
    return work.session.scalars(select(Conference.revision).where(Conference.id == conference_id)).one()


def _added(work: Work, row: Row) -> Row:
    work.session.add(row)
    work.session.flush()
    return row
