"""The missing: who stands on the list, what is noted about them, who may note it."""

from dataclasses import replace

import pytest

from confsvc.domain.attendance import Verdict
from confsvc.domain.board_missing import missing_required
from confsvc.domain.corrections import check_in_delegate, check_out_delegate, excuse_delegate, withdraw_excuse
from confsvc.domain.errors import DomainError, Invalid, NotFound, SignInRequired, WrongState
from confsvc.domain.facts import Fact, FollowedUp
from confsvc.domain.follow_ups import FollowUpEntry, follow_up, send_deputy
from confsvc.domain.missing_list import MissingList, MissingQuery, read_missing
from confsvc.domain.substitutions import SubstituteEntry
from confsvc.domain.work import Anonymous, DeskActor, System, Work
from confsvc.models import Conference, FollowUp
from tests.conftest import BeginWork
from tests.factories import acting, make_account, make_conference, make_delegate, make_desk, make_mandate, make_site, make_unit

REQUIRED = MissingQuery()
EVERYBODY = MissingQuery(everybody=True)


class Scene:
    """olga's conference: a department must send its head, a district a leader, an office named nobody, a school may send anyone."""

    def __init__(self, work: Work) -> None:
        olga, mallory = make_account(work), make_account(work, "mallory")
        self.olga, self.mallory = acting(olga), acting(mallory)
        self.conference = make_conference(work, olga, state="in_progress")
        self.id = self.conference.id
        self.main = make_site(work, self.conference)
        self.remote = make_site(work, self.conference, "Điểm cầu huyện Phú Quý", kind="remote")
        self.department = make_mandate(work, self.conference, self.main, make_unit(work, "Sở Nội vụ"), seats=2, required_rank="head")
        self.district = make_mandate(work, self.conference, self.remote, make_unit(work, "Huyện Phú Quý"), seats=1, required_rank="leader")
        self.office = make_mandate(work, self.conference, self.remote, make_unit(work, "Văn phòng"), seats=2, required_rank="leader")
        self.school = make_mandate(work, self.conference, self.remote, make_unit(work, "Trường"), seats=1)
        self.head = make_delegate(work, self.department, "Lê Văn Trưởng", rank="head")
        self.staff = make_delegate(work, self.department, "Trần Thị Viên", position="Chuyên viên")
        self.leader = make_delegate(work, self.district, "Võ Hoài An", rank="leader")
        self.teacher = make_delegate(work, self.school, "Nguyễn Thị Dina")
        self.other = make_conference(work, mallory)
        foreign = make_mandate(work, self.other, make_site(work, self.other), make_unit(work, "Khác"), required_rank="head")
        self.stranger = make_delegate(work, foreign, "Người Ngoài", rank="head")

    def about_head(self, status: str, note: str = "", client_ref: str = "ref-1") -> FollowUpEntry:
        return FollowUpEntry(self.department.id, self.head.id, status, note, client_ref)


@pytest.fixture
def scene(begin: BeginWork) -> Scene:
    with begin() as work:
        return Scene(work)


def shown(found: MissingList) -> list[tuple[str, str | None, str]]:
    return [
        (unit.mandate.unit_name, missing.delegate.full_name if missing.delegate else None, missing.standing) for unit in found.units for missing in unit.missing
    ]


def listed(begin: BeginWork, scene: Scene, query: MissingQuery = REQUIRED) -> list[tuple[str, str | None, str]]:
    with begin(scene.olga) as work:
        return shown(read_missing(work, scene.id, query))


def here(work: Work, scene: Scene, delegate_id: int) -> Verdict:
    return check_in_delegate(work, scene.id, delegate_id, work.new_id())


HEAD = ("Sở Nội vụ", "Lê Văn Trưởng", "open")
LEADER = ("Huyện Phú Quý", "Võ Hoài An", "open")
OFFICE = ("Văn phòng", None, "open")


