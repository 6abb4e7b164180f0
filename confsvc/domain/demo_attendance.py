"""What happens in an example before somebody looks at it: answers, excuses, arrivals."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random

from confsvc.domain.attendance import NewEvent, record_attendance
from confsvc.domain.corrections import excuse_delegate
from confsvc.domain.replies import answer_invitation
from confsvc.domain.work import AccountActor, DelegateActor, Work
from confsvc.models import Conference, Delegate

ANSWERS = 60
REFUSALS = ("Đi công tác theo kế hoạch của đơn vị", "Dự cuộc họp khác của UBND tỉnh", "Đang nghỉ phép", "Bận trực lãnh đạo tại đơn vị", "Lý do sức khỏe")
EXCUSES = ("Báo vắng qua điện thoại, có văn bản sau", "Đi tiếp dân theo lịch", "Được phân công nhiệm vụ đột xuất")
EARLIEST_MINUTES = 40
# The share of a site's people who are there when the conference begins lies between these.
FEWEST, MOST = 0.55, 0.95


def play_replies(acting: Work, random: Random, delegates: Sequence[Delegate]) -> None:
    """Some answer by their links: most will come, a few will not and say why."""
    for place, delegate in enumerate(random.sample(delegates, min(ANSWERS, len(delegates)))):
        declines = place < len(REFUSALS)
        by_link = replace(acting, actor=DelegateActor(delegate.id))
        answer_invitation(by_link, reply="declined" if declines else "accepted", reason=REFUSALS[place] if declines else "", client_ref=acting.new_id())


def play_arrivals(acting: Work, random: Random, conference: Conference, delegates: Sequence[Delegate], silent: Collection[int]) -> None:
    """The organiser excuses a few more; most others come before the start, nobody at the `silent` sites."""
    expected = [delegate for delegate in delegates if delegate.reply != "declined"]
    for reason, delegate in zip(EXCUSES, random.sample(expected, len(EXCUSES)), strict=True):
        excuse_delegate(acting, conference.id, delegate.id, reason, acting.new_id())
        expected.remove(delegate)
    shares = {site_id: 0.0 if site_id in silent else random.uniform(FEWEST, MOST) for site_id in sorted({delegate.site_id for delegate in expected})}
    account_id = acting.actor.account_id if isinstance(acting.actor, AccountActor) else None
    events = [
        NewEvent(
            client_ref=acting.new_id(),
            kind="check_in",
            method="name",
            occurred_at=conference.starts_at - timedelta(seconds=random.randrange(EARLIEST_MINUTES * 60)),
            site_id=delegate.site_id,
            delegate_id=delegate.id,
            account_id=account_id,
        )
        for delegate in expected
        if random.random() < shares[delegate.site_id]
    ]
    record_attendance(acting, conference.id, sorted(events, key=lambda event: event.occurred_at))
