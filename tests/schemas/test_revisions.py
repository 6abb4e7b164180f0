"""The migrations read from their files, held against what Alembic makes of them."""

from alembic.script import ScriptDirectory

from confsvc.paths import asset_dir
from confsvc.schemas.revisions import known_revisions


def test_revisions_are_those_of_alembic_the_newest_first() -> None:
    walked = ScriptDirectory(str(asset_dir("migrations"))).walk_revisions()
    assert known_revisions() == tuple(script.revision for script in walked)
