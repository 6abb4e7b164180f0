"""A form is carried out once, however often its button is pressed."""

from datetime import timedelta

from sqlalchemy import delete, select

from confsvc.domain.access import signed_in_account
from confsvc.domain.work import Work
from confsvc.models import Submission

KEPT = timedelta(days=1)


def earlier_outcome(work: Work, key: str) -> str | None:
    """Where the browser was sent when this account's form with `key` was carried out, or None if it was not."""
    account = signed_in_account(work)
    return work.session.scalar(select(Submission.location).where(Submission.key == key, Submission.account_id == account.id))


def remember_outcome(work: Work, key: str, location: str) -> None:
    """Keep the outcome for a day, in the same transaction as the form's own changes."""
    work.session.execute(delete(Submission).where(Submission.created_at < work.now - KEPT))
    work.session.add(Submission(key=key, account_id=signed_in_account(work).id, location=location, created_at=work.now))
    work.session.flush()
