"""The board: how full each hall is, who of the required ranks is missing, and the public link that shows counts only."""

from dataclasses import dataclass

from sqlalchemy import and_, or_, select

from confsvc.domain.access import organised_conference
from confsvc.domain.errors import LinkExpired
from confsvc.domain.facts import BoardLinkRevoked
from confsvc.domain.figures import Figures, figures_by_site, total
from confsvc.domain.mandates import SUFFICIENT_RANKS
from confsvc.domain.tokens import derive_token, hash_token
from confsvc.domain.work import Work
from confsvc.models import Attendance, Conference, Delegate, Mandate, Site


@dataclass(frozen=True, slots=True)
class BoardSite:
    id: int
    name: str
    kind: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class MissingRank:
    """A mandate with a required rank of which nobody is present; `names` are those who should be."""

    mandate_id: int
    unit: str
    required_rank: str
    site: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BoardView:
    """One consistent state of the board; `missing` is None for those who may see counts only."""

    conference: Conference
    total: Figures
    sites: tuple[BoardSite, ...]
    missing: tuple[MissingRank, ...] | None

    @property
    def revision(self) -> int:
        return self.conference.revision


def read_board(work: Work, conference_id: int) -> BoardView:
    """The board as its organisers see it; raises NotFound for everybody else."""
    conference = organised_conference(work, conference_id)
    return _view(work, conference, missing_required(work, conference_id))


def read_public_board(work: Work, token: str) -> BoardView:
    """The board behind a public link, counts only; raises LinkExpired."""
    conference = work.session.scalar(select(Conference).where(Conference.board_token_hash == hash_token(token)))
    if conference is None:
        raise LinkExpired
    return _view(work, conference, None)


def missing_required(work: Work, conference_id: int) -> tuple[MissingRank, ...]:
    """The mandates whose required rank is not there yet, in the order of sites and mandates; asks no permission, one query."""
    enough = or_(*(and_(Mandate.required_rank == required, Delegate.rank.in_(ranks)) for required, ranks in SUFFICIENT_RANKS.items()))
    statement = (
        select(Mandate.id, Mandate.unit_name, Mandate.required_rank, Site.name, Delegate.full_name, Attendance.state)
        .join(Site, Site.id == Mandate.site_id)
        .outerjoin(Delegate, (Delegate.mandate_id == Mandate.id) & enough)
        .outerjoin(Attendance, Attendance.delegate_id == Delegate.id)
        .where(Mandate.conference_id == conference_id, Mandate.required_rank != "any", Mandate.seats > 0)
        .order_by(Site.kind, Site.sort_order, Site.id, Mandate.sort_order, Mandate.id, Delegate.protocol_order, Delegate.name_sort)
    )
    found: dict[int, MissingRank] = {}
    there: set[int] = set()
    for mandate_id, unit, required_rank, site, name, state in work.session.execute(statement):
        names = found[mandate_id].names if mandate_id in found else ()
        found[mandate_id] = MissingRank(mandate_id, unit, required_rank, site, (*names, name) if name else names)
        if state == "present":
            there.add(mandate_id)
    return tuple(missing for mandate_id, missing in found.items() if mandate_id not in there)


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


def _view(work: Work, conference: Conference, missing: tuple[MissingRank, ...] | None) -> BoardView:
    rows = figures_by_site(work, conference.id)
    sites = tuple(BoardSite(site.id, site.name, site.kind, figures) for site, figures in rows)
    return BoardView(conference, total(figures for _, figures in rows), sites, missing)
