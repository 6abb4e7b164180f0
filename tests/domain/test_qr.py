"""QR codes are read back by a decoder that is not the one that drew them."""

import re
from io import BytesIO
from xml.etree import ElementTree

import pytest
import zxingcpp
from PIL import Image, ImageDraw

from confsvc.domain.passes import sign_token
from confsvc.domain.qr import PIXELS_PER_MODULE, QUIET_MODULES, qr_png, qr_svg

ADDRESS = "https://hoinghi.binhthuan.example/p/ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("text", [ADDRESS, "http://127.0.0.1:8000/p/" + "z" * 32])
def test_picture_reads_back(text: str) -> None:
    [code] = zxingcpp.read_barcodes(Image.open(BytesIO(qr_png(text))))
    assert (code.text, str(code.format).lower().replace("barcodeformat.", "").replace(" ", ""), code.ec_level) == (text, "qrcode", "M")


def test_picture_is_black_and_white_with_a_quiet_zone() -> None:
    image = Image.open(BytesIO(qr_png(ADDRESS)))
    quiet = QUIET_MODULES * PIXELS_PER_MODULE
    side = image.width - 2 * quiet
    assert (image.mode, image.width, side % PIXELS_PER_MODULE) == ("1", image.height, 0)
    dark = image.point(lambda level: 255 - level).getbbox()
    assert dark == (quiet, quiet, quiet + side, quiet + side)


def test_capital_letters_make_a_smaller_code() -> None:
    small, large = (Image.open(BytesIO(qr_png(text))).width // PIXELS_PER_MODULE - 2 * QUIET_MODULES for text in (ADDRESS, ADDRESS.lower()))
    assert (small, large) == (33, 37)


def test_code_of_a_pass_is_small_enough_for_a_badge() -> None:
    """Version 7 (45 modules): half a millimetre a module on a badge of 27 mm, quiet zone included."""
    token = sign_token("a secret for tests only, of 32 characters or more", 1, "4c1d3c9e-0000-4000-8000-000000000001")
    address = f"https://hoinghi.binhthuan.gov.vn/P/{token}".upper()
    picture = Image.open(BytesIO(qr_png(address)))
    assert picture.width // PIXELS_PER_MODULE - 2 * QUIET_MODULES == 45
    [code] = zxingcpp.read_barcodes(picture.convert("L").resize((140, 140)))
    assert code.text == address


def test_drawing_reads_back_and_needs_no_style() -> None:
    drawing = ElementTree.fromstring(qr_svg(ADDRESS))
    assert not [
        element for element in drawing.iter() if {"style", "class", "onload", "href"} & set(element.attrib) or element.tag.endswith(("style", "script"))
    ]
    box = float(drawing.attrib["viewBox"].split()[-1])
    ground, path = drawing.find(f"{SVG}rect"), drawing.find(f"{SVG}path")
    assert ground is not None
    assert path is not None
    assert ground.attrib["fill"] == "white"
    scale = 10
    image = Image.new("1", (round(box * scale), round(box * scale)), 1)
    pen = ImageDraw.Draw(image)
    for left, top, right, bottom in re.findall(r"M([\d.]+),([\d.]+)H([\d.]+)V([\d.]+)H[\d.]+z", path.attrib["d"]):
        pen.rectangle([round(float(left) * scale), round(float(top) * scale), round(float(right) * scale) - 1, round(float(bottom) * scale) - 1], fill=0)
    [code] = zxingcpp.read_barcodes(image)
    assert code.text == ADDRESS
