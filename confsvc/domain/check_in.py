"""What a desk may do: see its own site's roster, and tell what happened there, at once or after hours without a line."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from confsvc.domain.attendance import NewEvent, Verdict, earlier_verdict, record_attendance
from confsvc.domain.attendance_log import opens_at, take_turn
from confsvc.domain.corrections import fitting_reason
from confsvc.domain.desks import DeskView, acting_desk
from confsvc.domain.errors import DomainError, Invalid, Malformed
from confsvc.domain.figures import Figures
from confsvc.domain.passes import public_key
from confsvc.domain.roster import RevokedPass, RosterRow, read_roster, restored_passes, revoked_passes, roster_changes, roster_rows, site_figures
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
class DeskSync:
    """The roster at `revision`: `whole`, or only the rows and passes that changed; `restored` are passes that are valid again.

    `pass_key` verifies pass tokens of the conference `pass_conference_id`; `opens_at` is when check-in opens.
    """

    view: DeskView
    whole: bool
    rows: list[RosterRow]
    revoked: list[RevokedPass]
    restored: list[str]
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
    found: list[tuple[Verdict, int | None] | DomainError] = []
    for plain, run in groupby(acts, lambda act: isinstance(act, PLAIN_ACTS)):
        if plain:
            found += _record_run(work, view, list(run), account_id)
        else:
            found += [_record_one(work, view, act, account_id) for act in run]
    ids = [one for said in found if isinstance(said, tuple) for one in (_told_of(said[0]), said[1])]
    rows = roster_rows(work, view.site.id, {one for one in ids if one is not None})
    revision, figures = site_figures(work, view.site.id)
    answers = [said if isinstance(said, DomainError) else Answer(said[0], rows.get(_told_of(said[0]) or 0), rows.get(said[1] or 0)) for said in found]
    return Outcome(answers, revision, figures)


def sync_desk(work: Work, since: int | None) -> DeskSync:
    """The acting desk's roster: all of it, or what changed after revision `since` if that revision exists; raises DeskGone."""
    view = acting_desk(work)
    revision, figures = site_figures(work, view.site.id)
    whole = since is None or since > revision
    rows = read_roster(work, view.site.id) if whole or since is None else roster_changes(work, view.site.id, since)
    revoked = revoked_passes(work, view.conference.id, view.site.id, None if whole else since)
    restored = [] if whole or since is None else restored_passes(work, view.conference.id, since)
    owner_id = view.conference.rehearses_id or view.conference.id
    return DeskSync(view, whole, rows, revoked, restored, public_key(work), owner_id, opens_at(view.conference), revision, figures)


def _told_of(verdict: Verdict) -> int | None:
    """Whose row the answer shows: nobody's, where the desk named somebody it may not see."""
    return None if verdict.reason == "delegate_unknown" else verdict.delegate_id


def _record_run(work: Work, view: DeskView, acts: list[Act], account_id: int | None) -> list[tuple[Verdict, int | None] | DomainError]:
    events: list[NewEvent | DomainError] = [_read(view, act, account_id) for act in acts]
    verdicts = iter(record_attendance(work, view.conference.id, [event for event in events if isinstance(event, NewEvent)]))
    return [event if isinstance(event, DomainError) else (next(verdicts), None) for event in events]


def _record_one(work: Work, view: DeskView, act: Act, account_id: int | None) -> tuple[Verdict, int | None] | DomainError:
    told = _event(view, act, "form", account_id)
    try:
        match act:
            case Substitute():
                entry = SubstituteEntry(act.name, act.position, act.rank, act.reason)
                verdict = come_for(work, view.conference, replace(told, delegate_id=act.delegate_id), entry)
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
    told = replace(told, kind="withdraw_substitute", reason=fitting_reason(act.reason, required=True))
    if substitute is None:
        earlier = earlier_verdict(work, view.conference.id, act.client_ref)
        return earlier or record_attendance(work, view.conference.id, [replace(told, refusal="delegate_unknown")])[0], None
    told = replace(told, delegate_id=substitute.replaces_id, other_id=substitute.id)
    verdict = give_seat_back(work, substitute, told)
    return replace(verdict, delegate_id=substitute.id), substitute.replaces_id


def _read(view: DeskView, act: Act, account_id: int | None) -> NewEvent | DomainError:
    try:
        match act:
            case CheckIn() | Leave():
                kind = "check_in" if isinstance(act, CheckIn) else "leave"
                named = _event(view, act, "scan" if act.code is not None else "name", account_id)
                return replace(named, kind=kind, code=act.code, delegate_id=act.delegate_id)
            case UndoCheckIn() | UndoLeave():
                kind = "undo" if isinstance(act, UndoCheckIn) else "undo_leave"
                return replace(_event(view, act, "name", account_id), kind=kind, delegate_id=act.delegate_id, reason=fitting_reason(act.reason))
            case CountHeads():
                if not 0 <= act.count <= MOST_HEADS:
                    return Malformed(field="count")
                counted = _event(view, act, "headcount", account_id)
                return replace(counted, kind="headcount", amount=act.count, reason=fitting_reason(act.reason))
    except Invalid as error:
        return Malformed(field=error.field)
    raise TypeError(type(act))


def _event(view: DeskView, act: Act, method: str, account_id: int | None) -> NewEvent:
    return NewEvent(
        act.client_ref,
        "check_in",
        method,
        act.occurred_at,
        site_id=view.site.id,
        desk_id=view.desk.id,
        account_id=account_id,
        clock_offset_ms=act.clock_offset_ms,
    )
