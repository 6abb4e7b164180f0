"""What drafts of the giấy mời say, from what stands in the conference."""

from datetime import UTC, datetime, timedelta

import pytest

from confsvc.domain.agenda import ItemEntry, SessionEntry, add_item, add_session
from confsvc.domain.paper_letters import read_letter_ground
from confsvc.domain.work import Work
from confsvc.models import Conference
from confsvc.schemas.letter_paper import MOST_NAMED, MOST_SITES, LetterHead, letter_paper, official_moment
from tests.factories import ENDS, STARTS, make_conference, make_mandate, make_site, make_unit

HEAD = LetterHead("Sở Thông tin và Truyền thông", "UBND tỉnh", "GM-STTTT", "Bình Thuận", ["KT. Giám đốc"], "Lê Văn A", ["Lưu: VT."])


@pytest.fixture
def conference(work: Work) -> Conference:
    conference = make_conference(work, chair_name="Nguyễn Minh", chair_position="Phó Chủ tịch UBND tỉnh")
    make_site(work, conference, address="Số 04 Hải Thượng Lãn Ông")
    return conference


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (STARTS, "14 giờ 00, thứ Hai, ngày 16 tháng 01 năm 2023"),
        (datetime(2026, 2, 7, 17, 5, tzinfo=UTC), "00 giờ 05, Chủ nhật, ngày 08 tháng 02 năm 2026"),
        (datetime(2026, 7, 5, 1, 30, tzinfo=UTC), "08 giờ 30, Chủ nhật, ngày 05 tháng 7 năm 2026"),
    ],
)
def test_moments_are_written_as_documents_do(moment: datetime, said: str) -> None:
    assert official_moment(moment, "Asia/Ho_Chi_Minh") == said


def test_letter_to_one_unit_asks_for_the_required_rank_at_its_site(work: Work, conference: Conference) -> None:
    remote = make_site(work, conference, "Điểm cầu Bắc Bình", kind="remote")
    units = {"head": "Sở Nội vụ", "leader": "Sở Y tế", "any": "UBND huyện Bắc Bình"}
    for order, (rank, name) in enumerate(units.items()):
        make_mandate(work, conference, remote, make_unit(work, name), required_rank=rank, seats=order + 1, sort_order=order)
    ground = read_letter_ground(work, conference.id)
    said = letter_paper(ground, HEAD, ground.mandates, title="T", agenda=False).data
    assert [letter["whom"] for letter in said["letters"]] == [
        "Thủ trưởng Sở Nội vụ (01 đại biểu)",
        "Đại diện lãnh đạo Sở Y tế (02 đại biểu)",
        "Đại diện UBND huyện Bắc Bình (03 đại biểu)",
    ]
    assert said["letters"][0] | {"whom": ""} == {"whom": "", "places": ["Điểm cầu Bắc Bình"], "notes": [], "invited": []}
    assert (said["chair"], said["when"], said["year"]) == ("Nguyễn Minh, Phó Chủ tịch UBND tỉnh", "14 giờ 00, thứ Hai, ngày 16 tháng 01 năm 2023", "2023")
    assert (said["issuer"], said["superior"], said["symbol"], said["signer"]) == (HEAD.issuer, HEAD.superior, HEAD.symbol, HEAD.signer)
    assert (said["authority"], said["recipients"], said["agenda"], said["lang"]) == (["KT. Giám đốc"], ["Lưu: VT."], [], "vi")


