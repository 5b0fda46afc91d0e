"""Make a logo of what somebody uploads: a small image of which only the pixels are theirs.

A file's name and declared type say nothing; Pillow looks at the content, and what it has
read is drawn anew, so nothing else that was in the file survives.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO

from django.utils.translation import gettext
from PIL import Image, ImageOps

from campaigns.logos import Logo
from promoter.accounts.models import Account

FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
MAX_BYTES = 2 * 1024 * 1024
MAX_PIXELS = 16_000_000
# Where it is shown; twice that is stored, for screens that have two dots for one.
SHOWN = (240, 80)
SIZES = ((480, 160), (360, 120), (240, 80))
# The survey page keeps under 30 KB with it. 240 x 80 in 64 colours is never more.
MOST_STORED = 15_000
DARK, LIGHT = 115, 205
"""Of 255: a transparent logo that is darker, or lighter, than that needs a plate."""

Plate = Logo.Plate


class UnusableLogo(ValueError):
    """Why not, and what to do, in a sentence for who uploaded it."""


def read_logo(data: bytes, *, account: Account) -> Logo:
    """The logo, not saved. Raises UnusableLogo."""
    if len(data) > MAX_BYTES:
        raise UnusableLogo(gettext("The file is larger than 2 MB. Save the logo smaller."))
    start = data[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<svg", b"<?xml", b"<!doctype svg", b"<!--")):
        raise UnusableLogo(
            gettext(
                "An SVG may hold a program, and most mail programs don’t show it. Save the "
                "logo as PNG, 480 pixels wide or more."
            )
        )
    image, is_photo = _open(data)
    content_type, content, size = next(
        each for each in _drawings(image, is_photo) if len(each[1]) <= MOST_STORED
    )
    scale = min(SHOWN[0] / size[0], SHOWN[1] / size[1], 1)
    return Logo(
        account=account,
        digest=sha256(content).hexdigest(),
        content=content,
        content_type=content_type,
        width=max(1, round(size[0] * scale)),
        height=max(1, round(size[1] * scale)),
        plate=_plate(image),
    )


def store_logo(logo: Logo) -> Logo:
    """The saved one; the same image twice is one row."""
    found = Logo.objects.filter(account=logo.account_id, digest=logo.digest).first()
    if found is not None:
        return found
    logo.save()
    return logo


def _open(data: bytes) -> tuple[Image.Image, bool]:
    """The first frame in RGB or RGBA, and whether it was a JPEG."""
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as image:
            # Before a pixel is unpacked: a small file can hold a huge image.
            if image.width * image.height > MAX_PIXELS:
                raise UnusableLogo(
                    gettext(
                        "The image has more than 16 million pixels. Save the logo smaller."
                    )
                )
            is_photo = image.format == "JPEG"
            upright = ImageOps.exif_transpose(image)
            if not upright.has_transparency_data:
                return upright.convert("RGB"), is_photo
            clear = upright.convert("RGBA")
            # Empty margins would make the logo small, and stand uneven on a plate.
            return clear.crop(clear.getchannel("A").getbbox()), is_photo
    except UnusableLogo:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise UnusableLogo(
            gettext("The image has more than 16 million pixels. Save the logo smaller.")
        ) from None
    except Exception:  # noqa: BLE001
        # Broken files make Pillow's readers raise whatever they like, and none of it
        # says more than this.
        raise UnusableLogo(
            gettext("This is no PNG, JPEG, GIF or WebP image, or it is damaged.")
        ) from None


def _drawings(
    image: Image.Image, is_photo: bool
) -> Iterator[tuple[str, bytes, tuple[int, int]]]:
    """(type, content, size), from the finest to the smallest."""
    for size in SIZES:
        drawn = image.copy()
        # Pixels only: what else came with them must not come along.
        drawn.info = {}
        drawn.thumbnail(size, Image.Resampling.LANCZOS)
        if is_photo:
            for quality in (85, 65, 40):
                content = _written(drawn, "JPEG", quality=quality, progressive=True)
                yield "image/jpeg", content, drawn.size
        for colours in (0, 256, 64):
            fewer = drawn
            if colours:
                fewer = drawn.quantize(colours, method=Image.Quantize.FASTOCTREE)
            yield "image/png", _written(fewer, "PNG", optimize=True), drawn.size


def _written(image: Image.Image, format_: str, **options: int | bool) -> bytes:
    out = BytesIO()
    image.save(out, format_, **options)
    return out.getvalue()


def _plate(image: Image.Image) -> Plate:
    """What a logo without a ground of its own needs: dark letters can't be read on a dark
    page, white ones not on a white page."""
    if image.mode != "RGBA":
        return Plate.NONE
    small = image.resize((96, 32))
    grey, alpha = small.convert("L").tobytes(), small.getchannel("A").tobytes()
    weight = sum(alpha)
    if not weight or min(alpha) > 250:
        return Plate.NONE
    mean = sum(g * a for g, a in zip(grey, alpha, strict=True)) / weight
    if mean < DARK:
        return Plate.LIGHT
    return Plate.DARK if mean > LIGHT else Plate.NONE
