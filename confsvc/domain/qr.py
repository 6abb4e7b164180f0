"""QR codes as pictures (ISO/IEC 18004): error correction M, a quiet zone of four modules."""

from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qrcode import QRCode

QUIET_MODULES = 4
PIXELS_PER_MODULE = 12


def qr_png(text: str) -> bytes:
    """Black on white with sharp edges, one bit a pixel."""
    from qrcode.image.pil import PilImage  # noqa: PLC0415  # comes with the first picture: it brings Pillow

    buffer = BytesIO()
    _code(text).make_image(image_factory=PilImage).save(buffer, "PNG")
    return buffer.getvalue()


def qr_svg(text: str) -> bytes:
    """One path on a white ground, sized by whoever shows it; free of style attributes, which the CSP would drop."""
    from qrcode.image.svg import SvgPathFillImage  # noqa: PLC0415  # as above

    return bytes(_code(text).make_image(image_factory=SvgPathFillImage).to_string(encoding="utf-8", xml_declaration=True))


def _code(text: str) -> "QRCode":
    from qrcode import QRCode  # noqa: PLC0415  # as above
    from qrcode.constants import ERROR_CORRECT_M  # noqa: PLC0415  # as above

    code = QRCode(error_correction=ERROR_CORRECT_M, box_size=PIXELS_PER_MODULE, border=QUIET_MODULES)
    code.add_data(text)
    code.make()
    return code
