"""Letters and invitations over PostgreSQL: the same words, and two people who press at the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select

from confsvc.domain.conference_copies import duplicate_conference
from confsvc.domain.errors import EditConflict
from confsvc.domain.inviting import read_reach, send_invitations
from confsvc.domain.letter_samples import find_recipients
from confsvc.domain.letter_texts import own_text, set_text
from confsvc.domain.work import Work
from confsvc.models import Conference, Message
from confsvc.models.mail import LETTER_KINDS
from confsvc.schemas.letters import write_letter, write_sample
from tests.conftest import BeginWork
from tests.factories import STARTS, make_delegate
from tests.letters import SENDER, Scene, make_scene


@pytest.fixture
def scene(begin: BeginWork) -> Scene:
    with begin() as work:
        scene = make_scene(work)
        make_delegate(work, scene.mandate, "Trần Văn Bình")
        scene.conference.invited_at = None
        return scene


def at_once(begin: BeginWork, act: Callable[[Work], object]) -> list[object]:
    """What two units that begin together answer, errors included."""
    barrier = Barrier(2)

    def one(_: int) -> object:
        try:
            with begin() as work:
                barrier.wait(timeout=10)
                return act(work)
        except EditConflict as error:
            return type(error)

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(one, range(2)))


def test_every_letter_is_written(begin: BeginWork, scene: Scene) -> None:
    with begin() as work:
        conference = work.session.get_one(Conference, scene.conference.id)
        set_text(work, conference.id, kind="reminder", locale="vi", subject="Mời {name}", body="{details}", version=0)
        for kind in LETTER_KINDS:
            [recipient, *_] = find_recipients(work, conference, kind, "")
            assert write_sample(work, conference, kind, recipient.id, SENDER)
        assert [one.name for one in find_recipients(work, conference, "reminder", "BÌNH")] == ["Trần Văn Bình"]
        copy = duplicate_conference(work, conference.id, title="Sau", starts_at=STARTS).conference
        assert own_text(work, copy.id, "reminder")["vi"].subject == "Mời {name}"
        reach = read_reach(work, conference.id)
        assert (reach.people, [person.full_name for person in reach.without_address.items]) == (1, ["Trần Văn Bình"])


def test_two_presses_at_once_invite_everybody_once(begin: BeginWork, scene: Scene) -> None:
    at_once(begin, lambda work: send_invitations(work, scene.conference.id, web_address="https://hop.example.org") and None)
    with begin() as work:
        [message] = work.session.scalars(select(Message)).all()
        letter = write_letter(work, message, SENDER)
        assert letter
        assert (letter.to_address, letter.purpose) == ("dina@example.org", "invitation")


def test_two_who_write_the_first_words_at_once_do_not_overwrite_each_other(begin: BeginWork, scene: Scene) -> None:
    def write(work: Work) -> str:
        return set_text(work, scene.conference.id, kind="update", locale="en", subject="Changed", body="{changes}\n{details}", version=0).subject

    assert sorted(map(str, at_once(begin, write))) == sorted(["Changed", str(EditConflict)])
