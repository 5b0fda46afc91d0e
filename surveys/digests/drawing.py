"""Charts that every mail program shows: cells of tables, with their numbers as text.

Most of them show no SVG and many block images; a cell with a colour is always there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from surveys.nps import Band, Counts, band
from surveys.reports import Point

HALF = 56
"""Pixels of 100 points: the scale is always -100 to 100, as on the dashboard."""


@dataclass(frozen=True, slots=True)
class Column:
    """One day, week or month: how far its score stands above or below 0, in pixels."""

    day: date
    counts: Counts
    up: int
    down: int
    is_last: bool


@dataclass(frozen=True, slots=True)
class Columns:
    """The chart; `above` and `below` are how much room it needs there."""

    columns: list[Column]
    above: int
    below: int


@dataclass(frozen=True, slots=True)
class Row:
    """One score's bar: how many gave it, and its per cent of the longest."""

    score: int
    band: Band
    count: int
    width: int

    @property
    def rest(self) -> int:
        return 100 - self.width


def score_columns(points: Sequence[Point]) -> Columns:
    """In the order of the points; who has no answers has no bar."""
    columns = []
    for place, point in enumerate(points):
        height = round((point.counts.nps or Decimal(0)) * HALF / 100)
        # A score of 0 is a line, and none is nothing.
        up = max(height, 2) if point.counts.n and height >= 0 else 0
        down = max(-height, 2) if height < 0 else 0
        is_last = place == len(points) - 1
        columns.append(Column(point.day, point.counts, up, down, is_last))
    return Columns(
        columns,
        above=max((column.up for column in columns), default=0),
        below=max((column.down for column in columns), default=0),
    )


def score_rows(distribution: Sequence[int]) -> list[Row]:
    """10 down to 0; one answer is seen beside a thousand."""
    most = max(*distribution, 1)
    return [
        Row(score, band(score), count, max(100 * count // most, 1) if count else 0)
        for score, count in reversed(list(enumerate(distribution)))
    ]
