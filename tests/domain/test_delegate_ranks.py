"""A rank is taken from a position only where the position speaks of the unit itself."""

import pytest

from confsvc.domain.delegate_ranks import infer_rank, named_rank


@pytest.mark.parametrize(
    ("position", "unit", "rank"),
    [
        ("Giám đốc", "Sở Nội vụ", "head"),
        ("Giám đốc Sở", "Sở Nội vụ", "head"),
        ("GIÁM ĐỐC SỞ NỘI VỤ", "Sở Nội vụ", "head"),
        ("Q. Giám đốc", "Sở Y tế", "head"),
        ("Phó Giám đốc", "Sở Nội vụ", "leader"),
        ("P. Giám đốc", "Sở Nội vụ", "leader"),
        ("PGĐ", "Sở Nội vụ", "leader"),
        ("Trưởng phòng", "Sở Nội vụ", "staff"),
        ("Trưởng phòng", "Phòng Nội vụ huyện Tuy Phong", "head"),
        ("Phó Trưởng phòng Nội vụ", "Phòng Nội vụ", "leader"),
        ("Chủ tịch UBND huyện", "UBND huyện Tuy Phong", "head"),
        ("Chủ tịch UBND xã", "Xã Đạ Huoai", "head"),
        ("Bí thư Huyện ủy, Chủ tịch HĐND", "Huyện ủy Tuy Phong", "head"),
        ("Phó Chủ tịch Thường trực", "UBND huyện Tuy Phong", "leader"),
        ("Phó Trưởng Ban Thường trực", "Ban An toàn giao thông", "leader"),
        ("Chủ tịch Hội Nông dân", "UBND xã Hòa Minh", "staff"),
        ("Giám đốc Trung tâm CNTT", "Sở Thông tin và Truyền thông", "staff"),
        ("Chánh Văn phòng", "Sở Nội vụ", "staff"),
        ("Chánh Văn phòng", "Văn phòng UBND tỉnh", "head"),
        ("Trưởng Công an", "Công an xã Hòa Minh", "head"),
        ("Kế toán trưởng", "Sở Y tế", "staff"),
        ("", "Sở Y tế", "staff"),
    ],
)
def test_rank_follows_from_position_and_unit(position: str, unit: str, rank: str) -> None:
    assert infer_rank(position, unit) == rank


@pytest.mark.parametrize(("cell", "rank"), [("Trưởng", "head"), ("cấp phó", "leader"), ("Leader", "leader"), ("nhân viên", "staff"), ("2", None), ("", None)])
def test_rank_column_is_read(cell: str, rank: str | None) -> None:
    assert named_rank(cell) == rank
