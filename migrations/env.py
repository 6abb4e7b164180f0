"""Runs the migrations on the engine of the application that asks for them."""

from alembic import context
from flask import current_app
from sqlalchemy import Connection

from confsvc.database import WRITES
from confsvc.models import Base

# An advisory lock; any number that nothing else of the service takes.
MIGRATION_LOCK = 0x636F6E66_0003


def _configure(connection: Connection | None) -> None:
    options = {} if connection else {"url": current_app.extensions["migrate"].db.engine.url, "literal_binds": True}
    # Both databases change tables within a transaction: all migrations of one command happen, or none.
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True, compare_type=True, transactional_ddl=True, **options)


def _obey_foreign_keys(connection: Connection, *, obey: bool) -> None:
    """SQLite changes a table by making it anew; the rows of others that belong to the old one must not go with it."""
    if connection.dialect.name == "sqlite":
        # Not by the connection itself, which would begin a transaction: within one the pragma says nothing.
        connection.connection.driver_connection.execute(f"PRAGMA foreign_keys={'ON' if obey else 'OFF'}")  # type: ignore[union-attr]  # it is connected


def _wait_for_others(connection: Connection) -> None:
    """Several processes may start at once: one migrates, the others wait and find it done. The lock ends with the transaction."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")


def _check_foreign_keys(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        lost = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        if lost:
            raise RuntimeError(f"{len(lost)} rows would point to nothing, first {tuple(lost[0])}")


if context.is_offline_mode():
    _configure(None)
    with context.begin_transaction():
        context.run_migrations()
else:
    engine = current_app.extensions["migrate"].db.engine.execution_options(**{WRITES: True})
    with engine.connect() as connection:
        _obey_foreign_keys(connection, obey=False)
        try:
            _configure(connection)
            with context.begin_transaction():
                _wait_for_others(connection)
                context.run_migrations()
                _check_foreign_keys(connection)
        finally:
            connection.rollback()
            _obey_foreign_keys(connection, obey=True)
