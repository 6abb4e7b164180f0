"""The two requests of a desk: pairing, and handing over what a revoked desk has recorded."""

import json
from http.client import HTTPException
from http.cookies import CookieError, SimpleCookie
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.request import Request, urlopen

COOKIE = "confsvc_desk"
PATIENCE_SECONDS = 15


class Unreachable(Exception):
    """The server does not answer."""


class Answer(NamedTuple):
    status: int
    body: dict[str, Any]
    cookie: str | None

    @property
    def code(self) -> str:
        """The code of a refusal."""
        error = self.body.get("error")
        return str(error.get("code")) if isinstance(error, dict) else f"HTTP {self.status}"


def post_json(address: str, payload: dict[str, Any], cookie: str | None) -> Answer:
    """POST, and what the server said to it; raises Unreachable where it says nothing that can be read."""
    headers = {"Content-Type": "application/json", "Accept": "application/json"} | ({"Cookie": f"{COOKIE}={cookie}"} if cookie else {})
    request = Request(address, json.dumps(payload).encode(), headers, method="POST")  # noqa: S310  # the address is of http or https
    try:
        with urlopen(request, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310  # as above
            return _read(answer.status, answer.headers.get_all("Set-Cookie") or [], answer.read())
    except HTTPError as error:
        with error:
            return _read(error.code, [], error.read())
    except (OSError, HTTPException, CookieError) as error:
        raise Unreachable(str(getattr(error, "reason", error))) from error


def _read(status: int, set_cookies: list[str], text: bytes) -> Answer:
    try:
        body = json.loads(text)
    except ValueError:
        body = None
    cookies = [morsel.value for line in set_cookies for name, morsel in SimpleCookie(line).items() if name == COOKIE]
    return Answer(status, body if isinstance(body, dict) else {}, cookies[-1] if cookies else None)
