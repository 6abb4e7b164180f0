"""Absolute addresses, as links, QR codes and calendar entries carry them."""

from typing import Any
from urllib.parse import urlsplit

from flask import request, url_for

from confsvc.boundary import runtime


def absolute_url(endpoint: str, **values: Any) -> str:
    """The address of a page under `public_url`, else under the address the request came to."""
    return server_root() + url_for(endpoint, **values)


def server_root() -> str:
    """What such addresses begin with, without a slash at the end."""
    return (runtime().settings.public_url or request.host_url).rstrip("/")


def capital_url(endpoint: str, **values: Any) -> str:
    """The same address in capital letters, which make a QR code smaller (alphanumeric mode, ISO/IEC 18004 §7.4.4).

    Scheme and host mean the same in either case (RFC 3986 §6.2.2.1), the page and its values must; a path that the server hangs under may not.
    """
    url = absolute_url(endpoint, **values)
    root = url.removesuffix(url_for(endpoint, **values))
    return url.upper() if not urlsplit(root).path else url
