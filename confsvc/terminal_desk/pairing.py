"""Becoming a desk: the organiser's link is used once, and everything that comes back is on disk before it is said."""

import re
from hashlib import sha256
from urllib.parse import urlsplit

from confsvc.terminal_desk.requests import post_json
from confsvc.terminal_desk.store import Store

LINK = re.compile(r"(https?://[^/?#]+(?:/[^?#]*)?)/pair/([^/?#]+)/?", re.IGNORECASE)


class NotALink(Exception):
    """The argument is no pairing link."""


class NotPaired(Exception):
    """The server does not pair this terminal, for the code in the first argument."""


class ActsWait(Exception):
    """Acts of the desk that was here before wait; how many is the first argument."""


def is_paired_by(store: Store, link: str) -> bool:
    """Whether the desk of this folder was made by just this link: then it simply goes on."""
    return bool(store.fact("desk")) and store.fact("link") == _digest(link)


def pair(store: Store, link: str, name: str) -> None:
    """Use the link; raises NotALink, NotPaired, ActsWait or Unreachable. Nothing that waits is ever forgotten for a new desk."""
    found = LINK.fullmatch(link.strip())
    if not found:
        raise NotALink(link)
    if waiting := store.count_waiting():
        raise ActsWait(waiting)
    server, token = found[1], found[2]
    same = _origin(server) == _origin(store.fact("server") or "")
    answer = post_json(f"{server}/pair/{token}", {"name": name}, store.fact("cookie") if same else None)
    if answer.status not in (200, 201):
        raise NotPaired(answer.code)
    cookie = answer.cookie or (store.fact("cookie") if answer.status == 200 else None)
    if not cookie:
        raise NotPaired("no cookie")
    facts = {key: answer.body[key] for key in ("desk", "site", "conference")}
    store.begin_anew(server=server, cookie=cookie, link=_digest(link), **facts)


def _origin(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    return parts.scheme, parts.netloc


def _digest(link: str) -> str:
    return sha256(link.strip().encode()).hexdigest()
