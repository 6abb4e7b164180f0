"""Desks that race over PostgreSQL, where no lock of one process helps."""

from sqlalchemy import URL, create_engine

from tests.domain.test_attendance_race import check_one_is_accepted, line_up


def test_exactly_one_of_many_desks_is_accepted(postgres_database: URL) -> None:
    engine = create_engine(postgres_database, pool_size=10)
    try:
        for _ in range(5):
            check_one_is_accepted(line_up(engine))
    finally:
        engine.dispose()
