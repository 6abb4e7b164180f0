"""What a conference says of registration and mail: the deadline, the languages, one entry or many, who sends changes."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from confsvc.domain.conference_copies import duplicate_conference
from confsvc.domain.conferences import ConferenceEntry, change_conference, create_conference, move_conference
from confsvc.domain.errors import Invalid
from confsvc.domain.work import Work
from tests.conftest import NOW, BeginWork
from tests.factories import make_site

WEEK, HOUR = timedelta(days=7), timedelta(hours=1)
STARTS, ENDS = NOW + 2 * WEEK, NOW + 2 * WEEK + 3 * HOUR
ENTRY = ConferenceEntry("Hội nghị tổng kết", "hybrid", "Asia/Ho_Chi_Minh", STARTS, ENDS, registration_deadline=STARTS - WEEK)


def test_the_rules_of_mail_are_kept(work: Work) -> None:
    made = create_conference(work, replace(ENTRY, entry_rule="sessions", update_rule="ask", mail_languages="both"))
    assert (made.registration_deadline, made.entry_rule, made.update_rule, made.mail_languages) == (STARTS - WEEK, "sessions", "ask", "both")
    plain = create_conference(work, replace(ENTRY, registration_deadline=None))
    assert (plain.registration_deadline, plain.entry_rule, plain.update_rule, plain.mail_languages) == (None, "conference", "automatic", "vi")


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"registration_deadline": STARTS}, "registration_deadline", "deadline_after_start"),
        ({"registration_deadline": ENDS + WEEK}, "registration_deadline", "deadline_after_start"),
        ({"registration_deadline": NOW}, "registration_deadline", "deadline_past"),
        ({"registration_deadline": NOW - WEEK}, "registration_deadline", "deadline_past"),
        ({"starts_at": STARTS - WEEK, "ends_at": ENDS - WEEK}, "registration_deadline", "deadline_after_start"),
        ({"entry_rule": "each"}, "entry_rule", "not_a_choice"),
        ({"update_rule": ""}, "update_rule", "not_a_choice"),
        ({"mail_languages": "fr"}, "mail_languages", "not_a_choice"),
    ],
)
def test_what_makes_no_sense_is_refused(work: Work, changes: dict[str, Any], field: str, reason: str) -> None:
    with pytest.raises(Invalid) as refused:
        create_conference(work, replace(ENTRY, **changes))
    assert (refused.value.field, refused.value.reason) == (field, reason)


def test_a_deadline_that_has_passed_may_stand_but_not_be_set(begin: BeginWork) -> None:
    with begin() as work:
        conference_id = create_conference(work, ENTRY).id
    later = STARTS - HOUR
    with begin(now=later) as work:
        kept = change_conference(work, conference_id, replace(ENTRY, title="Tên mới"), version=1)
        assert (kept.title, kept.registration_deadline) == ("Tên mới", STARTS - WEEK)
    with pytest.raises(Invalid) as refused, begin(now=later) as work:
        change_conference(work, conference_id, replace(ENTRY, registration_deadline=STARTS - WEEK + HOUR), version=2)
    assert refused.value.reason == "deadline_past"
    with begin(now=later) as work:
        assert change_conference(work, conference_id, replace(ENTRY, registration_deadline=None), version=2).registration_deadline is None


def test_a_copy_gets_the_deadline_moved_along_while_it_lies_ahead(work: Work) -> None:
    pattern = create_conference(work, replace(ENTRY, mail_languages="en"))
    later = duplicate_conference(work, pattern.id, title="Sau", starts_at=STARTS + WEEK).conference
    sooner = duplicate_conference(work, pattern.id, title="Trước", starts_at=STARTS - WEEK - HOUR).conference
    assert [(copy.registration_deadline, copy.mail_languages) for copy in (later, sooner)] == [(STARTS, "en"), (None, "en")]


def test_a_new_time_before_the_deadline_drops_it(work: Work) -> None:
    conference = create_conference(work, ENTRY)
    make_site(work, conference)
    for version, step in ((1, "publish"), (2, "postpone")):
        move_conference(work, conference.id, step, version=version)
    move_conference(work, conference.id, "resume", version=3, starts_at=STARTS + WEEK, ends_at=ENDS + WEEK)
    assert conference.registration_deadline == STARTS - WEEK
    move_conference(work, conference.id, "postpone", version=4)
    move_conference(work, conference.id, "resume", version=5, starts_at=STARTS - WEEK, ends_at=ENDS - WEEK)
    assert conference.registration_deadline is None
