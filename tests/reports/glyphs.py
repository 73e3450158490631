"""What a PDF really draws: the glyphs of its embedded fonts as pixels.

Text extraction reads the character map and is right even when every glyph is an empty box; a renderer is not at hand
on every machine. So the glyph that the page's text names is drawn here from the outline that the file carries.
"""

import re
from io import BytesIO
from typing import Any

from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.ttLib import TTFont
from PIL import Image, ImageChops, ImageDraw
from pypdf import PdfReader

SIZE = 64


def picture(font: TTFont, glyph: str) -> Image.Image:
    """The outline filled (even-odd), SIZE × SIZE, black and white."""
    glyphs = font.getGlyphSet()
    pen = DecomposingRecordingPen(glyphs)
    glyphs[glyph].draw(pen)
    scale = SIZE / (1.4 * font["head"].unitsPerEm)
    image = Image.new("1", (SIZE, SIZE))
    contour: list[tuple[float, float]] = []
    for operator, points in pen.value:
        if operator in ("moveTo", "lineTo", "qCurveTo", "curveTo"):
            contour += [(x * scale + SIZE / 8, SIZE * 0.8 - y * scale) for x, y in filter(None, points)]
        elif contour:
            mask = Image.new("1", (SIZE, SIZE))
            ImageDraw.Draw(mask).polygon(contour, fill=1)
            image = ImageChops.logical_xor(image, mask)
            contour = []
    return image


def ink(image: Image.Image) -> int:
    return sum(image.convert("L").histogram()[128:])


def difference(one: Image.Image, other: Image.Image) -> int:
    return ink(ImageChops.logical_xor(one, other))


class DrawnFont:
    """An embedded font: which characters the page says it draws, and the picture it draws for each."""

    def __init__(self, font: Any) -> None:
        descendant = font["/DescendantFonts"][0].get_object()
        program = descendant["/FontDescriptor"].get_object()
        stream = next(program[key] for key in ("/FontFile2", "/FontFile3") if key in program)
        self.name = str(program["/FontName"])
        self.font = TTFont(BytesIO(stream.get_object().get_data()))
        self.glyph_of = _characters(font["/ToUnicode"].get_object().get_data().decode("ascii"))

    def picture(self, character: str) -> Image.Image:
        return picture(self.font, self.font.getGlyphName(self.glyph_of[character]))

    def box(self) -> Image.Image:
        return picture(self.font, self.font.getGlyphName(0))


def _characters(cmap: str) -> dict[str, int]:
    """Character → glyph number, from the lines ``<130e> <7ae3>`` of the character map."""
    pairs = re.findall(r"^<([0-9a-f]{4})> <([0-9a-f]{4,})>$", cmap.partition("beginbfchar")[2], re.MULTILINE)
    return {bytes.fromhex(text).decode("utf-16-be"): int(glyph, 16) for glyph, text in pairs}


def drawn_fonts(pdf: bytes) -> list[DrawnFont]:
    """The embedded fonts of the first page."""
    fonts = PdfReader(BytesIO(pdf)).pages[0]["/Resources"]["/Font"]  # type: ignore[index]
    return [DrawnFont(font.get_object()) for font in fonts.values()]
