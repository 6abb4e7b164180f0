"""Addresses that people type and others will press on."""

from urllib.parse import urlsplit

from confsvc.domain.errors import Invalid
from confsvc.domain.text import clean

LINK_MAX_CHARACTERS = 500


def normal_link(typed: str, field: str = "video_link") -> str:
    """The address of a web page, or "" for none; raises Invalid `link_invalid` for anything but http and https, or `too_long`."""
    link = clean(typed)
    if not link:
        return ""
    if len(link) > LINK_MAX_CHARACTERS:
        raise Invalid(field, "too_long")
    try:
        parts = urlsplit(link)
        named = bool(parts.hostname)
    except ValueError as error:
        raise Invalid(field, "link_invalid") from error
    if parts.scheme not in ("http", "https") or not named or " " in link or "\\" in link:
        raise Invalid(field, "link_invalid")
    return link
