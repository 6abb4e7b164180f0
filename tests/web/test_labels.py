"""Every code of the attendance has a word, a tone and a sentence on screen."""

from confsvc.domain.people import MARKS, STATE_FILTERS, STATE_ORDER
from confsvc.models.attendance import ATTENDANCE_MODES, ATTENDANCE_STATES, EVENT_KINDS, METHODS, VERDICTS
from confsvc.models.delegate import ORIGINS
from confsvc.web import labels
from confsvc.web.attendance_corrections import CORRECTIONS, OFFERED
from confsvc.web.attendance_story import DONE, ONLINE, TRIED


def test_states_and_marks_are_named_toned_ordered_and_filtered() -> None:
    assert set(labels.ATTENDANCE_STATES) == set(labels.ATTENDANCE_TONES) == set(STATE_ORDER) == set(OFFERED) == set(ATTENDANCE_STATES)
    assert tuple(labels.ATTENDANCE_MARKS) == tuple(labels.MARK_TONES) == MARKS
    assert set(labels.attendance_filters("closed")) == set(STATE_FILTERS)
    assert set(STATE_FILTERS) - set(labels.attendance_filters("in_progress")) == {"corrected", "told_late"}
    assert set(labels.ORIGINS) == set(ORIGINS)
    assert {kind for kinds in OFFERED.values() for kind in kinds} == set(CORRECTIONS)


def test_every_line_of_the_log_can_be_told() -> None:
    assert set(DONE) == set(TRIED) == set(EVENT_KINDS)
    assert set(ONLINE) < set(EVENT_KINDS)
    assert set(labels.EVENT_METHODS) == set(METHODS)
    assert set(labels.ATTENDANCE_MODES) == set(ATTENDANCE_MODES)
    assert set(labels.VERDICTS) == set(VERDICTS)


def test_nobody_is_absent_before_the_close() -> None:
    assert str(labels.attendance_state("not_yet", "in_progress")) == "Not checked in"
    assert str(labels.attendance_state("not_yet", "closed")) == "Absent without a reason"
    assert str(labels.attendance_state("present", "closed", "online")) == "Present online"
