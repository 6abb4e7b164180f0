"""The payloads of the namespace `/board` in docs/live-protocol.md."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from confsvc.domain.admissions import Asking, PeopleAsking
from confsvc.domain.board_missing import MissingRank
from confsvc.domain.board_picture import BoardPicture
from confsvc.domain.board_tiles import Counts, Tile, figures_of, in_hall
from confsvc.domain.corrections import REASON_MAX_CHARACTERS
from confsvc.domain.decisions import Outcome
from confsvc.schemas.json_values import Payload, present_moment, read_id, read_line, read_uuid
from confsvc.schemas.live import present_counts

QUERY_MAX_CHARACTERS = 200
# What a site has only once it has counted itself; nobody at all is a count too.
MAY_BE_NULL = ("headcount", "in_hall")


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


def parse_find(data: Mapping[str, Any]) -> tuple[str, int | None]:
    """What is looked for in the names of sites, and in which tile (None: in all); raises Malformed."""
    query = read_line(data, "query", QUERY_MAX_CHARACTERS, may_be_empty=True)
    return query, None if data.get("within") is None else read_id(data, "within")


def present_board(picture: BoardPicture) -> Payload:
    """Everything a board shows but for its head; `missing` and `asking` are for organisers only."""
    return {
        "shown": picture.shown_as,
        "site_count": len(picture.sites),
        "total": present_total(picture.total),
        "sites": [present_tile(tile) for tile in picture.shown()],
        **present_people(picture),
    }


def present_head(picture: BoardPicture, frame: int, now: datetime) -> Payload:
    return {"now": present_moment(now), "revision": picture.revision, "frame": frame}


def present_people(picture: BoardPicture) -> Payload:
    """Who is missing and who asks: the first of them, and how many they are."""
    mandates = [_missing(mandate) for mandate in picture.first_missing]
    return {"missing": {"count": picture.missing_count, "mandates": mandates}, "asking": _asking(picture.asking)}


def present_total(counts: Counts) -> Payload:
    return {**present_counts(figures_of(counts)), "in_hall": in_hall(counts)}


def present_tile(tile: Tile, *, named: bool = True) -> Payload:
    """A tile with its name, or only its figures for those who know it; what there is none of is left out."""
    known = {"id": tile.id, "name": tile.name, "kind": tile.kind, "sites": tile.sites} if named else {"id": tile.id}
    counts = {**present_total(tile.counts), "desks": tile.desks}
    return known | {key: value for key, value in counts.items() if value or (value == 0 and key in MAY_BE_NULL)}


def present_outcome(outcome: Outcome, now: datetime) -> Payload:
    """The ack of `admit` and `deny`: whose decision stands."""
    said = {"decision": outcome.decision, "reason": outcome.reason, "by": outcome.by, "mine": outcome.mine}
    return {"now": present_moment(now), "outcome": {**said, "at": outcome.at and present_moment(outcome.at)}}


def _missing(mandate: MissingRank) -> Payload:
    fields = ("mandate_id", "unit", "required_rank", "site")
    return {**{key: getattr(mandate, key) for key in fields}, "names": list(mandate.names)}


def _asking(asking: PeopleAsking) -> Payload:
    return {"count": asking.count, "people": [_person(person) for person in asking.people]}


def _person(person: Asking) -> Payload:
    fields = ("delegate_id", "why", "name", "position", "unit", "rank", "required_rank", "replaces", "site", "desk", "reason")
    return {**{key: getattr(person, key) for key in fields}, "since": person.since and present_moment(person.since)}
