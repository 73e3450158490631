"""Small previews of evidence pictures, made once and kept in the cache."""

import io

from django.core.cache import cache
from PIL import Image, ImageOps

from workflow.models import Evidence

EDGE = 320
# A JPEG is decoded at an eighth of its size; other pictures only as a whole, so large ones get no preview.
MAX_WHOLE = 25_000_000


def thumbnail(evidence: Evidence) -> bytes | None:
    """A JPEG of at most 320 pixels, upright, without the original's EXIF (place, camera); None when there is none."""
    if not evidence.is_image:
        return None
    key = f"thumbnail:{evidence.sha256}"
    kept: bytes | None = cache.get(key)
    if kept is None:
        kept = _draw(evidence)
        if kept is not None:
            cache.set(key, kept, 7 * 86400)
    return kept


def _draw(evidence: Evidence) -> bytes | None:
    try:
        with evidence.file.open("rb") as file, Image.open(file, formats=["JPEG", "PNG", "WEBP"]) as image:
            image.draft("RGB", (EDGE, EDGE))
            if image.width * image.height > MAX_WHOLE:
                return None
            small = ImageOps.exif_transpose(image)
            small.thumbnail((EDGE, EDGE))
            if small.mode != "RGB":
                ground = Image.new("RGB", small.size, "white")
                ground.paste(small.convert("RGBA"), mask=small.convert("RGBA").getchannel("A"))
                small = ground
            out = io.BytesIO()
            small.save(out, "JPEG", quality=80)
            return out.getvalue()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):  # a picture that lied in its header
        return None
