"""The sites of a conference: one main site and the remote ones, in a tree and an order."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import delete, select
from sqlalchemy.orm import InstrumentedAttribute

from confsvc.domain.access import organised_conference
from confsvc.domain.calendar_marks import calendars_changed
from confsvc.domain.contacts import normal_email
from confsvc.domain.edits import claim_version
from confsvc.domain.errors import InUse, Invalid, NotFound
from confsvc.domain.facts import RosterChanged
from confsvc.domain.links import normal_link
from confsvc.domain.planning import line, planned_conference
from confsvc.domain.site_tree import number_sites, tree
from confsvc.domain.tallies import recount_sites
from confsvc.domain.text import fold
from confsvc.domain.work import Work
from confsvc.models import AttendanceEvent, Delegate, Desk, Mandate, Site, Unit

CAPACITY_MAX = 100_000
STEPS = ("up", "down")


@dataclass(frozen=True, slots=True)
class SiteEntry:
    """What is told of a site. `sort_order` 0 means: last for a new site, where it is for one that stands."""

    name: str
    kind: str = "remote"
    parent_id: int | None = None
    unit_id: int | None = None
    address: str = ""
    video_link: str = ""
    contact_name: str = ""
    contact_phone: str = ""
    contact_email: str = ""
    capacity: int | None = None
    attends: bool = True
    sort_order: int = 0


@dataclass(frozen=True, slots=True)
class SitesMade:
    """The new sites, and how many units already had one in this conference."""

    made: list[Site]
    skipped: int


def list_sites(work: Work, conference_id: int) -> list[Site]:
    """The sites of a conference the caller may see already, in the order of their tree; one query."""
    return [place.site for place in tree(work.session.scalars(select(Site).where(Site.conference_id == conference_id)))]


def main_site(work: Work, conference_id: int) -> Site | None:
    """The main site of a conference the caller may see already."""
    return work.session.scalar(select(Site).where(Site.conference_id == conference_id, Site.kind == "main"))


def organised_site(work: Work, conference_id: int, site_id: int) -> Site:
    """A site of a conference the actor organises; raises SignInRequired or NotFound."""
    organised_conference(work, conference_id)
    return _site_of(work, conference_id, site_id)


def create_site(work: Work, conference_id: int, entry: SiteEntry, *, replace_main: bool = False) -> Site:
    """A new site; raises Invalid for a value that breaks a rule. `replace_main`: as `create_sites`."""
    return create_sites(work, conference_id, [entry], replace_main=replace_main)[0]


def create_sites(work: Work, conference_id: int, entries: Sequence[SiteEntry], *, replace_main: bool = False) -> list[Site]:
    """New sites in this order, with their tallies; all or none.

    A second main site is Invalid `main_site_taken`, unless `replace_main` makes the first one remote knowingly.
    """
    planned_conference(work, conference_id)
    standing = list_sites(work, conference_id)
    # Kept from one entry to the next: a country has ten thousand sites, which must not each look at all the others.
    everybody, last = list(standing), max((site.sort_order for site in standing), default=0)
    for entry in entries:
        site = Site(conference_id=conference_id, kind="remote")
        _fill(work, site, entry, everybody)
        if entry.kind == "main":
            _become_main(everybody, site, replace_main)
        site.sort_order = entry.sort_order or last + 1
        last = max(last, site.sort_order)
        everybody.append(site)
    made = everybody[len(standing) :]
    _write(work, conference_id, standing, made)
    return made


def change_site(work: Work, conference_id: int, site_id: int, entry: SiteEntry, *, version: int, replace_main: bool = False) -> Site:
    """Change a site; raises EditConflict, or Invalid as `create_sites` and for a parent that hangs below it."""
    planned_conference(work, conference_id)
    site = _site_of(work, conference_id, site_id)
    claim_version(work, site, version)
    standing = [other for other in list_sites(work, conference_id) if other.id != site.id]
    if site.kind == "main" and entry.kind != "main":
        raise Invalid("kind", "main_site_needed")
    _fill(work, site, entry, [*standing, site])
    if entry.kind == "main":
        _become_main(standing, site, replace_main)
    site.sort_order = entry.sort_order or site.sort_order
    _write(work, conference_id, standing, [site])
    calendars_changed(work, conference_id)
    return site


def move_site(work: Work, conference_id: int, site_id: int, step: str, *, version: int) -> Site:
    """Let a site and its neighbour among the siblings change places (`step` is up or down); at an end nothing happens."""
    planned_conference(work, conference_id)
    site = _site_of(work, conference_id, site_id)
    if step not in STEPS:
        raise Invalid("step", "not_a_choice")
    claim_version(work, site, version)
    places = tree(list_sites(work, conference_id))
    siblings = [place.site for place in places if place.site.parent_id == site.parent_id and place.site.kind != "main"]
    if site.kind != "main":
        old = siblings.index(site)
        new = min(max(0, old + (1 if step == "down" else -1)), len(siblings) - 1)
        siblings.insert(new, siblings.pop(old))
        for number, sibling in enumerate(siblings):
            sibling.sort_order = number
    number_sites([place.site for place in places])
    work.tell(RosterChanged(conference_id))
    return site


def remove_site(work: Work, conference_id: int, site_id: int, *, version: int) -> None:
    """Remove a site nothing rests on; raises InUse `by` sites, mandates, delegates, desks or attendance, or EditConflict."""
    planned_conference(work, conference_id)
    site = _site_of(work, conference_id, site_id)
    claim_version(work, site, version)
    by = what_rests_on(work, site)
    if by:
        raise InUse(by=by)
    work.session.flush()
    work.session.execute(delete(Site).where(Site.id == site.id))
    work.session.expunge(site)
    work.tell(RosterChanged(conference_id))


def what_rests_on(work: Work, site: Site) -> str | None:
    """The kind of thing that keeps a site from being removed, or None."""
    resting: list[tuple[str, InstrumentedAttribute[int] | InstrumentedAttribute[int | None]]] = [
        ("sites", Site.parent_id),
        ("mandates", Mandate.site_id),
        ("delegates", Delegate.site_id),
        ("desks", Desk.site_id),
        ("attendance", AttendanceEvent.site_id),
    ]
    return next((by for by, column in resting if work.session.scalar(select(column).where(column == site.id).limit(1))), None)


def _site_of(work: Work, conference_id: int, site_id: int) -> Site:
    site = work.session.scalar(select(Site).where(Site.id == site_id, Site.conference_id == conference_id))
    if site is None:
        raise NotFound(kind="site")
    return site


def _fill(work: Work, site: Site, entry: SiteEntry, others: Sequence[Site]) -> None:
    if entry.kind not in ("main", "remote"):
        raise Invalid("kind", "not_a_choice")
    if entry.capacity is not None and not 1 <= entry.capacity <= CAPACITY_MAX:
        raise Invalid("capacity", "capacity_range", most=CAPACITY_MAX)
    if entry.unit_id is not None and entry.unit_id != site.unit_id and work.session.get(Unit, entry.unit_id) is None:
        raise Invalid("unit_id", "not_a_choice")
    _require_parent(site, entry, others)
    site.name = line("name", entry.name, 200, required=True)
    site.name_fold = fold(site.name)[:200]
    site.unit_id, site.parent_id = entry.unit_id, entry.parent_id
    site.address = line("address", entry.address, 300)
    site.video_link = normal_link(entry.video_link)
    site.contact_name = line("contact_name", entry.contact_name, 200)
    site.contact_phone = line("contact_phone", entry.contact_phone, 60)
    site.contact_email = _email(entry.contact_email)
    site.capacity, site.attends = entry.capacity, entry.attends


def _email(typed: str) -> str:
    """Where whoever runs the site is written to, or "" for nowhere."""
    if not typed.strip():
        return ""
    try:
        return line("contact_email", normal_email(typed), 254)
    except Invalid as error:
        raise Invalid("contact_email", error.reason) from error


def _require_parent(site: Site, entry: SiteEntry, others: Sequence[Site]) -> None:
    if entry.parent_id is None:
        return
    if entry.kind == "main":
        raise Invalid("parent_id", "main_site_on_top")
    parents = {other.id: other.parent_id for other in others if other.id is not None}
    if entry.parent_id not in parents:
        raise Invalid("parent_id", "not_a_choice")
    above: int | None = entry.parent_id
    while above is not None:
        if above == site.id:
            raise Invalid("parent_id", "parent_below_itself")
        above = parents.get(above)


def _become_main(others: Iterable[Site], site: Site, replace_main: bool) -> None:
    first = next((other for other in others if other.kind == "main"), None)
    if first is not None:
        if not replace_main:
            raise Invalid("kind", "main_site_taken", name=first.name)
        first.kind = "remote"
        first.version = (first.version or 0) + 1
    site.kind = "main"


def _write(work: Work, conference_id: int, standing: Sequence[Site], made: Sequence[Site]) -> None:
    # The index that allows one main site sees every statement: the old one steps down before the new one stands.
    heads = [site for site in made if site.kind == "main"]
    for head in heads:
        head.kind = "remote"
    work.session.add_all(made)
    work.session.flush()
    for head in heads[-1:]:
        head.kind = "main"
    number_sites([place.site for place in tree([*standing, *made])])
    recount_sites(work, conference_id)


def create_sites_of_children(
    work: Work,
    conference_id: int,
    unit_id: int,
    *,
    prefix: str = "Điểm cầu",
    parent_id: int | None = None,
    kind: str | None = None,
    entry: SiteEntry | None = None,
) -> SitesMade:
    """One remote site for each living child of the unit that has none in this conference, named `prefix` and its name.

    `kind` leaves out the units of every other kind; `entry` holds what the new sites share. Raises NotFound, or Invalid as `create_sites`.
    """
    planned_conference(work, conference_id)
    if work.session.get(Unit, unit_id) is None:
        raise Invalid("unit_id", "not_a_choice")
    taken = set(work.session.scalars(select(Site.unit_id).where(Site.conference_id == conference_id, Site.unit_id.is_not(None))))
    below = select(Unit).where(Unit.parent_id == unit_id, Unit.valid_to.is_(None)).order_by(Unit.sort_order, Unit.id)
    if kind is not None:
        below = below.where(Unit.kind == kind)
    children = work.session.scalars(below).all()
    shared = entry or SiteEntry(name="")
    prefix = line("prefix", prefix, 80)
    entries = [
        replace(shared, name=f"{prefix} {unit.name}".strip()[:200], kind="remote", parent_id=parent_id, unit_id=unit.id, sort_order=0)
        for unit in children
        if unit.id not in taken
    ]
    made = create_sites(work, conference_id, entries) if entries else []
    return SitesMade(made, len(children) - len(made))
