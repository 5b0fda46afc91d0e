"""Where the bars of the last days' events go: numbers for the template that draws them.

As surveys.charts: across in per cent, down in pixels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

TOP, HEIGHT, LEAST = 18, 120, 2
BASE = TOP + HEIGHT
# A client that repeats refused events all day makes millions of them: bars are cut here,
# so that what was accepted stays visible.
MOST_LIMITS = 3
# Where even the highest day is lower than this part of the limit, the scale is the days'
# own: else there would be thirty empty places.
LEAST_OF_LIMIT = 0.2


@dataclass(frozen=True, slots=True)
class Day:
    """One UTC day's events: taken, and refused because the limit was reached."""

    day: date
    accepted: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class DayBar:
    """One day's bar, the refused above the accepted."""

    day: date
    accepted: int
    refused: int
    x: float
    width: float
    slot_x: float
    slot_width: float
    y: float
    height: float
    refused_y: float
    refused_height: float


@dataclass(frozen=True, slots=True)
class UsageChart:
    """The bars, the days to write below, and the limit's line.

    `limit_y` is None where the limit lies above the drawing.
    """

    bars: list[DayBar]
    labels: list[tuple[float, date, str]]
    limit: int
    limit_y: float | None
    most: int
    refused: int


def last_days(
    found: Mapping[date, tuple[int, int]], *, today: date, days: int
) -> list[Day]:
    """Each of the days up to today; those without a row had no event."""
    first = today - timedelta(days=days - 1)
    each = (first + timedelta(days=number) for number in range(days))
    return [Day(day, *found.get(day, (0, 0))) for day in each]


def usage_chart(days: Sequence[Day], *, limit: int) -> UsageChart:
    """Not for an empty sequence."""
    most = max(day.accepted for day in days)
    highest = max(day.accepted + day.refused for day in days)
    top = _scale(highest, limit)
    slot = 100 / len(days)
    bars = [_bar(day, place, slot, top) for place, day in enumerate(days)]
    middle = bars[len(bars) // 2]
    return UsageChart(
        bars=bars,
        labels=[
            (0.0, bars[0].day, "start"),
            (round(middle.x + middle.width / 2, 3), middle.day, "middle"),
            (100.0, bars[-1].day, "end"),
        ],
        limit=limit,
        limit_y=round(BASE - HEIGHT * limit / top, 2) if limit <= top else None,
        most=most,
        refused=sum(day.refused for day in days),
    )


def _scale(highest: int, limit: int) -> int:
    """How many events the whole height stands for; at least one."""
    if highest < limit * LEAST_OF_LIMIT:
        return max(highest, 1)
    return max(min(max(highest, limit), MOST_LIMITS * limit or highest), 1)


def _bar(day: Day, place: int, slot: float, top: int) -> DayBar:
    height = _height(day.accepted, top, HEIGHT)
    refused_height = _height(day.refused, top, HEIGHT - height)
    return DayBar(
        day=day.day,
        accepted=day.accepted,
        refused=day.refused,
        x=round(slot * (place + 0.12), 3),
        width=round(slot * 0.76, 3),
        slot_x=round(slot * place, 3),
        slot_width=round(slot, 3),
        y=round(BASE - height, 2),
        height=height,
        refused_y=round(BASE - height - refused_height, 2),
        refused_height=refused_height,
    )


def _height(count: int, top: int, room: float) -> float:
    """One event is seen beside a million."""
    if not count:
        return 0
    return round(min(max(HEIGHT * count / top, LEAST), max(room, LEAST)), 2)
