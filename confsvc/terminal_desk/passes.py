"""Judging a pass without a line, in the order that docs/live-protocol.md gives."""

import re
from base64 import b32decode
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

VERSION, CONFERENCE, UID, SIGNED, TOKEN_LETTERS = 1, slice(1, 5), slice(5, 21), 21, 136
IN_ADDRESS = re.compile(r"/p/([a-z2-7]+)$", re.IGNORECASE)
LONGER_THAN_NAMES, LONGEST_CODE = 60, 500


class Judgement(NamedTuple):
    """`word`: unknown, other_conference, revoked, person (of the roster, `person`), visitor; `by`: who took the seat over."""

    word: str
    uid: str = ""
    by: str | None = None
    person: int | None = None


def is_code(text: str) -> bool:
    """Whether a line is what a scanner types, and not a name: an address, or longer than any word."""
    return "://" in text or any(len(word) > LONGER_THAN_NAMES for word in text.split())


def code_of(text: str) -> str:
    """What of a scanned line goes to the server: all of it, or where that is too long the token in it, or the beginning."""
    found = IN_ADDRESS.search(text)
    return text if len(text) <= LONGEST_CODE else (found[1] if found else text)[:LONGEST_CODE]


def judge(code: str, *, key: str, conference_id: int, revoked: Mapping[str, str | None], people: Mapping[str, int]) -> Judgement:
    """What this code is; `people`: the id of each person of the roster, by the uid of the pass that is valid now."""
    found = IN_ADDRESS.search(code)
    data = _signed(found[1] if found else code, key)
    if data is None:
        return Judgement("unknown")
    uid = str(UUID(bytes=data[UID]))
    if int.from_bytes(data[CONFERENCE], "big") != conference_id:
        return Judgement("other_conference", uid)
    if uid in revoked:
        return Judgement("revoked", uid, revoked[uid])
    return Judgement("person", uid, person=people[uid]) if uid in people else Judgement("visitor", uid)


@lru_cache(maxsize=20_000)
def _signed(token: str, key: str) -> bytes | None:
    """The 21 bytes that the server signed; None where it did not."""
    if len(token) != TOKEN_LETTERS:
        return None
    try:
        raw = b32decode(token.upper())
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(raw[SIGNED:], raw[:SIGNED])
    except (ValueError, InvalidSignature):
        return None
    return raw[:SIGNED] if raw[0] == VERSION else None
