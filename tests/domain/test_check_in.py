"""What a desk asks of the database to know its roster."""

import pytest

from confsvc.domain.check_in import DeskRoster, sync_desk
from confsvc.domain.work import DeskActor
from tests.conftest import BeginWork
from tests.factories import make_conference, make_desk, make_site


@pytest.mark.parametrize(("since", "is_whole", "looks"), [(None, True, 1), (0, False, 1), (4711, True, 2)])
def test_desk_that_syncs_is_looked_up_once_unless_it_comes_from_a_future(begin: BeginWork, since: int | None, is_whole: bool, looks: int) -> None:
    with begin() as work:
        desk = make_desk(work, make_site(work, make_conference(work)))
    told: list[str] = []
    with begin(DeskActor(desk.id)) as work:
        driver = work.session.connection().connection.driver_connection
        assert driver
        driver.set_trace_callback(told.append)
        synced = sync_desk(work, since)
        driver.set_trace_callback(None)
    assert isinstance(synced, DeskRoster) == is_whole
    assert sum("FROM desks" in statement for statement in told) == looks
