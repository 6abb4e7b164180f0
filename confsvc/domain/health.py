"""Whether the database answers."""

from sqlalchemy import text

from confsvc.domain.work import Work


def check_database(work: Work) -> None:
    """Ask the database for a one; whatever it raises is the answer."""
    work.session.execute(text("SELECT 1"))
