"""The two example conferences: who meets where, when, and what is on the agenda. Every person in them is made up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from confsvc.domain.demo_people import HOST, Post, posts, posts_of

ZONE = "Asia/Ho_Chi_Minh"
MAIN_SITE = "Điểm cầu trung tâm"


@dataclass(frozen=True, slots=True)
class Part:
    """One item of the agenda; `speaker` is the code of the unit whose highest present leader speaks, "" for nobody."""

    kind: str
    title: str
    minutes: int
    speaker: str = ""


@dataclass(frozen=True, slots=True)
class Seats:
    """What a unit is invited with: `named` people, `vacant` seats more, the rank it is to send, its positions from high to low."""

    named: int
    vacant: int = 0
    required_rank: str = "leader"
    order: Sequence[Post] = ()


@dataclass(frozen=True, slots=True)
class UnitLine:
    """A line of the units' file; `site` is the name of its site."""

    code: str
    name: str
    kind: str
    parent: str
    site: str


@dataclass(frozen=True, slots=True)
class Scene:
    """One example. Moments are local; `by_code` and `by_kind` say what units are invited with, `silent` the sites nobody has reached yet."""

    title: str
    units_file: str
    host: str
    main_address: str
    video_link: str
    starts: datetime
    ends: datetime
    session_title: str
    parts: Sequence[Part]
    by_kind: Mapping[str, Seats]
    by_code: Mapping[str, Seats] = field(default_factory=dict)
    wave: int = 0
    silent: Sequence[str] = ()

    def seats(self, unit: UnitLine, place: int) -> Seats:
        """The seats of the unit on line `place`; `wave` makes neighbours differ and keeps their sum."""
        found = self.by_code.get(unit.code) or self.by_kind[unit.kind]
        swing = 0 if unit.code in self.by_code else (place + 1) // 2 * 7 % (self.wave + 1) * (-1 if place % 2 else 1)
        return Seats(found.named + swing, found.vacant, found.required_rank, found.order or posts_of(unit.name, unit.kind))


BINH_THUAN = Scene(
    title="Hội nghị tổng kết công tác năm 2022, triển khai nhiệm vụ năm 2023",
    units_file="units-binh-thuan-2023.csv",
    host="BTN-S11",
    main_address="Hội trường Sở Thông tin và Truyền thông, thành phố Phan Thiết",
    video_link="https://hop.example.org/tong-ket-2022",
    starts=datetime(2023, 1, 16, 14, 0),  # noqa: DTZ001  # local, as everything in a scene
    ends=datetime(2023, 1, 16, 17, 0),  # noqa: DTZ001
    session_title="Phiên họp buổi chiều",
    parts=(
        Part("introduction", "Ổn định tổ chức, tuyên bố lý do, giới thiệu đại biểu", 10),
        Part("opening", "Phát biểu khai mạc", 10, "BTN-S11"),
        Part("report", "Báo cáo tổng kết công tác năm 2022 và phương hướng, nhiệm vụ năm 2023", 20, "BTN-S11"),
        Part("speech", "Tham luận: Chuyển đổi số và dịch vụ công trực tuyến của thành phố", 10, "BTN-H01"),
        Part("speech", "Tham luận: Hạ tầng viễn thông tại huyện đảo", 10, "BTN-H10"),
        Part("speech", "Tham luận: Tổ công nghệ số cộng đồng ở cơ sở", 10, "BTN-H04"),
        Part("speech", "Tham luận: Phát triển mạng 4G, 5G trên địa bàn tỉnh", 10, "BTN-E02"),
        Part("discussion", "Thảo luận, trao đổi giữa các điểm cầu", 30),
        Part("commendation", "Công bố quyết định khen thưởng và trao thưởng", 15),
        Part("directing_speech", "Phát biểu chỉ đạo của lãnh đạo UBND tỉnh", 20, "BTN"),
        Part("conclusion", "Tiếp thu, kết luận và bế mạc Hội nghị", 15, "BTN-S11"),
    ),
    by_kind={
        "sở, ban, ngành": Seats(4),
        "cơ quan báo chí": Seats(5, required_rank="any"),
        "doanh nghiệp": Seats(5, 1),
        **dict.fromkeys(("thành phố", "thị xã", "huyện"), Seats(16, 1)),
    },
    by_code={"BTN": Seats(3), "BTN-S11": Seats(34, required_rank="head", order=HOST), "BTN-S18": Seats(0, 4), "BTN-S04": Seats(4, required_rank="head")},
    silent=("Điểm cầu huyện Phú Quý",),
)
_OF_THE_PROVINCE = posts(
    "Chủ tịch UBND tỉnh",
    "Phó Chủ tịch UBND tỉnh",
    "Phó Chủ tịch UBND tỉnh",
    "Phó Chủ tịch UBND tỉnh",
    "Chánh Văn phòng UBND tỉnh",
    "Giám đốc Sở Nội vụ",
    "Giám đốc Sở Tài chính",
    "Giám đốc Sở Tư pháp",
    "Giám đốc Sở Xây dựng",
    "Giám đốc Sở Khoa học và Công nghệ",
    "Giám đốc Sở Nông nghiệp và Môi trường",
    "Giám đốc Sở Giáo dục và Đào tạo",
    "Giám đốc Sở Y tế",
    "Chánh Thanh tra tỉnh",
    "Phó Giám đốc sở",
    "Trưởng phòng chuyên môn",
    heads=1,
    leaders=3,
)
LAM_DONG = Scene(
    title="Hội nghị trực tuyến toàn tỉnh về vận hành chính quyền địa phương hai cấp",
    units_file="units-lam-dong-2025.csv",
    host="68",
    main_address="Trung tâm Hành chính tỉnh Lâm Đồng, Đà Lạt",
    video_link="https://hop.example.org/lam-dong",
    starts=datetime(2025, 8, 15, 8, 0),  # noqa: DTZ001
    ends=datetime(2025, 8, 15, 11, 30),  # noqa: DTZ001
    session_title="Phiên họp buổi sáng",
    parts=(
        Part("introduction", "Ổn định tổ chức, tuyên bố lý do, giới thiệu đại biểu", 15),
        Part("opening", "Phát biểu khai mạc", 10, "68"),
        Part("report", "Báo cáo kết quả vận hành chính quyền địa phương hai cấp", 30, "68"),
        Part("speech", "Tham luận: Trung tâm Phục vụ hành chính công ở phường", 10, "24781"),
        Part("speech", "Tham luận: Phân cấp, phân quyền cho xã", 10, "24985"),
        Part("speech", "Tham luận: Sắp xếp cán bộ và trụ sở làm việc", 10, "24616"),
        Part("break", "Nghỉ giải lao", 15),
        Part("discussion", "Thảo luận giữa các điểm cầu", 50),
        Part("directing_speech", "Phát biểu chỉ đạo", 30, "68"),
        Part("conclusion", "Kết luận và bế mạc Hội nghị", 15, "68"),
    ),
    by_kind=dict.fromkeys(("xã", "phường", "đặc khu"), Seats(80, 1, "head")),
    by_code={"68": Seats(80, 0, "leader", _OF_THE_PROVINCE)},
    wave=20,
    silent=("Điểm cầu Đặc khu Phú Quý",),
)
SCENES = {"binh-thuan": BINH_THUAN, "lam-dong": LAM_DONG}
