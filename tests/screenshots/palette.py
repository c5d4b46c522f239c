"""Pictures with a palette are a third as large. Pillow makes it, and is no dependency of the project."""

from __future__ import annotations

import io

try:
    from PIL import Image  # type: ignore[import-not-found, unused-ignore]  # not there, mostly
except ImportError:
    Image = None  # type: ignore[assignment, unused-ignore]  # where it is there

COLOURS = 128
"""Enough for two inks, their edges, and a woodblock print."""


def available() -> bool:
    return Image is not None


def reduced(png: bytes) -> bytes:
    """The picture with a palette; as it was where Pillow is not there."""
    if Image is None:
        return png
    with Image.open(io.BytesIO(png)) as picture:
        flat = picture.convert("RGB").quantize(COLOURS, kmeans=2, dither=Image.Dither.NONE)
    smaller = io.BytesIO()
    flat.save(smaller, "PNG", optimize=True)
    return min(png, smaller.getvalue(), key=len)
