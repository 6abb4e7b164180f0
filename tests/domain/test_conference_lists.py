"""Conferences as a list, and what one of them still lacks."""

from datetime import timedelta

import pytest

from confsvc.domain.conference_lists import SORTS, Size, find_conferences, what_is_missing
from confsvc.domain.errors import SignInRequired
from confsvc.domain.work import Anonymous, Work
from confsvc.models import AgendaItem, AgendaSession
from tests.conftest import BeginWork
from tests.factories import ENDS, STARTS, acting, make_account, make_conference, make_delegate, make_mandate, make_site


def test_everybody_finds_their_own_the_latest_first(begin: BeginWork) -> None:
    with begin() as work:
        olga, mallory, ada = make_account(work), make_account(work, "mallory"), make_account(work, "ada", role="administrator")
        old = make_conference(work, olga, title="Hội nghị Đức Linh", starts_at=STARTS - timedelta(days=1))
        new = make_conference(work, olga, title="Hội nghị An Giang", state="draft")
        make_mandate(work, old, make_site(work, old), seats=4)
        hers = make_conference(work, mallory, title="Đức của Mallory", starts_at=STARTS + timedelta(hours=1))
    with begin(acting(olga)) as work:
        assert [[c.id for c in find_conferences(work, sort=sort)[0].items] for sort in SORTS] == [[new.id, old.id]] * 2
        assert [c.id for c in find_conferences(work, query="đuc")[0].items] == [old.id]
        assert [c.id for c in find_conferences(work, state="draft")[0].items] == [new.id]
        assert find_conferences(work)[1] == {old.id: Size(1, 4)}
        assert find_conferences(work, query="%")[0].items == []
    with begin(acting(ada)) as work:
        assert [c.id for c in find_conferences(work)[0].items] == [hers.id, new.id, old.id]
    with begin(Anonymous()) as work, pytest.raises(SignInRequired):
        find_conferences(work)


def test_titles_sort_from_a_on(work: Work) -> None:
    for title in ("Đức", "An", "Dũng"):
        make_conference(work, title=title)
    assert [c.title for c in find_conferences(work, sort="title")[0].items] == ["An", "Dũng", "Đức"]


def test_what_is_missing_is_named_until_it_is_there(work: Work) -> None:
    conference = make_conference(work, state="draft", starts_at=work.now - timedelta(minutes=1))
    everything = ["sites", "agenda", "mandates", "delegates", "host", "chair", "video_link", "future"]
    assert what_is_missing(work, conference) == everything
    remote = make_site(work, conference, kind="remote")
    assert what_is_missing(work, conference) == ["main_site", *everything[1:]]
    mandate = make_mandate(work, conference, make_site(work, conference))
    make_delegate(work, mandate)
    session = AgendaSession(conference_id=conference.id, uid=work.new_id(), title="Phiên", starts_at=STARTS, ends_at=ENDS)
    work.session.add(session)
    work.session.flush()
    work.session.add(AgendaItem(conference_id=conference.id, session_id=session.id, title="Khai mạc"))
    conference.host_name, conference.chair_name, conference.starts_at = "Sở", "Minh", STARTS
    assert what_is_missing(work, conference) == ["video_link"]
    remote.video_link = "https://example.org/x"
    work.session.flush()
    assert what_is_missing(work, conference) == []
    remote.video_link, conference.mode = "", "in_person"
    work.session.flush()
    assert what_is_missing(work, conference) == []
