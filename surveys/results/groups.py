"""One attribute as a table of groups: who has which value, and how they score."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from operator import add
from typing import Any

from django.utils.translation import gettext

from surveys.figures import NOBODY, Asked, By, Distribution, Figures
from surveys.nps import Counts, Difference, difference
from surveys.reports import Cohort, cohort_of
from surveys.results.drawing import FEW_ANSWERS, answers_missing
from surveys.results.pages import Page

MOST_GROUPS = 50


@dataclass(frozen=True, slots=True)
class Group:
    """Those with one value; `value` is empty for who had none, None for the rest summed
    up. `before` is the period's that it is compared with."""

    value: str | None
    counts: Counts
    before: Counts
    cohort: Cohort

    @property
    def label(self) -> str:
        if self.value is None:
            return gettext("All others")
        return self.value or gettext("none")

    @property
    def change(self) -> Difference | None:
        return difference(self.before, self.counts)

    @property
    def is_small(self) -> bool:
        return self.counts.n < FEW_ANSWERS

    @property
    def missing(self) -> int:
        return answers_missing(self.counts) if self.counts.n else 0


@dataclass(frozen=True, slots=True)
class Groups:
    """The largest groups in the order asked for, and all the others as one line."""

    lines: list[Group]
    rest: Group | None
    hidden: int
    sort: str

    @property
    def n(self) -> int:
        return sum(line.counts.n for line in [*self.lines, *self._rest])

    @property
    def all_lines(self) -> list[Group]:
        return [*self.lines, *self._rest]

    @property
    def _rest(self) -> list[Group]:
        return [self.rest] if self.rest else []


def _or_least(value: Decimal | None) -> Decimal:
    return Decimal(-1000) if value is None else value


# What the table is sorted by: the word in the address.
ORDERS: dict[str, Callable[[Group], Any]] = {
    "value": lambda group: group.label.casefold(),
    "n": lambda group: group.counts.n,
    "nps": lambda group: _or_least(group.counts.nps),
    "change": lambda group: _or_least(group.change.points if group.change else None),
    "rate": lambda group: _or_least(group.cohort.rate),
}
DEFAULT_ORDER = "-n"


def groups_of(page: Page, *, key: str, sort: str = "") -> Groups:
    """The figures of one period, by the values of the attribute. At most 6 queries."""
    chosen, period = page.filter, page.filter.period
    figures = Figures(chosen.selection, page.coverage, key)
    answers = figures.distributions(period.window, By.VALUE)
    before: Mapping[str, Distribution] = {}
    if period.before is not None:
        before = figures.distributions(period.before, By.VALUE)
    asked: Mapping[str, Asked] = {}
    if not chosen.selection.is_of_answers:
        asked = figures.cohorts(period.window, By.VALUE)

    def group(value: str | None, values: Sequence[str]) -> Group:
        cohort = reduce(add, (asked.get(each, Asked()) for each in values), Asked())
        return Group(
            value=value,
            counts=_counts(answers, values),
            before=_counts(before, values),
            cohort=cohort_of(cohort, period.window, now=page.coverage.now),
        )

    values = sorted(
        {*answers, *asked},
        key=lambda value: (-sum(answers.get(value, NOBODY)), value),
    )
    shown, others = values[:MOST_GROUPS], values[MOST_GROUPS:]
    sort = sort if sort.removeprefix("-") in ORDERS else DEFAULT_ORDER
    lines = [group(value, [value]) for value in shown]
    lines.sort(key=ORDERS[sort.removeprefix("-")], reverse=sort.startswith("-"))
    rest = group(None, others) if others else None
    return Groups(lines, rest, len(others), sort)


def _counts(found: Mapping[str, Distribution], values: Sequence[str]) -> Counts:
    each = (Counts.of_distribution(found.get(value, NOBODY)) for value in values)
    return reduce(add, each, Counts())