def test_list_holds_the_required_who_are_not_in_and_units_that_named_nobody(begin: BeginWork, scene: Scene) -> None:
    assert listed(begin, scene) == [HEAD, LEADER, OFFICE]
    with begin(scene.olga) as work:
        here(work, scene, scene.staff.id)
        here(work, scene, scene.leader.id)
    assert listed(begin, scene) == [HEAD, OFFICE]


def test_list_names_the_units_that_the_board_counts(begin: BeginWork, scene: Scene) -> None:
    for come in (None, scene.head, scene.staff, scene.leader):
        with begin(scene.olga) as work:
            if come:
                here(work, scene, come.id)
            found = read_missing(work, scene.id, REQUIRED)
            assert [unit.mandate.id for unit in found.units] == [missing.mandate_id for missing in missing_required(work, scene.id)]


def test_everybody_who_is_not_in_with_seats_that_have_no_name(begin: BeginWork, scene: Scene) -> None:
    assert listed(begin, scene, EVERYBODY) == [
        HEAD,
        ("Sở Nội vụ", "Trần Thị Viên", "open"),
        LEADER,
        OFFICE,
        ("Trường", "Nguyễn Thị Dina", "open"),
    ]


def test_list_is_searched_without_marks_filtered_by_site_and_by_what_was_done(begin: BeginWork, scene: Scene) -> None:
    with begin(scene.olga) as work:
        follow_up(work, scene.id, scene.about_head("called"))
    called = ("Sở Nội vụ", "Lê Văn Trưởng", "called")
    for query, rows in (
        (MissingQuery("phu quy"), [LEADER]),
        (MissingQuery("TRUONG"), [called]),
        (MissingQuery("chuyen vien", everybody=True), [("Sở Nội vụ", "Trần Thị Viên", "open")]),
        (MissingQuery("%"), []),
        (MissingQuery(site_id=scene.main.id), [called]),
        (MissingQuery(site_id=scene.remote.id), [LEADER, OFFICE]),
        (MissingQuery(status="called"), [called]),
        (MissingQuery(status="open"), [LEADER, OFFICE]),
        (MissingQuery(status="excused"), []),
    ):
        assert listed(begin, scene, query) == rows, query
    with begin(scene.olga) as work:
        assert read_missing(work, scene.id, MissingQuery(status="excused")).counts == {"called": 1, "open": 2}


def test_the_latest_word_stands_and_says_who_and_when(begin: BeginWork, scene: Scene, published: list[Fact]) -> None:
    with begin(scene.olga) as work:
        for status in ("called", "on_the_way"):
            follow_up(work, scene.id, scene.about_head(status))
        follow_up(work, scene.id, FollowUpEntry(scene.office.id, None, "called"))
    with begin(scene.olga) as work:
        found = read_missing(work, scene.id, REQUIRED)
        words = [missing.word for unit in found.units for missing in unit.missing]
        assert work.session.query(FollowUp).count() == 3
    assert shown(found) == [("Sở Nội vụ", "Lê Văn Trưởng", "on_the_way"), LEADER, ("Văn phòng", None, "called")]
    assert [word and (word.status, word.by, word.at) for word in words] == [("on_the_way", "Olga", found_at(begin)), None, ("called", "Olga", found_at(begin))]
    assert published[-3:] == [
        FollowedUp(scene.id, scene.department.id, scene.head.id, "called", "Olga"),
        FollowedUp(scene.id, scene.department.id, scene.head.id, "on_the_way", "Olga"),
        FollowedUp(scene.id, scene.office.id, None, "called", "Olga"),
    ]
    with begin(scene.olga) as work:
        follow_up(work, scene.id, scene.about_head("cleared"))
    assert listed(begin, scene)[0] == HEAD


def found_at(begin: BeginWork) -> object:
    with begin() as work:
        return work.now


