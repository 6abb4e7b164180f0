"""The rooms that are pushed to; they are joined only after a scoped look-up."""

DESK, BOARD = "/desk", "/board"


def site_room(site_id: int) -> str:
    """The desks of one site."""
    return f"site:{site_id}"


def desks_room(conference_id: int) -> str:
    """Every desk of a conference."""
    return f"desks:{conference_id}"


def organisers_room(conference_id: int) -> str:
    """The viewers of a board who may see names."""
    return f"organisers:{conference_id}"


def public_room(conference_id: int) -> str:
    """The viewers of a board who may see counts only."""
    return f"public:{conference_id}"
