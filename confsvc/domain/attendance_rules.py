"""Why an event cannot be, and the word for one that can: pure functions over what `attendance_log` has read."""

from datetime import datetime
from typing import Protocol

from confsvc.domain.attendance_fold import Entry, History, Standing
from confsvc.domain.attendance_log import Named, Opening, Scene

# About a site or the whole conference, not about a person.
NOBODYS_KINDS = ("headcount", "close")
# What organisers may note whether or not check-in is open.
TIMELESS_KINDS = ("excuse", "withdraw_excuse", "renew_pass", "close", "admit", "deny", "substitute", "withdraw_substitute")
# How somebody comes by themselves; who is on no list must have been let in before.
DOOR_METHODS = ("scan", "name", "join")
# Every line about a person is read again for the next one; no desk has this much to say of anybody unless it is stuck.
LINES_PER_DESK = 200
# Each puts somebody on the list: no desk has so many substitutes and walk-ins unless it is misused.
TYPED_PER_DESK = 1000


class Told(Named, Protocol):
    """The part of an event that the rules look at."""

    @property
    def method(self) -> str: ...


def who(scene: Scene, event: Told, code_hash: str | None, moment: datetime) -> tuple[int | None, str | None]:
    """The delegate meant and, where the event cannot be theirs, why."""
    if event.kind in NOBODYS_KINDS:
        return None, None
    if code_hash is not None:
        found = scene.passes.get(code_hash)
        if found is None:
            return None, "pass_unknown"
        if found.delegate_id is None:
            return None, "other_conference"
        # The pass of somebody who was replaced is judged with the person: the log says since when, and by whom.
        revoked = found.revoked_at is not None and found.revoked_reason != "substituted" and moment >= found.revoked_at
        return found.delegate_id, "pass_revoked" if revoked else None
    if event.delegate_id not in scene.persons:
        return None, "delegate_unknown"
    # Somebody whom the desk has just put on the list need not be on its roster: the seat may be elsewhere.
    is_newcomer = event.method == "form" and event.kind in ("check_in", "seek")
    if event.desk_id is not None and not is_newcomer and not _on_roster(scene, event):
        return event.delegate_id, "delegate_unknown"
    may_be_replaced = event.kind != "substitute" or scene.persons[event.delegate_id].origin == "listed"
    return event.delegate_id, None if may_be_replaced else "not_replaceable"


def _on_roster(scene: Scene, event: Told) -> bool:
    """Whether a desk may name this person: the seat is at its site, or the person has been checked in there."""
    delegate_id = event.delegate_id or 0
    return scene.persons[delegate_id].seat_id == event.site_id or any(entry.site_id == event.site_id for entry in scene.chronicles[delegate_id])


def out_of_time(opening: Opening, event: Told, moment: datetime) -> str | None:
    """Why the conference does not take this event: what desks do counts while check-in was open at that moment, whenever they tell of it."""
    corrects = event.method in ("organiser", "system")
    if opening.state == "cancelled" and event.kind != "renew_pass":
        return "closed"
    if event.method == "system":
        return None
    if opening.resumed_at is not None and not corrects and moment < opening.resumed_at:
        return "not_yet_open"
    if opening.closed_at is not None and not corrects and moment >= opening.closed_at:
        return "closed"
    # A substitute whom the unit names beforehand waits for the organisers, not at a door.
    is_asked_for = event.kind == "seek" and event.method in ("self", "organiser")
    if is_asked_for or (event.kind in TIMELESS_KINDS and event.method != "form") or (corrects and opening.state in ("in_progress", "closed")):
        return None
    if opening.state in ("in_progress", "closed") and opening.started_at is None:
        return None
    is_open = opening.state in ("published", "in_progress", "closed") and moment >= opening.opens_at
    return None if is_open else "not_yet_open"


def too_often(scene: Scene, event: Told, delegate_id: int | None) -> str | None:
    """Why this desk is not heard about this person any more: organisers and other desks still are."""
    said = sum(entry.desk_id == event.desk_id for entry in scene.chronicles.get(delegate_id or 0, ()))
    return "too_often" if event.desk_id is not None and said >= LINES_PER_DESK else None


def out_of_place(then: History, before: Standing, entry: Entry) -> str | None:
    """Why this cannot be, given where the person stood at that moment (decisions: where they stand now)."""
    if entry.kind in ("check_in", "seek") and then.replaced:
        return "substituted"
    if (entry.kind == "undo" and not then.undone_by(entry)) or (entry.kind == "leave" and entry.mode == "in_person" and not then.is_left_by(entry)):
        return "not_present"
    if entry.kind == "undo_leave" and not then.is_resumed_by(entry):
        return "not_left"
    if entry.kind == "admit" and before.state not in ("pending", "not_admitted", "not_yet"):
        return "not_pending"
    return None


def word_for(before: Standing, after: Standing, entry: Entry) -> str:
    match entry.kind:
        case "check_in":
            # A late line may be overtaken: the person has been seen elsewhere since, and stays there.
            if after.site_id != entry.site_id or (before.site_id, before.mode) == (after.site_id, after.mode):
                return "repeated"
            return "moved" if before.site_id not in (None, after.site_id) else "accepted"
        case "excuse":
            return "repeated" if before.state == "excused" else "accepted"
        case "withdraw_excuse":
            return "accepted" if before.state == "excused" else "repeated"
        case "leave" | "seek":
            return "repeated" if after.state == before.state else "accepted"
    return "accepted"
