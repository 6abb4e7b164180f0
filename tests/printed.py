"""Printed pages as tests look at them: their texts, their pictures, where there is ink."""

from io import BytesIO
from typing import Any

import pypdfium2
import zxingcpp
from PIL import Image
from pypdf import PdfReader

from confsvc.paths import asset_dir
from confsvc.schemas.paper_process import draw

MM_PER_INCH, POINTS_PER_INCH = 25.4, 72
PIXELS_PER_MM = 6
HOST = "Sở Thông tin và Truyền thông"
HEADING = "Hội nghị tổng kết năm 2022"
WHEN = "14:00, thứ Hai, 16/01/2023"
WORDS = {"delegate": "ĐẠI BIỂU", "title": "DANH SÁCH ĐẠI BIỂU KÝ TÊN", "page": "Trang {page}/{pages}", "closing": "Tổng số có mặt: ………"}
COMMON: dict[str, Any] = {"lang": "vi", "title": "Bản in – Hội nghị", "author": HOST, "host": HOST, "heading": HEADING, "when": WHEN, "words": WORDS}


def person(name: str = "Nguyễn Thị Dina", **changes: Any) -> dict[str, Any]:
    values = {"position": "Phó Giám đốc", "unit": "Sở Nội vụ", "site": "Điểm cầu trung tâm", "rank": "staff", "code": None}
    return {"name": name, **values, "alt": f"Mã QR của {name}", **changes}


def drawn(template: str, people: list[dict[str, Any]], **data: Any) -> bytes:
    """The PDF of this template over `COMMON` with `data` in its place."""
    paper = {"template": str(asset_dir("templates") / "paper" / template), "data": {**COMMON, **data}, "people": people}
    return draw(paper, lambda _count: None)


def read(pdf: bytes) -> PdfReader:
    return PdfReader(BytesIO(pdf))


def texts(pdf: bytes) -> list[str]:
    """What each page says, lines joined by a space."""
    return [" ".join(page.extract_text().split()) for page in read(pdf).pages]


def pictures(pdf: bytes) -> list[Image.Image]:
    """Every page, so many pixels a millimetre."""
    scale = PIXELS_PER_MM * MM_PER_INCH / POINTS_PER_INCH
    return [page.render(scale=scale).to_pil().convert("RGB") for page in pypdfium2.PdfDocument(pdf)]


def part(picture: Image.Image, left: float, top: float, right: float, bottom: float) -> Image.Image:
    """A part of a page, its edges in millimetres."""
    return picture.crop((left * PIXELS_PER_MM, top * PIXELS_PER_MM, right * PIXELS_PER_MM, bottom * PIXELS_PER_MM))


def inked(picture: Image.Image) -> float:
    """The share of pixels that are not white."""
    grey = picture.convert("L")
    return sum(grey.histogram()[:200]) / (grey.width * grey.height)


def codes(picture: Image.Image) -> list[str]:
    """What the QR codes on the page say, from the left and the top."""
    found = zxingcpp.read_barcodes(picture)
    places = sorted(found, key=lambda code: (code.position.top_left.y // 100, code.position.top_left.x))
    return [code.text for code in places]
