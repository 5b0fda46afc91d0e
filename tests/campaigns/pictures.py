"""Images as people upload them, drawn in memory."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageDraw


def picture(
    format_: str = "PNG",
    size: tuple[int, int] = (900, 300),
    colour: str | tuple[int, ...] = "#224488",
    **options: object,
) -> bytes:
    """An ellipse on a transparent ground; a JPEG has a white one."""
    mode = "RGB" if format_ == "JPEG" else "RGBA"
    image = Image.new(mode, size, "white" if mode == "RGB" else (0, 0, 0, 0))
    width, height = size
    ImageDraw.Draw(image).ellipse((0, 0, width - 1, height - 1), fill=colour)
    out = BytesIO()
    image.save(out, format_, **options)
    return out.getvalue()


def noise(size: tuple[int, int]) -> bytes:
    """What compresses worst."""
    out = BytesIO()
    Image.effect_noise(size, 90).convert("RGB").save(out, "PNG")
    return out.getvalue()
