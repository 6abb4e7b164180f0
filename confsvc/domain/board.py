"""The board: how full each hall is, who of the required ranks is missing, who asks to be let in, and the public link that shows counts only."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select

from confsvc.domain.access import organised_conference
from confsvc.domain.admissions import Asking, count_asking, people_asking
from confsvc.domain.errors import LinkExpired
from confsvc.domain.facts import BoardLinkRevoked
from confsvc.domain.figures import Figures, figures_by_site, total
from confsvc.domain.missing import lacks_required_rank, rank_suffices
from confsvc.domain.tallies import has_seat
from confsvc.domain.tokens import derive_token, hash_token
from confsvc.domain.work import Work
from confsvc.models import Attendance, Conference, Delegate, Mandate, Site

# Of more people than this who ask the board shows how many more there are.
MOST_ASKING = 30


@dataclass(frozen=True, slots=True)
class BoardSite:
    """`in_hall`: how many people the log has in this hall, to be held against its headcount; None where there is no headcount."""

    id: int
    name: str
    kind: str
    figures: Figures
    in_hall: int | None = None


@dataclass(frozen=True, slots=True)
class MissingRank:
    """A mandate with a required rank of which nobody is present; `names` are those who should be."""

    mandate_id: int
    unit: str
    required_rank: str
    site: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PeopleAsking:
    """How many wait for an organiser's yes, and the first of them."""

    count: int
    people: tuple[Asking, ...]


@dataclass(frozen=True, slots=True)
class BoardView:
    """One consistent state of the board; `missing` and `asking` are None for those who may see counts only."""

    conference: Conference
    total: Figures
    sites: tuple[BoardSite, ...]
    missing: tuple[MissingRank, ...] | None
    asking: PeopleAsking | None = None

    @property
    def revision(self) -> int:
        return self.conference.revision

    @property
    def in_hall(self) -> int | None:
        """The people in those halls that counted themselves; None where none did."""
        counted = [site.in_hall for site in self.sites if site.in_hall is not None]
        return sum(counted) if counted else None


def read_board(work: Work, conference_id: int) -> BoardView:
    """The board as its organisers see it; raises NotFound for everybody else."""
    conference = organised_conference(work, conference_id)
    asking = PeopleAsking(count_asking(work, conference_id), tuple(people_asking(work, conference_id, most=MOST_ASKING)))
    return _view(work, conference, missing_required(work, conference_id), asking)


def read_public_board(work: Work, token: str) -> BoardView:
    """The board behind a public link, counts only; raises LinkExpired."""
    conference = work.session.scalar(select(Conference).where(Conference.board_token_hash == hash_token(token)))
    if conference is None:
        raise LinkExpired
    return _view(work, conference, None, None)


def missing_required(work: Work, conference_id: int) -> tuple[MissingRank, ...]:
    """The mandates whose required rank is not there yet, in the order of sites and mandates; asks no permission, one query."""
    statement = (
        select(Mandate.id, Mandate.unit_name, Mandate.required_rank, Site.name, Delegate.full_name, has_seat())
        .join(Site, Site.id == Mandate.site_id)
        .outerjoin(Delegate, (Delegate.mandate_id == Mandate.id) & rank_suffices())
        .outerjoin(Attendance, Attendance.delegate_id == Delegate.id)
        .where(lacks_required_rank(conference_id))
        .order_by(Site.kind, Site.sort_order, Site.id, Mandate.sort_order, Mandate.id, Delegate.protocol_order, Delegate.name_sort)
    )
    found: dict[int, MissingRank] = {}
    for mandate_id, unit, required_rank, site, name, seated in work.session.execute(statement):
        names = found[mandate_id].names if mandate_id in found else ()
        found[mandate_id] = MissingRank(mandate_id, unit, required_rank, site, (*names, name) if seated else names)
    return tuple(found.values())


def board_token(work: Work, conference: Conference) -> str | None:
    """The token of the public link, or None where there is none."""
    return derive_token(work.secret, "board", conference.uid, conference.board_serial) if conference.board_token_hash else None


def renew_board_link(work: Work, conference_id: int) -> Conference:
    """Give the board a new public link; one that was there before is dead. Raises NotFound."""
    conference = organised_conference(work, conference_id)
    _end_link(work, conference)
    conference.board_serial += 1
    conference.board_token_hash = hash_token(derive_token(work.secret, "board", conference.uid, conference.board_serial))
    return conference


def revoke_board_link(work: Work, conference_id: int) -> Conference:
    """Make the public link useless; raises NotFound."""
    conference = organised_conference(work, conference_id)
    _end_link(work, conference)
    return conference


def _end_link(work: Work, conference: Conference) -> None:
    if conference.board_token_hash:
        conference.board_token_hash = None
        work.tell(BoardLinkRevoked(conference.id))


def _view(work: Work, conference: Conference, missing: tuple[MissingRank, ...] | None, asking: PeopleAsking | None) -> BoardView:
    rows = figures_by_site(work, conference.id)
    counted = [site.id for site, figures in rows if figures.headcount is not None]
    in_halls = _in_halls(work, conference.id) if counted else {}
    sites = tuple(BoardSite(site.id, site.name, site.kind, figures, in_halls.get(site.id, 0) if site.id in counted else None) for site, figures in rows)
    return BoardView(conference, total(figures for _, figures in rows), sites, missing, asking)


def _in_halls(work: Work, conference_id: int) -> Mapping[int, int]:
    """Site id → how many people are in its hall, wherever their seats are; who joined online is in none."""
    here = select(Attendance.site_id, func.count()).where(Attendance.conference_id == conference_id, Attendance.state == "present")
    rows = work.session.execute(here.where(Attendance.mode == "in_person").group_by(Attendance.site_id))
    return {site_id: n for site_id, n in rows if site_id is not None}
