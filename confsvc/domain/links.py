"""Addresses that people type and others will press on."""

from urllib.parse import urlsplit

from confsvc.domain.errors import Invalid
from confsvc.domain.text import clean
from confsvc.models import Conference, Site

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


def joining_link(conference: Conference, site: Site) -> str:
    """The link people of this site join by: its own, else that of the conference; empty where nobody joins by video or it is no web address."""
    link = "" if conference.mode == "in_person" else site.video_link or conference.video_link
    try:
        return normal_link(link)
    except Invalid:
        return ""
