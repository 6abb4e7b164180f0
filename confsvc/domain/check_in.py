"""What a desk may do: see its own site's roster, and tell what happened there, at once or after hours without a line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from confsvc.domain.attendance import NewEvent, Verdict, earlier_verdict, record_attendance, record_in_turn
from confsvc.domain.attendance_log import Opening, opens_at, take_turn
from confsvc.domain.corrections import fitting_reason
from confsvc.domain.desks import DeskPlace, DeskView, acting_desk, acting_place, acting_places
from confsvc.domain.errors import DeskGone, DomainError, Invalid, Malformed
from confsvc.domain.figures import Figures, figures_of_sites
from confsvc.domain.passes import public_key
from confsvc.domain.roster import RevokedPass, RosterRow, changed_passes, read_roster, revoked_passes, roster_changes, roster_rows
from confsvc.domain.substitutions import SubstituteEntry, come_for, give_seat_back, substitute_of
from confsvc.domain.walk_ins import WalkInEntry, walk_in
from confsvc.domain.work import Work

MOST_HEADS = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Something that happened at the desk: `occurred_at` by its clock, which the server's was `clock_offset_ms` ahead of."""

    client_ref: str
    occurred_at: datetime
    clock_offset_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckIn(Act):
    """A person at the desk, named by a scanned `code` or picked by `delegate_id`; one of the two is given."""

    code: str | None = None
    delegate_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave(Act):
    """A person who goes, named like one who comes."""

    code: str | None = None
    delegate_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoCheckIn(Act):
    """A check-in at this desk's site that was a mistake."""

    delegate_id: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoLeave(Act):
    """Somebody noted as gone who has not gone."""

    delegate_id: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Substitute(Act):
    """A person of this name has come for `delegate_id`."""

    delegate_id: int
    name: str
    position: str
    rank: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawSubstitute(Act):
    """The act `substitution` (its client_ref) was a mistake."""

    substitution: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkIn(Act):
    """Somebody who is on no list."""

    name: str
    position: str
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CountHeads(Act):
    """How many people are in the hall, counted by eye."""

    count: int
    reason: str = ""


# A verdict, with the id of who was replaced by a substitution; or why the act could not be read.
Found = tuple[Verdict, int | None] | DomainError
# Acts that are one line about one person or the hall, and so can be written many at once.
PLAIN_ACTS = (CheckIn, Leave, UndoCheckIn, UndoLeave, CountHeads)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the desk is told: the verdict, the person as they stand now (None where nobody is meant), and for a substitution who was replaced."""

    verdict: Verdict
    row: RosterRow | None
    replaced: RosterRow | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """An answer or error for each act, in their order, and the site's figures after all of them."""

    answers: list[Answer | DomainError]
    revision: int
    figures: Figures


@dataclass(frozen=True, slots=True)
class DeskChanges:
    """What changed until `revision`: rows of the site's roster, passes that died, and those that are valid again."""

    site_id: int
    rows: list[RosterRow]
    revoked: list[RevokedPass]
    restored: list[str]
    revision: int
    figures: Figures


@dataclass(frozen=True, slots=True)
class DeskRoster:
    """The whole roster at `revision`.

    `pass_key` verifies pass tokens of the conference `pass_conference_id`; `opens_at` is when check-in opens.
    """

    view: DeskView
    rows: list[RosterRow]
    revoked: list[RevokedPass]
    pass_key: str
    pass_conference_id: int
    opens_at: datetime
    revision: int
    figures: Figures


def carry_out(work: Work, acts: Sequence[Act]) -> Outcome:
    """Carry out what happened at the acting desk, in this order; raises DeskGone. One act that cannot be read spoils no other.

    The same `client_ref` gets the same verdict. As many statements for a run of plain acts as for one.
    """
    view = acting_desk(work)
    if acts:
        # It may be revoked while this waits for its turn.
        take_turn(work, view.conference.id)
        view = acting_desk(work)
    return carry_out_for(work, view, acts)


def carry_out_for(work: Work, view: DeskView, acts: Sequence[Act], *, account_id: int | None = None) -> Outcome:
    """The same for a desk that need not act any more, on the word of an organiser's account; asks no permission."""
    found: list[Found] = []
    conference_id = view.place.conference_id
    for plain, run in groupby(acts, lambda act: isinstance(act, PLAIN_ACTS)):
        if plain:
            found += _record_run(work, take_turn(work, conference_id), [(view.place, act) for act in run], account_id)
        else:
            found += [_record_one(work, view, act, account_id) for act in run]
    return _outcomes(work, conference_id, [(view.place, found)])[0]


def carry_out_together(work: Work, conference_id: int, told: Sequence[tuple[int, Sequence[Act]]]) -> list[Outcome | DeskGone]:
    """Carry out the plain acts that these desks (ids) tell of, as if one desk told after the other; raises NotFound.

    As many statements for all of them as for one, however many desks there are at however many sites.
    """
    opening = take_turn(work, conference_id)
    places = acting_places(work, conference_id, {desk_id for desk_id, _ in told})
    heard = [(places[desk_id], acts) for desk_id, acts in told if desk_id in places]
    found = iter(_record_run(work, opening, [(place, act) for place, acts in heard for act in acts], None))
    outcomes = iter(_outcomes(work, conference_id, [(place, [next(found) for _ in acts]) for place, acts in heard]))
    return [next(outcomes) if desk_id in places else DeskGone() for desk_id, _ in told]


