"""A unit with a link, two seats and a deadline, for tests of how units name their delegates."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from confsvc.domain.registration_links import give_link, registration_token
from confsvc.domain.work import LiaisonActor, Work
from confsvc.models import Account, CalendarEntry, Delegate, Mandate, RegistrationChange
from tests.conftest import NOW, BeginWork
from tests.factories import STARTS, acting, make_account, make_conference, make_mandate, make_site, make_unit

BEFORE = STARTS - timedelta(days=10)
DEADLINE = STARTS - timedelta(days=3)


@dataclass
class Registry:
    """olga's conference with two invited units, each with a link: Sở Y tế (two seats, a leader asked for) and Sở Nội vụ."""

    begin: BeginWork
    olga: Account
    mallory: Account
    conference_id: int
    mandate_id: int
    other_id: int
    site_id: int
    token: str
    other_token: str
    now: datetime = BEFORE

    @property
    def unit(self) -> tuple[int, int]:
        return self.conference_id, self.mandate_id

    def liaison(self, mandate_id: int | None = None) -> AbstractContextManager[Work]:
        """A unit of work by the bearer of the link, by default that of Sở Y tế, at `now`."""
        return self.begin(LiaisonActor(mandate_id or self.mandate_id), now=self.now)

    def organiser(self, account: Account | None = None) -> AbstractContextManager[Work]:
        return self.begin(acting(account or self.olga), now=self.now)

    def read(self, look: Callable[[Work], Any]) -> Any:
        with self.begin(now=self.now) as work:
            return look(work)

    def mandate(self) -> Mandate:
        return self.read(lambda work: work.session.get_one(Mandate, self.mandate_id))  # type: ignore[no-any-return]

    def names(self) -> list[str]:
        of_unit = select(Delegate.full_name).where(Delegate.mandate_id == self.mandate_id).order_by(Delegate.id)
        return self.read(lambda work: list(work.session.scalars(of_unit)))  # type: ignore[no-any-return]

    def changes(self) -> list[tuple[str, str, bool, int | None]]:
        """Kind, whom it is about, whether it was late, whose account: of every change of Sở Y tế."""
        found = select(RegistrationChange).where(RegistrationChange.mandate_id == self.mandate_id).order_by(RegistrationChange.id)
        return [(one.kind, one.name, one.late, one.account_id) for one in self.read(lambda work: work.session.scalars(found).all())]


def make_registry(begin: BeginWork, **conference: Any) -> Registry:
    with begin(now=BEFORE) as work:
        olga, mallory = make_account(work), make_account(work, "mallory")
        made = make_conference(work, olga, **{"registration_deadline": DEADLINE, **conference})
        make_conference(work, mallory, title="Hội nghị khác")
        site = make_site(work, made)
        mandate = make_mandate(work, made, site, make_unit(work, "Sở Y tế"), seats=2, required_rank="leader", liaison_email="syt@example.org")
        other = make_mandate(work, made, site, make_unit(work, "Sở Nội vụ"))
        for one in (mandate, other):
            give_link(work, made, one)
        work.session.query(RegistrationChange).delete()
        tokens = registration_token(work, mandate), registration_token(work, other)
        return Registry(begin, olga, mallory, made.id, mandate.id, other.id, site.id, *tokens)


def tell_by_mail(work: Work, delegate: Delegate) -> None:
    """Have their calendar told of the conference at the address they have."""
    common = {"scope": "conference", "uid": work.new_id(), "fingerprint": "f", "changed_at": work.now}
    work.session.add(CalendarEntry(conference_id=delegate.conference_id, delegate_id=delegate.id, told_to=delegate.email, told_at=work.now, **common))
    work.session.flush()


__all__ = ["BEFORE", "DEADLINE", "NOW", "Registry", "make_registry", "tell_by_mail"]