@pytest.mark.parametrize(
    ("unit", "head"),
    [
        ("UBND xã Bắc Bình", "Chủ tịch"),
        ("Uỷ ban nhân dân tỉnh Lâm Đồng", "Chủ tịch"),
        ("Ủy ban MTTQ Việt Nam tỉnh", "Chủ tịch"),
        ("HĐND tỉnh", "Chủ tịch"),
        ("Văn phòng UBND tỉnh", "Thủ trưởng"),
        ("Sở Y tế", "Thủ trưởng"),
        ("Ủy ban Kiểm tra Tỉnh ủy", "Thủ trưởng"),
    ],
)
def test_head_is_called_as_units_of_the_kind_call_theirs(work: Work, conference: Conference, unit: str, head: str) -> None:
    site = read_letter_ground(work, conference.id).sites[0]
    make_mandate(work, conference, site, make_unit(work, unit), required_rank="head", seats=2)
    ground = read_letter_ground(work, conference.id)
    [letter] = letter_paper(ground, HEAD, ground.mandates, title="T", agenda=False).data["letters"]
    assert letter["whom"] == f"{head} {unit} (02 đại biểu)"


@pytest.mark.parametrize("count", [1, MOST_NAMED, MOST_NAMED + 1])
def test_general_letter_names_few_units_and_lists_many(work: Work, conference: Conference, count: int) -> None:
    site = read_letter_ground(work, conference.id).sites[0]
    for number in range(count):
        make_mandate(work, conference, site, make_unit(work, f"Đơn vị {number}"), required_rank="head", sort_order=number)
    [said] = letter_paper(read_letter_ground(work, conference.id), HEAD, None, title="T", agenda=False).data["letters"]
    if count <= MOST_NAMED:
        assert (said["whom"], said["invited"]) == ("; ".join(f"Thủ trưởng Đơn vị {number}" for number in range(count)), [])
    else:
        assert said["whom"] == "Các cơ quan, đơn vị theo danh sách kèm theo"
        assert said["invited"] == [[str(n + 1), f"Đơn vị {n}", "Thủ trưởng, 01 đại biểu", site.name] for n in range(count)]


@pytest.mark.parametrize("count", [0, 2, MOST_SITES + 1])
def test_general_letter_says_where(work: Work, conference: Conference, count: int) -> None:
    for number in range(count):
        make_site(work, conference, f"Điểm cầu {number}", kind="remote", sort_order=number)
    [said] = letter_paper(read_letter_ground(work, conference.id), HEAD, None, title="T", agenda=False).data["letters"]
    rest = {0: [], 2: ["Các điểm cầu trực tuyến: Điểm cầu 0; Điểm cầu 1"]}.get(count, [f"Các điểm cầu trực tuyến: {count} điểm cầu"])
    assert said["places"] == ["Điểm cầu trung tâm, Số 04 Hải Thượng Lãn Ông", *rest]


def test_letter_names_the_deadline_where_there_is_one(work: Work, conference: Conference) -> None:
    conference.registration_deadline = STARTS - timedelta(days=3)
    [said] = letter_paper(read_letter_ground(work, conference.id), HEAD, None, title="T", agenda=False).data["letters"]
    assert said["notes"] == ["Đề nghị các cơ quan, đơn vị đăng ký đại biểu tham dự trước 14 giờ 00, thứ Sáu, ngày 13 tháng 01 năm 2023."]


def test_agenda_is_overleaf_where_it_is_wanted(work: Work, conference: Conference) -> None:
    session = add_session(work, conference.id, SessionEntry("Phiên chiều", STARTS, ENDS))
    add_session(work, conference.id, SessionEntry("Phiên trống", ENDS, ENDS + timedelta(hours=1)))
    add_item(work, conference.id, session.id, ItemEntry("Khai mạc #panic()", presenter_name="Nguyễn Minh"))
    add_item(work, conference.id, session.id, ItemEntry("Thảo luận"))
    ground = read_letter_ground(work, conference.id)
    assert letter_paper(ground, HEAD, None, title="T", agenda=False).data["agenda"] == []
    assert letter_paper(ground, HEAD, None, title="T", agenda=True).data["agenda"] == [
        {"title": "Phiên chiều", "items": [["14 giờ 00", "Khai mạc #panic()", "Nguyễn Minh"], ["14 giờ 10", "Thảo luận", ""]]}
    ]