def sync_desk(work: Work, since: int | None) -> DeskRoster | DeskChanges:
    """The acting desk's roster: all of it, or what changed after revision `since` if that revision exists; raises DeskGone."""
    view = acting_desk(work) if since is None else None
    _, site_id, conference_id = view.place if view else acting_place(work)
    revision, figures = figures_of_sites(work, conference_id, [site_id])
    if since is not None and since <= revision:
        return DeskChanges(site_id, roster_changes(work, site_id, since), *changed_passes(work, conference_id, site_id, since), revision, figures[site_id])
    view = view or acting_desk(work)
    rows, revoked = read_roster(work, site_id), revoked_passes(work, conference_id, site_id)
    owner_id = view.conference.rehearses_id or conference_id
    return DeskRoster(view, rows, revoked, public_key(work), owner_id, opens_at(view.conference), revision, figures[site_id])


def _outcomes(work: Work, conference_id: int, told: Sequence[tuple[DeskPlace, Sequence[Found]]]) -> list[Outcome]:
    """What each of these desks is told of what was found, with where its site stands after all of it."""
    ids = {one for _, found in told for said in found if isinstance(said, tuple) for one in (_told_of(said[0]), said[1])}
    rows = roster_rows(work, {one for one in ids if one is not None})
    revision, figures = figures_of_sites(work, conference_id, {place.site_id for place, _ in told}) if told else (0, {})
    return [Outcome([_answer(said, rows) for said in found], revision, figures[place.site_id]) for place, found in told]


def _answer(said: Found, rows: Mapping[int, RosterRow]) -> Answer | DomainError:
    return said if isinstance(said, DomainError) else Answer(said[0], rows.get(_told_of(said[0]) or 0), rows.get(said[1] or 0))


def _told_of(verdict: Verdict) -> int | None:
    """Whose row the answer shows: nobody's, where the desk named somebody it may not see."""
    return None if verdict.reason == "delegate_unknown" else verdict.delegate_id


def _record_run(work: Work, opening: Opening, acts: Sequence[tuple[DeskPlace, Act]], account_id: int | None) -> list[Found]:
    events: list[NewEvent | DomainError] = [_read(place, act, account_id) for place, act in acts]
    verdicts = iter(record_in_turn(work, opening, [event for event in events if isinstance(event, NewEvent)]))
    return [event if isinstance(event, DomainError) else (next(verdicts), None) for event in events]


def _record_one(work: Work, view: DeskView, act: Act, account_id: int | None) -> Found:
    told = _event(view.place, act, "form", account_id)
    try:
        match act:
            case Substitute():
                entry = SubstituteEntry(act.name, act.position, act.rank, act.reason)
                verdict = come_for(work, view.conference, told._replace(delegate_id=act.delegate_id), entry)
                return verdict, None if verdict.reason == "delegate_unknown" else act.delegate_id
            case WithdrawSubstitute():
                return _withdraw(work, view, act, told)
            case WalkIn():
                return walk_in(work, view.conference, told, WalkInEntry(act.name, act.unit, act.position)), None
    except Invalid as error:
        return Malformed(field=error.field)
    raise TypeError(type(act))


def _withdraw(work: Work, view: DeskView, act: WithdrawSubstitute, told: NewEvent) -> tuple[Verdict, int | None]:
    """Answered with the substitute's row, and that of the person who has the seat again."""
    substitute = substitute_of(work, view.site, act.substitution)
    told = told._replace(kind="withdraw_substitute", reason=fitting_reason(act.reason, required=True))
    if substitute is None:
        earlier = earlier_verdict(work, view.conference.id, act.client_ref)
        return earlier or record_attendance(work, view.conference.id, [told._replace(refusal="delegate_unknown")])[0], None
    told = told._replace(delegate_id=substitute.replaces_id, other_id=substitute.id)
    verdict = give_seat_back(work, substitute, told)
    return verdict._replace(delegate_id=substitute.id), substitute.replaces_id


def _read(place: DeskPlace, act: Act, account_id: int | None) -> NewEvent | DomainError:
    try:
        match act:
            case CheckIn() | Leave():
                kind = "check_in" if isinstance(act, CheckIn) else "leave"
                return _event(place, act, "scan" if act.code is not None else "name", account_id, kind=kind, code=act.code, delegate_id=act.delegate_id)
            case UndoCheckIn() | UndoLeave():
                kind = "undo" if isinstance(act, UndoCheckIn) else "undo_leave"
                return _event(place, act, "name", account_id, kind=kind, delegate_id=act.delegate_id, reason=fitting_reason(act.reason))
            case CountHeads():
                if not 0 <= act.count <= MOST_HEADS:
                    return Malformed(field="count")
                return _event(place, act, "headcount", account_id, kind="headcount", amount=act.count, reason=fitting_reason(act.reason))
    except Invalid as error:
        return Malformed(field=error.field)
    raise TypeError(type(act))


def _event(place: DeskPlace, act: Act, method: str, account_id: int | None, *, kind: str = "check_in", **fields: Any) -> NewEvent:
    return NewEvent(
        act.client_ref,
        kind,
        method,
        act.occurred_at,
        site_id=place.site_id,
        desk_id=place.desk_id,
        account_id=account_id,
        clock_offset_ms=act.clock_offset_ms,
        **fields,
    )
