"""Counts of answers and of cohorts, from daily sums where they hold and else from rows.

Every function here takes a constant number of queries and gives the same numbers with
sums, without them, and with any part of them out of date.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.db.models.expressions import Combinable

from surveys.daily_sums.attribute_text import text_of
from surveys.daily_sums.cohorts import Asked, Cohorts, counted_cohorts
from surveys.daily_sums.coverage import Coverage
from surveys.daily_sums.local_days import EPOCH, LocalDay, offset_at
from surveys.daily_sums.reading import By, Sums
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
        sums = self._sums
        # Sums of very many values know bands, and no scores.
        is_rough = by is By.VALUE and sums.has_many
        split = (
            self.coverage.split(window, key=None)
            if is_rough
            else sums.split(window, by, of_scores=True)
        )
        found = {name: [*each] for name, each in sums.scores(split, by)}
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
        sums = self._sums
        split = sums.split(window, By.DAY, of_scores=True)
        later = split.since(campaigns_since)
        days = {day: [*each] for day, each in sums.scores(split, By.DAY)}
        campaigns = {name: [*each] for name, each in sums.scores(later, By.CAMPAIGN)}
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
        split = self._sums.split(window, By.VALUE, of_scores=True)
        found: dict[str, Bands] = {}
        for value, (promoters, passives, detractors) in self._sums.bands(split, only):
            found[value] = (promoters, passives, detractors)
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
        split = self._sums.split(window, by, of_scores=False)
        summed = self._sums.cohorts(split, by, only)
        found: dict[Any, Asked] = {name: Asked(*each) for name, each in summed}
        if split.live:
            rows = self._only(self.selection.surveys(split.live), only)
            for (name,), live in self._counted_cohorts(rows, window, by).items():
                key = _live_key(name, by)
                found[key] = found.get(key, Asked()) + live
        return found

    def cohorts_by_day(
        self, window: Window, *, campaigns_since: date
    ) -> tuple[dict[date, Asked], dict[int, Asked]]:
        """As scores_by_day, of the surveys that went out."""
        sums = self._sums
        split = sums.split(window, By.DAY, of_scores=False)
        later = split.since(campaigns_since)
        days = {day: Asked(*each) for day, each in sums.cohorts(split, By.DAY)}
        campaigns = {name: Asked(*each) for name, each in sums.cohorts(later, By.CAMPAIGN)}
        if split.live:
            rows = self.selection.surveys(split.live)
            counted = self._counted_cohorts(rows, window, By.DAY, By.CAMPAIGN)
            for (number, campaign), live in counted.items():
                day = _live_key(number, By.DAY)
                days[day] = days.get(day, Asked()) + live
                if day >= campaigns_since:
                    campaigns[campaign] = campaigns.get(campaign, Asked()) + live
        return days, campaigns

    def has_sums(self, window: Window, by: By) -> bool:
        """Whether all that is over of it can be read from sums."""
        return self._sums.split(window, by, of_scores=True).first is not None

    @property
    def _sums(self) -> Sums:
        return Sums(self.selection, self.coverage, self.key)

    def _only(self, rows: QuerySet[Any], only: Collection[str] | None) -> QuerySet[Any]:
        if only is None:
            return rows
        value = text_of("attributes", key=self.key)
        narrowed: QuerySet[Any] = rows.alias(value=value).filter(value__in=only)
        return narrowed

    def _counted_scores(self, rows: QuerySet[Any], window: Window, *each: By) -> Any:
        """A name for each, the score, how many."""
        names = self._names(each, "responded_at", window)
        named = rows.annotate(**names).values_list(*names, "score")
        return named.annotate(count=Count("pk")).order_by()

    def _counted_cohorts(self, rows: QuerySet[Any], window: Window, *each: By) -> Cohorts:
        """By a name for each."""
        names = self._names(each, "asked_at", window)
        return counted_cohorts(rows.annotate(**names), *names)

    def _names(
        self, each: Sequence[By], instant: str, window: Window
    ) -> dict[str, Combinable]:
        return {f"name_{by}": self._name(by, instant, window) for by in each}

    def _name(self, by: By, instant: str, window: Window) -> Combinable:
        if by is By.DAY:
            return LocalDay(F(instant), offset_at(instant, window, self.coverage.zone))
        if by is By.VALUE:
            return text_of("attributes", key=self.key)
        return F("campaign_id" if by is By.CAMPAIGN else "account_id")


def _frozen(found: Mapping[Any, list[int]]) -> dict[Any, Distribution]:
    return {name: tuple(counts) for name, counts in found.items()}


def _live_key(name: Any, by: By) -> Any:
    if by is By.DAY:
        return date.fromordinal(EPOCH + name)
    return None if by is By.NOTHING else name
