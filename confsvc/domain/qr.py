"""QR codes as pictures (ISO/IEC 18004): error correction M, a quiet zone of four modules."""

from io import BytesIO

from qrcode import QRCode
from qrcode.constants import ERROR_CORRECT_M
from qrcode.image.pil import PilImage
from qrcode.image.svg import SvgPathFillImage

QUIET_MODULES = 4
PIXELS_PER_MODULE = 12


def qr_png(text: str) -> bytes:
    """Black on white with sharp edges, one bit a pixel."""
    buffer = BytesIO()
    _code(text).make_image(image_factory=PilImage).save(buffer, "PNG")
    return buffer.getvalue()


def qr_svg(text: str) -> bytes:
    """One path on a white ground, sized by whoever shows it; free of style attributes, which the CSP would drop."""
    return bytes(_code(text).make_image(image_factory=SvgPathFillImage).to_string(encoding="utf-8", xml_declaration=True))


def _code(text: str) -> QRCode:
    code = QRCode(error_correction=ERROR_CORRECT_M, box_size=PIXELS_PER_MODULE, border=QUIET_MODULES)
    code.add_data(text)
    code.make()
    return code
