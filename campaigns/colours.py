"""One colour of the customer's, and the colours that go with it on light and on dark.

Contrast is that of WCAG 2.2: 4.5 to 1 for text. A colour that is too pale, or too dark,
is kept for filled buttons and moved for text until it can be read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

DEFAULT_ACCENT = "#0f766e"
TEXT_CONTRAST = 4.5
BLACK, WHITE = "#000000", "#ffffff"
LIGHT_SURFACE, DARK_SURFACE = WHITE, "#24201d"
_STEPS = 100


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours as `#rrggbb`, those that begin with `dark_` for dark schemes.

    `soft` and `line` are a button's ground and border; `text` is read on the surface and
    on `soft`.
    """

    fill: str
    on_fill: str
    fill_hover: str
    text: str
    text_hover: str
    soft: str
    line: str
    dark_text: str
    dark_text_hover: str
    dark_soft: str
    dark_line: str

    @property
    def is_adjusted(self) -> bool:
        """Whether text on white needs another colour than the one that was chosen."""
        return self.text != self.fill


@lru_cache(maxsize=256)
def palette_of(accent: str) -> Palette:
    """The palette of a `#rrggbb`."""
    soft = mix(accent, LIGHT_SURFACE, 0.08)
    dark_soft = mix(accent, DARK_SURFACE, 0.16)
    text = _readable(accent, on=(LIGHT_SURFACE, soft), towards=BLACK)
    dark_text = _readable(accent, on=(DARK_SURFACE, dark_soft), towards=WHITE)
    on_fill = WHITE if contrast(WHITE, accent) >= TEXT_CONTRAST else BLACK
    return Palette(
        fill=accent,
        on_fill=on_fill,
        # Away from the text on it, so that this stays as readable as it was.
        fill_hover=mix(BLACK if on_fill == WHITE else WHITE, accent, 0.14),
        text=text,
        text_hover=mix(BLACK, text, 0.2),
        soft=soft,
        line=mix(text, LIGHT_SURFACE, 0.45),
        dark_text=dark_text,
        dark_text_hover=mix(WHITE, dark_text, 0.3),
        dark_soft=dark_soft,
        dark_line=mix(dark_text, DARK_SURFACE, 0.5),
    )


def read_colour(text: str) -> str | None:
    """`#rrggbb` for a colour written as `#0F766E`, `0f766e` or `#07e`; else None."""
    found = re.fullmatch(r"#?([0-9a-f]{6}|[0-9a-f]{3})", text.strip().lower())
    if found is None:
        return None
    digits = found[1]
    return "#" + (digits if len(digits) == 6 else "".join(digit * 2 for digit in digits))


def contrast(one: str, other: str) -> float:
    """1 for the same colour, 21 for black and white."""
    lights = sorted((luminance(one), luminance(other)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def luminance(colour: str) -> float:
    """0 for black to 1 for white, as the eye weighs it."""
    red, green, blue = (_linear(part / 255) for part in _parts(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def mix(colour: str, ground: str, share: float) -> str:
    """So much of the colour on the ground."""
    pairs = zip(_parts(colour), _parts(ground), strict=True)
    mixed = (round(over * share + under * (1 - share)) for over, under in pairs)
    return "#" + "".join(f"{part:02x}" for part in mixed)


def _readable(colour: str, *, on: tuple[str, ...], towards: str) -> str:
    """The colour, moved no further than text on each of these grounds needs."""
    for step in range(_STEPS + 1):
        moved = mix(towards, colour, step / _STEPS)
        if all(contrast(moved, ground) >= TEXT_CONTRAST for ground in on):
            return moved
    return towards


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
