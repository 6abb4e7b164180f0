"""Absolute addresses, as links, QR codes and calendar entries carry them."""

from typing import Any
from urllib.parse import urlsplit

from flask import request, url_for

from confsvc.boundary import runtime


def absolute_url(endpoint: str, **values: Any) -> str:
    """The address of a page under `public_url`, else under the address the request came to."""
    root = runtime().settings.public_url or request.host_url
    return root.rstrip("/") + url_for(endpoint, **values)


def server_host() -> str:
    """The name of the host in those addresses, without port."""
    return urlsplit(runtime().settings.public_url or request.host_url).hostname or "localhost"
