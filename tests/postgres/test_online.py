"""Online participants over PostgreSQL: the tests of SQLite once more, and what several processes do in the same moment."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from tests.conftest import NOW, BeginWork
from tests.domain.test_conference_rules import *  # noqa: F403  # the very tests of SQLite, with the `begin` of this folder
from tests.domain.test_online import *  # noqa: F403  # as above
from tests.domain.test_online import JOINED, LEFT, MINUTE, SECOND, Scene

PEOPLE_AT_ONCE = 6


def at_once(acts: Sequence[Callable[[], object]]) -> None:
    """Carry out the acts in the same moment; an error of any of them is raised."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], object]) -> None:
        barrier.wait()
        act()

    with ThreadPoolExecutor(len(acts)) as pool:
        for done in [pool.submit(run, act) for act in acts]:
            done.result()


def test_many_tabs_that_join_in_one_moment_are_one_arrival(begin: BeginWork) -> None:
    scene = Scene(begin)
    at_once([lambda: scene.join(NOW)] * PEOPLE_AT_ONCE)
    assert (scene.log(), scene.standing(), len(scene.heard())) == ([JOINED], ("present", "online", NOW), 1)


def test_processes_that_sweep_while_pages_speak_agree(begin: BeginWork) -> None:
    scene = Scene(begin)
    for n in range(1, 6):
        at = NOW + n * 10 * MINUTE
        scene.join(at)
        scene.join(at, scene.em)
        later = at + 5 * MINUTE
        at_once([lambda: scene.sweep(later)] * 3 + [lambda: scene.hear(later)] * 3)  # noqa: B023  # all are done before the next round
        # Heard before the sweep, or let go by it and back: present either way.
        assert scene.standing()[0] == "present"
        assert scene.standing(scene.em) == ("left", "online", at)
        scene.sweep(later + 4 * MINUTE)
    lines = [line for line in scene.log() if line in (JOINED, LEFT)]
    assert len(lines) == len(scene.log())


def test_processes_that_see_the_same_page_come_back_write_one_return(begin: BeginWork) -> None:
    scene = Scene(begin)
    scene.join(NOW)
    scene.sweep(NOW + 5 * MINUTE)
    at_once([lambda: scene.hear(NOW + 6 * MINUTE + SECOND)] * PEOPLE_AT_ONCE)
    assert (scene.log(), len(scene.heard())) == ([JOINED, LEFT, JOINED], 1)
