"""Runs the migrations on the engine of the application that asks for them."""

from alembic import context
from flask import current_app
from sqlalchemy import Connection

from confsvc.database import WRITES
from confsvc.models import Base


def _configure(connection: Connection | None) -> None:
    options = {} if connection else {"url": current_app.extensions["migrate"].db.engine.url, "literal_binds": True}
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True, compare_type=True, **options)


if context.is_offline_mode():
    _configure(None)
    with context.begin_transaction():
        context.run_migrations()
else:
    engine = current_app.extensions["migrate"].db.engine.execution_options(**{WRITES: True})
    with engine.connect() as connection:
        _configure(connection)
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
