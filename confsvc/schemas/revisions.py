"""The migrations of this release, read from their files: to know where a database stands nobody needs Alembic."""

import ast
import re
from functools import cache

from confsvc.paths import asset_dir

_HEADING = re.compile(r"^(revision|down_revision) = (.+)$", re.MULTILINE)


@cache
def known_revisions() -> tuple[str, ...]:
    """The newest first. A database that stands elsewhere was changed by a newer release, beside which this one works on."""
    following: dict[str | None, str] = {}
    for file in (asset_dir("migrations") / "versions").glob("*.py"):
        heading = {name: ast.literal_eval(value) for name, value in _HEADING.findall(file.read_text("utf-8"))}
        following[heading["down_revision"]] = heading["revision"]
    found, stands_at = list[str](), None
    while stands_at in following:
        found.append(stands_at := following[stands_at])
    return tuple(reversed(found))
