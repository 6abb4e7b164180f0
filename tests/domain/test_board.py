"""The board's numbers, who is missing, and the public link."""

import pytest

from confsvc.domain.access import organised_conference
from confsvc.domain.board import board_token, public_board, renew_board_link, revoke_board_link
from confsvc.domain.board_missing import MissingRank
from confsvc.domain.board_picture import read_picture
from confsvc.domain.board_tiles import figures_of
from confsvc.domain.corrections import check_in_delegate, excuse_delegate, undo_attendance, withdraw_excuse
from confsvc.domain.errors import Invalid, LinkExpired, NotFound, SignInRequired
from confsvc.domain.facts import BoardLinkRevoked, Fact
from confsvc.domain.figures import Figures
from confsvc.domain.work import Anonymous, DeskActor, Work
from tests.conftest import BeginWork
from tests.factories import acting, make_account, make_conference, make_delegate, make_desk, make_mandate, make_site, make_unit


class Scene:
    """olga's conference: a department that must send its head, a district that must send a leader, a school that may send anyone."""

    def __init__(self, work: Work) -> None:
        olga, mallory = make_account(work), make_account(work, "mallory")
        self.olga, self.mallory = acting(olga), acting(mallory)
        self.conference = make_conference(work, olga)
        self.main = make_site(work, self.conference)
        self.remote = make_site(work, self.conference, "Điểm cầu huyện Phú Quý", kind="remote")
        self.department = make_mandate(work, self.conference, self.main, make_unit(work, "Sở Nội vụ"), seats=2, required_rank="head")
        self.district = make_mandate(work, self.conference, self.remote, make_unit(work, "Huyện Phú Quý"), seats=2, required_rank="leader")
        school = make_mandate(work, self.conference, self.remote, make_unit(work, "Trường"), seats=1)
        make_mandate(work, self.conference, self.remote, make_unit(work, "Không ghế"), seats=0, required_rank="head")
        self.head = make_delegate(work, self.department, "Lê Văn Trưởng", rank="head")
        self.deputy = make_delegate(work, self.department, "Trần Thị Phó", rank="leader")
        self.leader = make_delegate(work, self.district, "Võ Hoài An", rank="leader")
        self.teacher = make_delegate(work, school, "Nguyễn Thị Dina")
        self.other = make_conference(work, mallory)
        make_delegate(work, make_mandate(work, self.other, make_site(work, self.other), make_unit(work, "Khác"), required_rank="head"), "Người Ngoài")


@pytest.fixture
def scene(begin: BeginWork) -> Scene:
    with begin() as work:
        return Scene(work)


def here(work: Work, scene: Scene, delegate_id: int) -> None:
    verdict = check_in_delegate(work, scene.conference.id, delegate_id, work.new_id())
    assert verdict.verdict == "accepted"


def test_board_shows_every_site_and_the_missing_ranks(begin: BeginWork, scene: Scene) -> None:
    with begin(scene.olga) as work:
        here(work, scene, scene.deputy.id)

        board = read_picture(work, scene.conference.id)

    assert (board.revision, figures_of(board.total)) == (1, Figures(named=4, vacant=1, present=1))
    assert [(site.id, site.name, site.kind, figures_of(site.counts)) for site in board.shown()] == [
        (scene.main.id, scene.main.name, "main", Figures(named=2, present=1)),
        (scene.remote.id, scene.remote.name, "remote", Figures(named=2, vacant=1)),
    ]
    # A deputy does not stand in for the head who was asked for; for a leader either will do.
    assert board.first_missing == (
        MissingRank(scene.department.id, "Sở Nội vụ", "head", scene.main.name, ("Lê Văn Trưởng",)),
        MissingRank(scene.district.id, "Huyện Phú Quý", "leader", scene.remote.name, ("Võ Hoài An",)),
    )
    with begin(scene.olga) as work:
        here(work, scene, scene.head.id)
        here(work, scene, scene.leader.id)
        assert read_picture(work, scene.conference.id).first_missing == ()


