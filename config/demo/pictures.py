"""Small pictures for evidence: a wall with a stain or a crack, each another one."""

import io
from random import Random

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

SIZE = (240, 160)
WALLS = ("#d9d3c4", "#c9cdd0", "#e3ded6", "#b9b4a8")


def picture(random: Random, name: str) -> SimpleUploadedFile:
    """A PNG of some hundred bytes."""
    image = Image.new("RGB", SIZE, random.choice(WALLS))
    draw = ImageDraw.Draw(image)
    width, height = SIZE
    for y in range(0, height, 32):  # courses of masonry
        draw.line((0, y, width, y), fill="#a8a294")
        for x in range((y // 32 % 2) * 30, width, 60):
            draw.line((x, y, x, y + 32), fill="#a8a294")
    x, y = random.randrange(width // 2), random.randrange(height // 2)
    draw.ellipse((x, y, x + random.randrange(40, 110), y + random.randrange(20, 70)), fill="#8c7f66")
    at = (random.randrange(width), 0)
    for _ in range(6):
        following = (at[0] + random.randrange(-20, 21), at[1] + random.randrange(10, 40))
        draw.line((at, following), fill="#4a4238", width=2)
        at = following
    out = io.BytesIO()
    image.quantize(16).save(out, "PNG")
    return SimpleUploadedFile(name, out.getvalue(), content_type="image/png")
