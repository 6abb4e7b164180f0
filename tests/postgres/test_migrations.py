"""The migrations on PostgreSQL: they make exactly what the models say, and can be taken back."""

from pathlib import Path

import flask_migrate
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import URL, create_engine, inspect

from confsvc.app import create_app
from confsvc.models import Base
from tests.conftest import make_settings


def test_the_newest_migration_is_what_the_models_say(postgres_database: URL) -> None:
    engine = create_engine(postgres_database)
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    engine.dispose()
    assert differences == []


def test_the_migrations_can_be_taken_back(postgres_database: URL, tmp_path: Path) -> None:
    app = create_app(make_settings(tmp_path, database_url=postgres_database.render_as_string(hide_password=False)))
    with app.app_context():
        flask_migrate.downgrade(revision="base")
        engine = app.extensions["sqlalchemy"].engine
        assert inspect(engine).get_table_names() == ["alembic_version"]
        engine.dispose()
