"""Made-up people for the example conferences: Vietnamese names by how common their parts are, positions by kind of unit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from random import Random

# Family names with their rough share in per mille; the last ones are those of Chăm and K'Ho families.
FAMILY_NAMES = {
    "Nguyễn": 370,
    "Trần": 110,
    "Lê": 95,
    "Phạm": 70,
    "Huỳnh": 50,
    "Phan": 45,
    "Võ": 35,
    "Đặng": 25,
    "Bùi": 22,
    "Đỗ": 18,
    "Hồ": 16,
    "Ngô": 15,
    "Dương": 14,
    "Hoàng": 14,
    "Lý": 8,
    "Mai": 7,
    "Trương": 14,
    "Đinh": 10,
    "Thông": 4,
    "Cil": 3,
}
MEN_MIDDLES = "Văn, Hữu, Đức, Quốc, Minh, Thanh, Công, Xuân, Đình, Ngọc, Trọng, Hoàng"
MEN_GIVEN = (
    "An, Bình, Cường, Dũng, Duy, Đạt, Đức, Hải, Hiếu, Hoà, Hùng, Huy, Khánh, Khoa, Kiên, Lâm, Long, Lợi, Nam, Nghĩa, Phong, Phúc, Quân, "
    "Quang, Sơn, Tài, Tâm, Thắng, Thành, Thịnh, Toàn, Trí, Trung, Tuấn, Tùng, Việt, Vinh, Ý"
)
WOMEN_MIDDLES = "Thị, Thị Thanh, Thị Ngọc, Thị Kim, Thị Hồng, Ngọc, Thu, Bích, Mỹ, Thuỳ"
WOMEN_GIVEN = (
    "Anh, Ánh, Châu, Chi, Diệu, Dung, Duyên, Giang, Hà, Hạnh, Hằng, Hiền, Hoa, Hoài, Hồng, Hương, Lan, Liên, Linh, Loan, Mai, Nga, Ngân, "
    "Nhung, Oanh, Phương, Quyên, Quý, Tâm, Thảo, Thu, Thuỷ, Trang, Tuyết, Uyên, Vân, Xuân, Yến"
)
SHARE_OF_WOMEN = 0.42
SHARE_OF_DEPUTIES = 0.25


@dataclass(frozen=True, slots=True)
class Post:
    """A position and the rank it gives."""

    position: str
    rank: str


def posts(*names: str, heads: int, leaders: int) -> tuple[Post, ...]:
    """Positions from high to low, the first `heads` of head's rank, the next `leaders` of leader's rank."""
    ranks = ["head"] * heads + ["leader"] * leaders
    return tuple(Post(name, ranks[i] if i < len(ranks) else "staff") for i, name in enumerate(names))


PROVINCE = posts(
    "Chủ tịch UBND tỉnh", "Phó Chủ tịch UBND tỉnh", "Phó Chủ tịch UBND tỉnh", "Chánh Văn phòng UBND tỉnh", "Trưởng phòng Khoa giáo - Văn xã", heads=1, leaders=2
)
DEPARTMENT = posts("Giám đốc", "Phó Giám đốc", "Chánh Văn phòng", "Trưởng phòng Kế hoạch - Tài chính", "Chuyên viên", heads=1, leaders=1)
OFFICE = posts("Chánh Văn phòng", "Phó Chánh Văn phòng", "Trưởng phòng Tổng hợp", "Chuyên viên", heads=1, leaders=1)
INSPECTORATE = posts("Chánh Thanh tra", "Phó Chánh Thanh tra", "Trưởng phòng Nghiệp vụ", "Thanh tra viên", heads=1, leaders=1)
COMMITTEE = posts("Trưởng ban", "Phó Trưởng ban", "Trưởng phòng Chính sách", "Chuyên viên", heads=1, leaders=1)
HOST = posts(
    "Giám đốc",
    "Phó Giám đốc",
    "Phó Giám đốc",
    "Chánh Văn phòng",
    "Chánh Thanh tra",
    "Trưởng phòng Công nghệ thông tin",
    "Trưởng phòng Bưu chính - Viễn thông",
    "Trưởng phòng Thông tin - Báo chí - Xuất bản",
    "Trưởng phòng Kế hoạch - Tài chính",
    "Giám đốc Trung tâm Công nghệ thông tin và Truyền thông",
    "Phó Trưởng phòng Công nghệ thông tin",
    "Phó Trưởng phòng Bưu chính - Viễn thông",
    "Chuyên viên",
    heads=1,
    leaders=2,
)
PRESS = posts("Tổng Biên tập", "Phó Tổng Biên tập", "Trưởng phòng Thời sự", "Phóng viên", heads=1, leaders=1)
ENTERPRISE = posts("Giám đốc", "Phó Giám đốc", "Trưởng phòng Kỹ thuật", "Trưởng phòng Giải pháp số", "Chuyên viên", heads=1, leaders=1)
DISTRICT = posts(
    "Chủ tịch UBND",
    "Phó Chủ tịch UBND",
    "Chánh Văn phòng HĐND và UBND",
    "Trưởng phòng Văn hóa và Thông tin",
    "Phó Trưởng phòng Văn hóa và Thông tin",
    "Trưởng phòng Nội vụ",
    "Trưởng phòng Tài chính - Kế hoạch",
    "Giám đốc Trung tâm Văn hóa, Thông tin và Thể thao",
    "Phó Chủ tịch UBND xã",
    "Công chức Văn hóa - Xã hội",
    heads=1,
    leaders=1,
)
COMMUNE = posts(
    "Chủ tịch UBND",
    "Phó Chủ tịch UBND",
    "Phó Chủ tịch UBND",
    "Chủ tịch Ủy ban MTTQ Việt Nam",
    "Chánh Văn phòng HĐND và UBND",
    "Trưởng phòng Kinh tế",
    "Trưởng phòng Văn hóa - Xã hội",
    "Giám đốc Trung tâm Phục vụ hành chính công",
    "Trưởng Công an",
    "Chỉ huy trưởng Ban Chỉ huy quân sự",
    "Trưởng trạm Y tế",
    "Hiệu trưởng",
    "Chuyên viên",
    "Trưởng thôn, tổ trưởng tổ dân phố",
    heads=1,
    leaders=3,
)
# By kind of unit; units named otherwise than a "Sở" come first.
BY_NAME = {"Văn phòng": OFFICE, "Thanh tra": INSPECTORATE, "Ban ": COMMITTEE}
BY_KIND = {"tỉnh": PROVINCE, "sở, ban, ngành": DEPARTMENT, "cơ quan báo chí": PRESS, "doanh nghiệp": ENTERPRISE}
BY_KIND |= dict.fromkeys(("thành phố", "thị xã", "huyện"), DISTRICT) | dict.fromkeys(("xã", "phường", "đặc khu"), COMMUNE)


def posts_of(name: str, kind: str) -> Sequence[Post]:
    """The positions of a unit, from high to low; the last one fills the rest of its seats."""
    return next((found for start, found in BY_NAME.items() if name.startswith(start)), BY_KIND[kind])


def people(random: Random, names: Iterator[str], order: Sequence[Post], count: int) -> list[tuple[str, Post]]:
    """`count` people with positions from high to low: the highest may send a deputy, the last position repeats."""
    first = 1 if order[0].rank == "head" and count < len(order) and random.random() < SHARE_OF_DEPUTIES else 0
    filled = [order[min(i + first, len(order) - 1)] for i in range(count)]
    return list(zip(islice(names, count), filled, strict=True))


def made_up_names(random: Random) -> Iterator[str]:
    """Names without end; the same for the same seed, and twins come about as often as in life."""
    families, weights = list(FAMILY_NAMES), list(FAMILY_NAMES.values())
    men, women = ((middles.split(", "), given.split(", ")) for middles, given in ((MEN_MIDDLES, MEN_GIVEN), (WOMEN_MIDDLES, WOMEN_GIVEN)))
    while True:
        middles, givens = women if random.random() < SHARE_OF_WOMEN else men
        yield f"{random.choices(families, weights)[0]} {random.choice(middles)} {random.choice(givens)}"
