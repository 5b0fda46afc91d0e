"""Counts of answers and of cohorts, from daily sums where they hold and else from rows.

Every function here takes a constant number of queries and gives the same numbers with
sums, without them, and with any part of them out of date.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.expressions import Combinable

from surveys import value_sums
from surveys.attribute_text import AttributeText
from surveys.cohorts import Asked, cohort_counts
from surveys.coverage import Coverage, Split
from surveys.local_days import EPOCH, LocalDay, offset_at
from surveys.rollups import COHORT_COLUMNS, SCORE_COLUMNS, DailyCohort, DailyScores
from surveys.selections import Selection
from surveys.windows import Window

Distribution = tuple[int, ...]
"""Eleven numbers: how many people gave 0, 1, ... 10."""
Bands = tuple[int, int, int]
"""Promoters, passives, detractors."""
NOBODY: Distribution = (0,) * 11
BAND_COUNTS = {
    "promoters": Count("pk", filter=Q(score__gte=9)),
    "passives": Count("pk", filter=Q(score__in=(7, 8))),
    "detractors": Count("pk", filter=Q(score__lte=6)),
}


class By(StrEnum):
    """What counts are told apart by."""

    NOTHING = "nothing"
    DAY = "day"
    CAMPAIGN = "campaign"
    VALUE = "value"


@dataclass(frozen=True, slots=True)
class Figures:
    """The counts of one selection, on one page's knowledge of what is summed up.

    `key` is the attribute that By.VALUE tells apart by. The keys of what comes out are
    None, a date, a campaign's id or a value.
    """

    selection: Selection
    coverage: Coverage
    key: str = ""

    def distributions(self, window: Window, by: By = By.NOTHING) -> dict[Any, Distribution]:
        """Who gave which score within the window. At most 2 queries."""
        # Sums of very many values know bands, and no scores.
        is_rough = by is By.VALUE and self._has_many
        key = None if is_rough else self._sums(by, window)
        split = self.coverage.split(window, key=key)
        found: dict[Any, list[int]] = {}
        if split.first is not None:
            for name, sums in _totals(self._scores(split, by), SCORE_COLUMNS):
                found[_key(name, by)] = sums
        if split.live:
            rows = self.selection.responses(split.live, as_of=window.end)
            for name, score, count in self._counted_scores(rows, window, by):
                found.setdefault(_live_key(name, by), [0] * 11)[score] += count
        return _frozen(found)

    def scores_by_day(
        self, window: Window, *, campaigns_since: date
    ) -> tuple[dict[date, Distribution], dict[int, Distribution]]:
        """The days of the window, and the campaigns of what is left of it from that day
        on. The rows are read once for both. At most 3 queries."""
        split = self.coverage.split(window, key=self._sums(By.DAY, window))
        days: dict[date, list[int]] = {}
        campaigns: dict[int, list[int]] = {}
        if split.first is not None:
            days = dict(_totals(self._scores(split, By.DAY), SCORE_COLUMNS))
            later = split.since(campaigns_since)
            campaigns = dict(_totals(self._scores(later, By.CAMPAIGN), SCORE_COLUMNS))
        if split.live:
            rows = self.selection.responses(split.live, as_of=window.end)
            counted = self._counted_scores(rows, window, By.DAY, By.CAMPAIGN)
            for number, campaign, score, count in counted:
                day = _live_key(number, By.DAY)
                days.setdefault(day, [0] * 11)[score] += count
                if day >= campaigns_since:
                    campaigns.setdefault(campaign, [0] * 11)[score] += count
        return _frozen(days), _frozen(campaigns)

    def bands_by_value(
        self, window: Window, *, only: Collection[str] | None = None
    ) -> dict[str, Bands]:
        """Of each value: no more than a tuple, as there may be tens of thousands; `only`
        of these. At most 2 queries."""
        split = self.coverage.split(window, key=self._sums(By.VALUE, window))
        found: dict[str, Bands] = {}
        if split.first is not None and self._has_many:
            found = value_sums.read(self._whose, split, "scores", only)
        elif split.first is not None:
            for value, sums in _totals(self._scores(split, By.VALUE, only), SCORE_COLUMNS):
                found[value] = (sum(sums[9:]), sum(sums[7:9]), sum(sums[:7]))
        if split.live:
            rows = self.selection.responses(split.live, as_of=window.end)
            names = self._names([By.VALUE], "responded_at", window)
            named = self._only(rows, only).annotate(**names).values_list(*names)
            for value, *live in named.annotate(**BAND_COUNTS).order_by():
                summed = found.get(value, (0, 0, 0))
                found[value] = (
                    summed[0] + live[0],
                    summed[1] + live[1],
                    summed[2] + live[2],
                )
        return found

    def cohorts(
        self, window: Window, by: By = By.NOTHING, *, only: Collection[str] | None = None
    ) -> dict[Any, Asked]:
        """What became of the surveys that went out within the window. At most 2 queries."""
        split = self.coverage.split(window, key=self._sums(by, window=None))
        found: dict[Any, Asked] = {}
        if split.first is not None and by is By.VALUE and self._has_many:
            summed = value_sums.read(self._whose, split, "cohorts", only)
            found = {value: Asked(*each) for value, each in summed.items()}
        elif split.first is not None:
            for name, sums in _totals(self._cohort(split, by, only), COHORT_COLUMNS):
                found[_key(name, by)] = Asked(*sums)
        if split.live:
            rows = self._only(self.selection.surveys(split.live), only)
            for name, *sums in self._counted_cohorts(rows, window, by):
                key = _live_key(name, by)
                found[key] = found.get(key, Asked()) + Asked(*sums)
        return found

    def cohorts_by_day(
        self, window: Window, *, campaigns_since: date
    ) -> tuple[dict[date, Asked], dict[int, Asked]]:
        """As scores_by_day, of the surveys that went out."""
        split = self.coverage.split(window, key=self._sums(By.DAY, window=None))
        days: dict[date, Asked] = {}
        campaigns: dict[int, Asked] = {}
        if split.first is not None:
            for day, sums in _totals(self._cohort(split, By.DAY), COHORT_COLUMNS):
                days[day] = Asked(*sums)
            later = self._cohort(split.since(campaigns_since), By.CAMPAIGN)
            for campaign, sums in _totals(later, COHORT_COLUMNS):
                campaigns[campaign] = Asked(*sums)
        if split.live:
            rows = self.selection.surveys(split.live)
            counted = self._counted_cohorts(rows, window, By.DAY, By.CAMPAIGN)
            for number, campaign, *sums in counted:
                day, live = _live_key(number, By.DAY), Asked(*sums)
                days[day] = days.get(day, Asked()) + live
                if day >= campaigns_since:
                    campaigns[campaign] = campaigns.get(campaign, Asked()) + live
        return days, campaigns

    def _sums(self, by: By, window: Window | None) -> str | None:
        """The key whose sums can answer; None when only the rows can."""
        selection = self.selection
        if selection.contact_list is not None or selection.is_of_answers:
            return None
        if window is not None and selection.is_latest and window.end < self.coverage.now:
            # Sums know who is the latest now, not who was then.
            return None
        if by is By.VALUE:
            if self._has_many and (selection.campaign is not None or selection.is_latest):
                return None
            return None if selection.attributes else self.key
        if not selection.attributes:
            return ""
        key = selection.attributes[0][0]
        is_one = len(selection.attributes) == 1 and key not in self.coverage.many
        return key if is_one else None

    @property
    def _has_many(self) -> bool:
        """Whether the sums by value know neither campaigns nor days apart."""
        return self.key in self.coverage.many

    @property
    def _whose(self) -> dict[str, Any]:
        return {"account": self.selection.account, "key": self.key}

    def _scores(
        self, split: Split, by: By, only: Collection[str] | None = None
    ) -> QuerySet[DailyScores]:
        rows = DailyScores.objects.filter(
            account=self.selection.account, is_latest=self.selection.is_latest
        )
        return self._summed(rows, split, by, only)

    def _cohort(
        self, split: Split, by: By, only: Collection[str] | None = None
    ) -> QuerySet[DailyCohort]:
        rows = DailyCohort.objects.filter(account=self.selection.account)
        return self._summed(rows, split, by, only)

    def _summed(
        self,
        rows: QuerySet[Any],
        split: Split,
        by: By,
        only: Collection[str] | None,
    ) -> QuerySet[Any]:
        key, value = self._place(by)
        rows = rows.filter(key=key, day__gte=split.first, day__lt=split.last)
        if value is not None:
            rows = rows.filter(value=value)
        if only is not None:
            rows = rows.filter(value__in=only)
        if split.dirty:
            rows = rows.exclude(day__in=split.dirty)
        if self.selection.campaign is not None:
            rows = rows.filter(campaign=self.selection.campaign)
        column = {
            By.NOTHING: "account_id",
            By.DAY: "day",
            By.CAMPAIGN: "campaign_id",
            By.VALUE: "value",
        }[by]
        named: QuerySet[Any] = rows.annotate(name=F(column)).order_by()
        return named

    def _place(self, by: By) -> tuple[str, str | None]:
        if by is By.VALUE:
            return self.key, None
        return self.selection.attributes[0] if self.selection.attributes else ("", "")

    def _only(self, rows: QuerySet[Any], only: Collection[str] | None) -> QuerySet[Any]:
        if only is None:
            return rows
        value = AttributeText("attributes", key=self.key)
        narrowed: QuerySet[Any] = rows.alias(value=value).filter(value__in=only)
        return narrowed

    def _counted_scores(self, rows: QuerySet[Any], window: Window, *each: By) -> Any:
        """A name for each, the score, how many."""
        names = self._names(each, "responded_at", window)
        named = rows.annotate(**names).values_list(*names, "score")
        return named.annotate(count=Count("pk")).order_by()

    def _counted_cohorts(self, rows: QuerySet[Any], window: Window, *each: By) -> Any:
        """A name for each, and the cohort's columns."""
        names = self._names(each, "asked_at", window)
        named = rows.annotate(**names).values_list(*names)
        return named.annotate(**cohort_counts()).order_by()

    def _names(
        self, each: Sequence[By], instant: str, window: Window
    ) -> dict[str, Combinable]:
        return {f"name_{by}": self._name(by, instant, window) for by in each}

    def _name(self, by: By, instant: str, window: Window) -> Combinable:
        if by is By.DAY:
            return LocalDay(F(instant), offset_at(instant, window, self.coverage.zone))
        if by is By.VALUE:
            return AttributeText("attributes", key=self.key)
        return F("campaign_id" if by is By.CAMPAIGN else "account_id")


def _frozen(found: Mapping[Any, list[int]]) -> dict[Any, Distribution]:
    return {name: tuple(counts) for name, counts in found.items()}


def _totals(rows: Any, columns: Sequence[str]) -> Iterator[tuple[Any, list[int]]]:
    """Each name with the sums of its columns."""
    sums = {f"sum_{column}": Sum(column) for column in columns}
    for row in rows.values("name").annotate(**sums):
        yield row["name"], [row[each] for each in sums]


def _key(name: Any, by: By) -> Any:
    return None if by is By.NOTHING else name


def _live_key(name: Any, by: By) -> Any:
    return date.fromordinal(EPOCH + name) if by is By.DAY else _key(name, by)