def test_new_public_link_kills_the_old_one(begin: BeginWork, scene: Scene, published: list[Fact]) -> None:
    with begin(scene.olga) as work:
        first = board_token(work, renew_board_link(work, scene.conference.id))
    assert published[-1:] != [BoardLinkRevoked(scene.conference.id)]
    with begin(scene.olga) as work:
        second = board_token(work, renew_board_link(work, scene.conference.id))
    assert first
    assert second
    assert published[-1] == BoardLinkRevoked(scene.conference.id)
    with begin(Anonymous()) as work:
        assert public_board(work, second.upper()).id == scene.conference.id
        with pytest.raises(LinkExpired):
            public_board(work, first)
    with begin(scene.olga) as work:
        assert board_token(work, revoke_board_link(work, scene.conference.id)) is None
    with begin(Anonymous()) as work:
        for dead in (first, second, "", "None"):
            with pytest.raises(LinkExpired):
                public_board(work, dead)


def test_mallory_and_nobody_see_no_board_and_make_no_link(begin: BeginWork, scene: Scene) -> None:
    with begin() as work:
        desk = make_desk(work, scene.main)
    for actor, error in ((scene.mallory, NotFound), (Anonymous(), SignInRequired), (DeskActor(desk.id), SignInRequired)):
        for command in (organised_conference, renew_board_link, revoke_board_link):
            with begin(actor) as work, pytest.raises(error):
                command(work, scene.conference.id)


def test_corrections_leave_their_reason_and_their_author(begin: BeginWork, scene: Scene) -> None:
    conference_id, dina = scene.conference.id, scene.teacher.id
    with begin(scene.olga) as work:
        said = [
            excuse_delegate(work, conference_id, dina, " ốm ", "ref-1"),
            withdraw_excuse(work, conference_id, dina, "ref-2"),
            check_in_delegate(work, conference_id, dina, "ref-3", site_id=scene.main.id, reason="quên quét"),
            undo_attendance(work, conference_id, dina, "nhầm người", "ref-4"),
            undo_attendance(work, conference_id, dina, "nhầm người", "ref-5"),
            undo_attendance(work, conference_id, dina, "nhầm người", "ref-4"),
        ]
    assert [(v.verdict, v.reason, v.revision) for v in said] == [
        ("accepted", None, 1),
        ("accepted", None, 2),
        ("accepted", None, 3),
        ("accepted", None, 4),
        ("refused", "not_present", 5),
        ("accepted", None, 4),
    ]
    with begin() as work:
        rows = work.session.connection().exec_driver_sql("SELECT kind, method, site_id, account_id, reason FROM attendance_events ORDER BY revision").all()
    olga = scene.olga.account_id
    assert [tuple(row) for row in rows] == [
        ("excuse", "organiser", None, olga, "ốm"),
        ("withdraw_excuse", "organiser", None, olga, ""),
        ("check_in", "organiser", scene.main.id, olga, "quên quét"),
        ("undo", "organiser", None, olga, "nhầm người"),
        ("undo", "organiser", None, olga, "nhầm người"),
    ]


def test_corrections_need_a_reason_that_fits(begin: BeginWork, scene: Scene) -> None:
    with begin(scene.olga) as work:
        for command in (excuse_delegate, undo_attendance):
            for reason, code in (("", "required"), (" \u200b\n", "required"), ("x" * 501, "too_long")):
                with pytest.raises(Invalid) as refused:
                    command(work, scene.conference.id, scene.teacher.id, reason, "ref")
                assert (refused.value.field, refused.value.reason) == ("reason", code)


def test_nobody_corrects_the_attendance_of_another_conference(begin: BeginWork, scene: Scene) -> None:
    dina = scene.teacher.id
    for actor, conference_id, error in (
        (scene.mallory, scene.conference.id, NotFound),
        (scene.mallory, scene.other.id, NotFound),
        (Anonymous(), scene.conference.id, SignInRequired),
    ):
        with begin(actor) as work:
            with pytest.raises(error):
                excuse_delegate(work, conference_id, dina, "ốm", "ref-1")
            with pytest.raises(error):
                withdraw_excuse(work, conference_id, dina, "ref-1")
            with pytest.raises(error):
                check_in_delegate(work, conference_id, dina, "ref-1")
            with pytest.raises(error):
                undo_attendance(work, conference_id, dina, "nhầm", "ref-1")
    with begin(scene.olga) as work, pytest.raises(NotFound):
        check_in_delegate(work, scene.conference.id, dina, "ref-1", site_id=4711)
