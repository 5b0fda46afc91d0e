"""Small drawings of cost against size, both on a scale of tens, as one SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from tests.performance.tables import short

WIDTH, HEIGHT = 420, 230
LEFT, RIGHT, TOP, BOTTOM = 60, 44, 44, 36
COLUMNS = 2
STYLE = """
  text { font: 12px system-ui, sans-serif; fill: #333 }
  .name { font-weight: 600; font-size: 13px }
  .at { fill: #666 } .grid { stroke: #ddd } .line { fill: none; stroke: #2457c5 }
  .line { stroke-width: 2 } .point { fill: #2457c5 } .paper { fill: #fff }
  @media (prefers-color-scheme: dark) {
    text { fill: #ddd } .at { fill: #999 } .grid { stroke: #333 }
    .line { stroke: #8ab0ff } .point { fill: #8ab0ff } .paper { fill: #14161a }
  }
"""


@dataclass(frozen=True, slots=True)
class Path:
    """What was measured: (size, cost) by size, and what both are called."""

    name: str
    size: str
    cost: str
    points: Sequence[tuple[int, float]]


def drawing(paths: Sequence[Path]) -> str:
    rows = math.ceil(len(paths) / COLUMNS)
    width, height = COLUMNS * WIDTH, rows * HEIGHT
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" role="img">'
        ),
        f"<style>{STYLE}</style>",
        f'<rect class="paper" width="{width}" height="{height}"/>',
    ]
    for number, path in enumerate(paths):
        down, across = divmod(number, COLUMNS)
        parts.append(f'<g transform="translate({across * WIDTH} {down * HEIGHT})">')
        parts += panel(path)
        parts.append("</g>")
    return "\n".join([*parts, "</svg>", ""])


def panel(path: Path) -> list[str]:
    sizes, costs = zip(*path.points, strict=True)
    across, down = tens(sizes, least=3), tens(costs, least=2)

    def x(size: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * share(size, across)

    def y(cost: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share(cost, down)

    title = f"{path.name}: {path.cost}"
    parts = [f'<text class="name" x="{LEFT}" y="22">{escape(title)}</text>']
    for power in range(down[0], down[1] + 1):
        at = y(10**power)
        parts += [
            (
                f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" '
                f'y2="{at:.1f}"/>'
            ),
            text(LEFT - 6, at + 4, f"{10.0**power:,g}", "end"),
        ]
    low = HEIGHT - BOTTOM + 16
    parts += [
        text(x(10**power), low, f"{10**power:,}", "middle")
        for power in range(across[0], across[1] + 1)
    ]
    parts.append(text(WIDTH - RIGHT, low + 15, escape(path.size), "end"))
    spots = [(x(size), y(cost), cost) for size, cost in path.points]
    line = " ".join(f"{left:.1f},{top:.1f}" for left, top, _ in spots)
    parts.append(f'<polyline class="line" points="{line}"/>')
    for place, (left, top, cost) in enumerate(spots):
        # The first one's words begin at its point: before it stand those of the scale.
        anchor = "middle" if place else "start"
        parts.append(f'<circle class="point" cx="{left:.1f}" cy="{top:.1f}" r="3.5"/>')
        parts.append(
            f'<text x="{left:.1f}" y="{top - 9:.1f}" text-anchor="{anchor}">'
            f"{short(cost)}</text>"
        )
    return parts


def text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text class="at" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{words}</text>'


def tens(values: Sequence[float], *, least: int) -> tuple[int, int]:
    """The powers of ten around them, so many apart that what is flat looks flat."""
    low = math.floor(math.log10(min(values)))
    high = math.ceil(math.log10(max(values)))
    return low, max(high, low + least)


def share(value: float, powers: tuple[int, int]) -> float:
    low, high = powers
    return (math.log10(value) - low) / (high - low)