def test_an_excuse_is_a_line_of_the_log_and_anything_else_takes_it_back(begin: BeginWork, scene: Scene) -> None:
    with begin(scene.olga) as work:
        follow_up(work, scene.id, scene.about_head("excused", " ốm ", "ref-1"))
    assert listed(begin, scene)[0] == ("Sở Nội vụ", "Lê Văn Trưởng", "excused")
    with begin(scene.olga) as work:
        follow_up(work, scene.id, scene.about_head("on_the_way", client_ref="ref-2"))
    assert listed(begin, scene)[0] == ("Sở Nội vụ", "Lê Văn Trưởng", "on_the_way")
    with begin(scene.olga) as work:
        follow_up(work, scene.id, scene.about_head("excused", "ốm", "ref-3"))
        follow_up(work, scene.id, scene.about_head("cleared", client_ref="ref-4"))
    assert listed(begin, scene)[0] == HEAD
    with begin() as work:
        lines = work.session.connection().exec_driver_sql("SELECT kind, verdict, reason, account_id FROM attendance_events ORDER BY revision").all()
    olga = scene.olga.account_id
    assert [tuple(line) for line in lines] == [
        ("excuse", "accepted", "ốm", olga),
        ("withdraw_excuse", "accepted", "", olga),
        ("excuse", "accepted", "ốm", olga),
        ("withdraw_excuse", "accepted", "", olga),
    ]


def test_excuses_of_other_pages_show_as_the_log_has_them(begin: BeginWork, scene: Scene) -> None:
    with begin(scene.olga) as work:
        excuse_delegate(work, scene.id, scene.leader.id, "công tác", "ref-1")
        follow_up(work, scene.id, scene.about_head("excused", "ốm", "ref-2"))
        withdraw_excuse(work, scene.id, scene.head.id, "ref-3")
    assert listed(begin, scene) == [HEAD, ("Huyện Phú Quý", "Võ Hoài An", "excused"), OFFICE]


def test_a_deputy_takes_the_seat_and_is_expected_instead(begin: BeginWork, scene: Scene) -> None:
    with begin(scene.olga) as work:
        follow_up(work, scene.id, scene.about_head("excused", "họp", "ref-1"))
        verdict = send_deputy(work, scene.id, scene.about_head("sends_deputy", client_ref="ref-2"), SubstituteEntry("Phạm Thị Phó", "Phó Giám đốc", "leader"))
        assert verdict.verdict == "accepted"
        found = read_missing(work, scene.id, REQUIRED)
    assert shown(found) == [("Sở Nội vụ", "Phạm Thị Phó", "open"), LEADER, OFFICE]
    deputy = found.units[0].missing[0]
    assert (deputy.replaces, deputy.delegate and deputy.delegate.rank) == ("Lê Văn Trưởng", "leader")
    with begin(scene.olga) as work:
        # Let in for the head, though of a lower rank: the department is there with the deputy.
        assert deputy.delegate
        here(work, scene, deputy.delegate.id)
        assert missing_required(work, scene.id)[0].unit == "Huyện Phú Quý"
        assert shown(read_missing(work, scene.id, REQUIRED)) == [LEADER, OFFICE]
        with pytest.raises(WrongState):
            follow_up(work, scene.id, scene.about_head("called"))


def test_who_has_left_is_missing_again(begin: BeginWork, scene: Scene) -> None:
    with begin(scene.olga) as work:
        here(work, scene, scene.head.id)
        check_out_delegate(work, scene.id, scene.head.id, "ref-out")
        found = read_missing(work, scene.id, REQUIRED)
    assert shown(found)[0] == HEAD
    assert found.units[0].missing[0].attendance
    assert found.units[0].missing[0].attendance.state == "left"


def test_nothing_is_noted_about_somebody_who_has_come(begin: BeginWork, scene: Scene) -> None:
    with begin(scene.olga) as work:
        here(work, scene, scene.head.id)
    for status in ("called", "excused", "cleared"):
        with begin(scene.olga) as work, pytest.raises(WrongState) as refused:
            follow_up(work, scene.id, scene.about_head(status, "ốm"))
        assert refused.value.fields == {"state": "present", "step": "follow_up"}
    with begin(scene.olga) as work, pytest.raises(WrongState):
        send_deputy(work, scene.id, scene.about_head("sends_deputy"), SubstituteEntry("Phạm Thị Phó"))
    with begin() as work:
        assert work.session.query(FollowUp).count() == 0


