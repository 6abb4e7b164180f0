"""The payloads of the namespace `/board` in docs/live-protocol.md."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from confsvc.domain.admissions import Asking
from confsvc.domain.board import BoardSite, BoardView, MissingRank, PeopleAsking
from confsvc.domain.corrections import REASON_MAX_CHARACTERS
from confsvc.domain.decisions import Outcome
from confsvc.schemas.json_values import Payload, present_moment, read_id, read_line, read_uuid
from confsvc.schemas.live import present_conference, present_counts


@dataclass(frozen=True, slots=True)
class DecisionAsked:
    """An organiser lets somebody in, or turns them away for a reason."""

    delegate_id: int
    client_ref: str
    reason: str = ""


def parse_admit(data: Mapping[str, Any]) -> DecisionAsked:
    """Raises Malformed."""
    return DecisionAsked(read_id(data, "delegate_id"), read_uuid(data, "client_ref"))


def parse_deny(data: Mapping[str, Any]) -> DecisionAsked:
    """Raises Malformed, also for a reason that is empty."""
    return DecisionAsked(read_id(data, "delegate_id"), read_uuid(data, "client_ref"), read_line(data, "reason", REASON_MAX_CHARACTERS))


def present_board(view: BoardView, desks: Mapping[int, int], now: datetime) -> Payload:
    """The snapshot of a board; `desks` is the number of connected desks by site."""
    return {
        "now": present_moment(now),
        "revision": view.revision,
        "conference": present_conference(view.conference),
        "total": {**present_counts(view.total), "in_hall": view.in_hall},
        "sites": [_site(site, desks.get(site.id, 0)) for site in view.sites],
        "missing": None if view.missing is None else [_missing(mandate) for mandate in view.missing],
        "asking": None if view.asking is None else _asking(view.asking),
    }


def present_outcome(outcome: Outcome, now: datetime) -> Payload:
    """The ack of `admit` and `deny`: whose decision stands."""
    said = {"decision": outcome.decision, "reason": outcome.reason, "by": outcome.by, "mine": outcome.mine}
    return {"now": present_moment(now), "outcome": {**said, "at": outcome.at and present_moment(outcome.at)}}


def _site(site: BoardSite, desks: int) -> Payload:
    return {"id": site.id, "name": site.name, "kind": site.kind, "desks": desks, **present_counts(site.figures), "in_hall": site.in_hall}


def _missing(mandate: MissingRank) -> Payload:
    fields = ("mandate_id", "unit", "required_rank", "site")
    return {**{key: getattr(mandate, key) for key in fields}, "names": list(mandate.names)}


def _asking(asking: PeopleAsking) -> Payload:
    return {"count": asking.count, "people": [_person(person) for person in asking.people]}


def _person(person: Asking) -> Payload:
    fields = ("delegate_id", "why", "name", "position", "unit", "rank", "required_rank", "replaces", "site", "desk", "reason")
    return {**{key: getattr(person, key) for key in fields}, "since": person.since and present_moment(person.since)}
