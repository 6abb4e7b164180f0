"""What holds whatever happens on whatever agenda: fixed points hold, durations are kept, nothing is made worse."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from confsvc.domain.agenda_ripple_rules import FIXED_RULES, LATER_RULES, SHORTEST_MINUTES, RippleEntry
from confsvc.domain.agenda_times import Times
from confsvc.domain.errors import Invalid
from confsvc.models import AgendaSession
from tests.domain.test_agenda_ripple_rules import TWO, after, rippled, session_of

minutes = st.integers(1, 120)


@st.composite
def agendas(draw: st.DrawFn) -> list[AgendaSession]:
    """Up to three sessions that do not overlap, whose items may."""
    sessions: list[AgendaSession] = []
    free = 0
    for session_id in range(1, draw(st.integers(1, 3)) + 1):
        start = free + draw(st.integers(0, 60))
        rows = draw(st.lists(st.tuples(minutes, st.none() | st.integers(start - 30, start + 300)), min_size=1, max_size=6))
        sessions.append(session_of(session_id, start, draw(st.integers(1, 300)), *rows))
        taken = Times.of(sessions).sessions[session_id].taken
        free = (taken.ends_at - TWO) // timedelta(minutes=1)
    return sessions


@st.composite
def entries(draw: st.DrawFn) -> RippleEntry:
    """Anything that happens to anything of the first session."""
    shape = draw(st.sampled_from(["overrun", "minutes", "starts_at"]))
    value: Any = after(draw(st.integers(-60, 400))) if shape == "starts_at" else draw(minutes)
    what: dict[str, Any] = {"session_id": 1} if draw(st.booleans()) else {"item_id": 100}
    rules: dict[str, Any] = {"fixed": draw(st.sampled_from(FIXED_RULES)), "later": draw(st.sampled_from(LATER_RULES))}
    return RippleEntry(**what, **{shape: value}, **rules, extend=draw(st.booleans()), by_time=draw(st.booleans()))


def tried(sessions: list[AgendaSession], entry: RippleEntry) -> tuple[Times, Times]:
    try:
        return rippled(sessions, entry)
    except Invalid:
        assume(condition=False)
        raise


@settings(max_examples=60)
@given(agendas(), entries())
def test_fixed_points_never_move_unless_asked(sessions: list[AgendaSession], entry: RippleEntry) -> None:
    before, now = tried(sessions, replace(entry, fixed="hold" if entry.fixed == "move" else entry.fixed))

    fixed = {key for key, time in before.items.items() if time.is_fixed and key != entry.item_id}
    day = timedelta(days=1)
    assert all((now.items[key].span.starts_at - before.items[key].span.starts_at) % day == timedelta(0) for key in fixed)
    if entry.field != "starts_at":
        assert all(now.items[key].span.starts_at == before.items[key].span.starts_at for key in fixed)


@settings(max_examples=60)
@given(agendas(), entries())
def test_durations_are_kept(sessions: list[AgendaSession], entry: RippleEntry) -> None:
    before, now = tried(sessions, replace(entry, fixed="hold" if entry.fixed == "shorten" else entry.fixed, extend=False))

    changed = entry.item_id if entry.field != "starts_at" else None
    assert {key: time.minutes for key, time in now.items.items() if key != changed} == {
        key: time.minutes for key, time in before.items.items() if key != changed
    }
    lengths = [{key: t.planned.ends_at - t.planned.starts_at for key, t in times.sessions.items()} for times in (before, now)]
    if entry.session_id and entry.field != "starts_at":
        lengths = [{key: length for key, length in of.items() if key != entry.session_id} for of in lengths]
    assert lengths[0] == lengths[1]


@settings(max_examples=60)
@given(agendas(), entries())
def test_nothing_is_lengthened_to_make_something_fit(sessions: list[AgendaSession], entry: RippleEntry) -> None:
    before, now = tried(sessions, replace(entry, fixed="shorten"))

    changed = entry.item_id if entry.field != "starts_at" else None
    others = [(time.minutes, now.items[key].minutes) for key, time in before.items.items() if key != changed]
    assert all(min(was, SHORTEST_MINUTES) <= is_now <= was for was, is_now in others)


@settings(max_examples=60)
@given(agendas(), entries())
def test_with_all_that_can_give_way_no_overlap_is_made_worse(sessions: list[AgendaSession], entry: RippleEntry) -> None:
    """But for the thing itself, which begins when somebody said; and a session that was told to last less than its items do."""
    before, now = tried(sessions, replace(entry, fixed="move", later="push"))

    grown = {key for key, time in now.items.items() if key != entry.item_id and time.is_fixed and time.overrun > before.items[key].overrun}
    assert grown == set()
    for early, late in ((a, b) for a in now.sessions for b in now.sessions if a < b):
        assert now.sessions[early].taken.overlap(now.sessions[late].taken) == timedelta(0), (early, late)


@settings(max_examples=60)
@given(agendas(), entries())
def test_what_comes_before_the_change_stays_where_it_is(sessions: list[AgendaSession], entry: RippleEntry) -> None:
    sessions.insert(0, session_of(9, -300, 60, (20, None), (30, -250)))
    before, now = tried(sessions, entry)

    assert (now.sessions[9], now.items[900], now.items[901]) == (before.sessions[9], before.items[900], before.items[901])
