"""The daily sums of one selection: which of them can answer, and what they say."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from operator import add
from typing import Any

from django.db.models import F, QuerySet, Sum

from surveys.daily_sums import value_sums
from surveys.daily_sums.attribute_text import PAIR, key_of, pair_text, values_of_pair
from surveys.daily_sums.coverage import Coverage, Split
from surveys.nps import Band
from surveys.rollups import COHORT_COLUMNS, SCORE_COLUMNS, DailyCohort, DailyScores
from surveys.selections import SCORES_OF, Selection
from surveys.windows import Window

SCORES = {f"sum_{name}": Sum(name) for name in SCORE_COLUMNS}
BANDS = {
    name: Sum(reduce(add, (F(SCORE_COLUMNS[score]) for score in SCORES_OF[band])))
    for name, band in (
        ("promoters", Band.PROMOTER),
        ("passives", Band.PASSIVE),
        ("detractors", Band.DETRACTOR),
    )
}
COHORTS = {f"sum_{name}": Sum(name) for name in COHORT_COLUMNS}

Named = Iterator[tuple[Any, Sequence[int]]]
"""A name, and the sums of each column."""


class By(StrEnum):
    """What counts are told apart by."""

    NOTHING = "nothing"
    DAY = "day"
    CAMPAIGN = "campaign"
    VALUE = "value"


@dataclass(frozen=True, slots=True)
class Sums:
    """Those that a report of this selection may read; `key` is what By.VALUE goes by.

    Two attributes at once, chosen or gone by, are read from the sums of the pair.
    """

    selection: Selection
    coverage: Coverage
    key: str

    def split(self, window: Window, by: By, *, of_scores: bool) -> Split:
        """The window's days that sums can answer for, about scores or about mails."""
        key = self._key(by)
        selection = self.selection
        if selection.contact_list is not None or selection.is_of_answers:
            key = None
        if of_scores and selection.is_latest and window.end < self.coverage.now:
            # Sums know who is the latest now, not who was then.
            key = None
        if key in self.coverage.many:
            # They know neither campaigns nor days apart.
            is_plain = selection.campaign is None and not selection.is_latest
            key = key if by is By.VALUE and key == self.key and is_plain else None
        return self.coverage.split(window, key=key, of_scores=of_scores)

    def scores(self, split: Split, by: By) -> Named:
        """Of each name how many gave 0, 1, ... 10."""
        rows = DailyScores.objects.filter(is_latest=self.selection.is_latest)
        return self._totals(rows, SCORES, split, by, None)

    def bands(self, split: Split, only: Collection[str] | None) -> Named:
        """Of each value the promoters, passives and detractors."""
        if split.first is None:
            return
        if self.has_many:
            yield from value_sums.read(self._whose, split, "scores", only).items()
            return
        rows = DailyScores.objects.filter(is_latest=self.selection.is_latest)
        yield from self._totals(rows, BANDS, split, By.VALUE, only)

    def cohorts(self, split: Split, by: By, only: Collection[str] | None = None) -> Named:
        """Of each name who was asked, not reached, and answered."""
        if split.first is not None and by is By.VALUE and self.has_many:
            yield from value_sums.read(self._whose, split, "cohorts", only).items()
            return
        rows = DailyCohort.objects.all()
        yield from self._totals(rows, COHORTS, split, by, only)

    @property
    def has_many(self) -> bool:
        """Whether the values gone by are too many for a row each."""
        return not self.selection.attributes and self.key in self.coverage.many

    @property
    def _whose(self) -> dict[str, Any]:
        return {"account": self.selection.account, "key": self.key}

    def _key(self, by: By) -> str | None:
        chosen = [name for name, _ in self.selection.attributes]
        if by is By.VALUE:
            return key_of([*chosen, self.key])
        return key_of(chosen) if chosen else ""

    def _totals(
        self,
        rows: QuerySet[Any],
        sums: Mapping[str, Sum],
        split: Split,
        by: By,
        only: Collection[str] | None,
    ) -> Named:
        if split.first is None:
            return
        key, chosen = self._key(by), dict(self.selection.attributes)
        rows = rows.filter(
            account=self.selection.account,
            key=key,
            day__gte=split.first,
            day__lt=split.last,
        )
        if split.dirty:
            rows = rows.exclude(day__in=split.dirty)
        if self.selection.campaign is not None:
            rows = rows.filter(campaign=self.selection.campaign)
        is_half = by is By.VALUE and bool(chosen)
        if by is not By.VALUE and key:
            rows = rows.filter(value=pair_text(key, chosen) if PAIR in key else chosen[key])
        elif only is not None and not is_half:
            rows = rows.filter(value__in=only)
        column = {
            By.NOTHING: "account_id",
            By.DAY: "day",
            By.CAMPAIGN: "campaign_id",
            By.VALUE: "value",
        }[by]
        named = rows.order_by().values_list(F(column)).annotate(**sums)
        for name, *found in named:
            if not is_half:
                yield (None if by is By.NOTHING else name), found
                continue
            values = values_of_pair(key or "", name)
            # Both may be chosen, and one of them gone by as well.
            if chosen.items() <= values.items() and (
                only is None or values[self.key] in only
            ):
                yield values[self.key], found
