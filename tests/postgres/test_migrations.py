"""The tests of the migrations once more, over PostgreSQL, and what Alembic itself has to say."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import URL, create_engine

from confsvc.models import Base
from tests.test_migrations import *  # noqa: F403  # the very tests of SQLite, with the databases of this folder


def test_the_newest_migration_is_what_the_models_say(postgres_database: URL) -> None:
    engine = create_engine(postgres_database)
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    engine.dispose()
    assert differences == []
