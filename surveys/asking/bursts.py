"""How many surveys an hour are too many: arithmetic of the burst guard, no rows, no clock.

A campaign whose event suddenly fires for everybody (a loop, a replayed history, an event
sent from the wrong place) would ask all of one's customers within minutes.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

HOUR = timedelta(hours=1)
LOOK_BACK_DAYS = 14


@dataclass(frozen=True, slots=True)
class Past:
    """A campaign's surveys of the last 14 days, without the hour that is judged.

    `surveys` of so many `hours` (fewer in a young campaign), and the most within this
    same hour of one of those days: what a nightly job does each night is no burst.
    """

    surveys: int = 0
    hours: float = 1.0
    same_hour: int = 0

    @property
    def usual(self) -> float:
        """Surveys an hour: the mean, or what this hour of the day has brought before."""
        return max(self.surveys / max(self.hours, 1.0), self.same_hour)

    def line(self, *, factor: int, floor: int) -> int:
        """How many within an hour are still taken for normal; never below the floor."""
        return max(floor, int(factor * self.usual))


class Hour:
    """The moments of a campaign's surveys, and whether one more fits under the line.

    Counts the 60 minutes up to each survey, by when it was triggered: a worker that was
    down and catches up makes no burst.
    """

    def __init__(self, times: Iterable[datetime] = ()) -> None:
        self._times = sorted(times)

    def within(self, at: datetime) -> int:
        """How many there are in the hour up to and with this moment."""
        return bisect_right(self._times, at) - bisect_right(self._times, at - HOUR)

    def add(self, at: datetime) -> None:
        insort(self._times, at)