@pytest.mark.parametrize(
    ("changes", "error", "field"),
    [
        ({"status": "dead"}, Invalid, "status"),
        ({"status": "open"}, Invalid, "status"),
        ({"status": "excused", "note": " \u200b "}, Invalid, "reason"),
        ({"status": "excused", "note": "x" * 301}, Invalid, "note"),
        ({"status": "excused", "note": "ốm", "delegate_id": None}, Invalid, "status"),
        ({"mandate_id": 4711}, NotFound, "mandate"),
        ({"delegate_id": 4711}, NotFound, "delegate"),
    ],
)
def test_what_cannot_be_noted(begin: BeginWork, scene: Scene, changes: dict[str, object], error: type[DomainError], field: str) -> None:
    entry = replace(scene.about_head("called"), **changes)  # type: ignore[arg-type]  # wrong on purpose
    with begin(scene.olga) as work, pytest.raises(error) as refused:
        follow_up(work, scene.id, entry)
    assert field in refused.value.fields.values()


def test_people_of_other_units_and_conferences_are_not_found(begin: BeginWork, scene: Scene) -> None:
    for mandate_id, delegate_id in ((scene.district.id, scene.head.id), (scene.stranger.mandate_id, scene.stranger.id), (scene.stranger.mandate_id, None)):
        entry = FollowUpEntry(mandate_id, delegate_id, "sends_deputy", client_ref="ref")
        with begin(scene.olga) as work, pytest.raises(NotFound):
            follow_up(work, scene.id, entry)
        with begin(scene.olga) as work, pytest.raises((NotFound, Invalid)):
            send_deputy(work, scene.id, entry, SubstituteEntry("Phạm Thị Phó"))


def test_outsiders_note_nothing_and_see_nothing(begin: BeginWork, scene: Scene) -> None:
    with begin() as work:
        desk = make_desk(work, scene.main)
    for actor, error in ((scene.mallory, NotFound), (Anonymous(), SignInRequired), (DeskActor(desk.id), SignInRequired)):
        with begin(actor) as work, pytest.raises(error):
            read_missing(work, scene.id, REQUIRED)
        with begin(actor) as work, pytest.raises(error):
            follow_up(work, scene.id, scene.about_head("called"))
        with begin(actor) as work, pytest.raises(error):
            send_deputy(work, scene.id, scene.about_head("sends_deputy"), SubstituteEntry("Phạm Thị Phó"))
    with begin(System()) as work, pytest.raises(SignInRequired):
        follow_up(work, scene.id, scene.about_head("called"))
    with begin() as work:
        assert work.session.query(FollowUp).count() == 0


def test_a_cancelled_conference_takes_no_word(begin: BeginWork, scene: Scene) -> None:
    with begin() as work:
        work.session.get_one(Conference, scene.id).state = "cancelled"
    with begin(scene.olga) as work, pytest.raises(WrongState):
        follow_up(work, scene.id, scene.about_head("called"))


def test_pages_follow_one_another_and_end(begin: BeginWork, scene: Scene) -> None:
    with begin() as work:
        mandate = make_mandate(work, scene.conference, scene.main, make_unit(work, "Trường lớn"), seats=120, sort_order=1)
        for i in range(120):
            make_delegate(work, mandate, f"Người {i:03}")
    with begin(scene.olga) as work:
        found = [read_missing(work, scene.id, MissingQuery(everybody=True, page=page)) for page in (1, 2, 3, 99)]
    assert [(page.page.number, page.page.total, page.page.last, len(shown(page))) for page in found] == [
        (1, 125, 3, 50),
        (2, 125, 3, 50),
        (3, 125, 3, 25),
        (3, 125, 3, 25),
    ]
    names = [row for page in found[:3] for row in shown(page)]
    assert len(set(names)) == 125
