"""The application put together."""

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from confsvc.extensions import db


def test_errors_of_the_database_name_nobody(app: Flask) -> None:
    statement = text("INSERT INTO accounts (name) VALUES (:name)")
    with app.app_context(), db.engine.connect() as connection, pytest.raises(IntegrityError) as refused:
        connection.execute(statement, {"name": "Nguyễn Thị Dina"})
    assert "Dina" not in str(refused.value)
