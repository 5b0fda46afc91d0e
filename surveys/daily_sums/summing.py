"""What the rows say of some days: the sums that are kept of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, astuple, dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Q, QuerySet, Value

from surveys.daily_sums import value_sums
from surveys.daily_sums.attribute_text import text_of
from surveys.daily_sums.cohorts import counted_cohorts
from surveys.daily_sums.coverage import windows_of
from surveys.daily_sums.local_days import EPOCH, LocalDay, offset_at
from surveys.figures import BAND_COUNTS
from surveys.rollups import (
    SCORE_COLUMNS,
    DailyCohort,
    DailyScores,
    Rollup,
)
from surveys.selections import Selection
from surveys.windows import Window


@dataclass(frozen=True, slots=True)
class Summing:
    """What the rows say of some days, in order, for one rollup."""

    rollup: Rollup
    zone: ZoneInfo
    days: tuple[date, ...]

    def scores(self) -> list[DailyScores]:
        found: dict[tuple[Any, ...], dict[str, int]] = defaultdict(dict)
        rows = self._selection.responses(self._windows, as_of=self._whole.end)
        for row in self._grouped(rows, "responded_at", "score").annotate(
            count=Count("pk"), latest=Count("pk", filter=Q(superseded_at=None))
        ):
            place = (row["campaign_id"], row["value"], row["local_day"])
            column = SCORE_COLUMNS[row["score"]]
            found[(*place, False)][column] = row["count"]
            if row["latest"]:
                found[(*place, True)][column] = row["latest"]
        return [
            DailyScores(**self._place(*place), is_latest=is_latest, **columns)
            for (*place, is_latest), columns in found.items()
        ]

    def cohorts(self) -> list[DailyCohort]:
        rows = self._named(self._selection.surveys(self._windows), "asked_at")
        found = counted_cohorts(rows, "campaign_id", "value", "local_day")
        return [
            DailyCohort(**self._place(*place), **asdict(asked))
            for place, asked in found.items()
        ]

    def bands(self) -> dict[date, value_sums.Packed]:
        """Of each day the values with their promoters, passives and detractors."""
        rows = self._selection.responses(self._windows, as_of=self._whole.end)
        named = self._named(rows, "responded_at").values_list("local_day", "value")
        return _packed(named.annotate(**BAND_COUNTS))

    def outcomes(self) -> dict[date, value_sums.Packed]:
        """Of each day the values with who was asked, not reached, and answered."""
        rows = self._named(self._selection.surveys(self._windows), "asked_at")
        found = counted_cohorts(rows, "local_day", "value")
        return _packed((*name, *astuple(asked)) for name, asked in found.items())

    @property
    def _selection(self) -> Selection:
        return Selection(self.rollup.account)

    @property
    def _windows(self) -> list[Window]:
        return windows_of(self.days, self.zone)

    @property
    def _whole(self) -> Window:
        return Window(self._windows[0].start, self._windows[-1].end)

    def _grouped(self, rows: QuerySet[Any], instant: str, *more: str) -> QuerySet[Any]:
        named = self._named(rows, instant)
        return named.values("campaign_id", "value", "local_day", *more)

    def _named(self, rows: QuerySet[Any], instant: str) -> QuerySet[Any]:
        key = self.rollup.key
        value = text_of("attributes", key=key) if key else Value("")
        day = LocalDay(F(instant), offset_at(instant, self._whole, self.zone))
        named: QuerySet[Any] = rows.annotate(local_day=day, value=value).order_by()
        return named

    def _place(self, campaign: int, value: str, day: int) -> dict[str, Any]:
        return {
            "account_id": self.rollup.account_id,
            "campaign_id": campaign,
            "key": self.rollup.key,
            "value": value,
            "day": date.fromordinal(EPOCH + day),
        }


def _packed(rows: Iterable[tuple[Any, ...]]) -> dict[date, value_sums.Packed]:
    found: defaultdict[date, value_sums.Packed] = defaultdict(dict)
    for day, value, *counts in rows:
        found[date.fromordinal(EPOCH + day)][value] = value_sums.pack(*counts)
    return found
