"""One attribute as a table of groups: who has which value, and how they score."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from operator import add
from typing import Any

from django.utils.translation import gettext

from surveys.daily_sums.cohorts import Asked
from surveys.daily_sums.reading import By
from surveys.figures import NOBODY, Bands, Figures
from surveys.nps import Counts, Difference, difference
from surveys.reports import Cohort, cohort_of
from surveys.results.pages import Page
from surveys.results.values import order_among
from surveys.windows import Window

MOST_GROUPS = 50
NO_ANSWERS = (0, 0, 0)


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


# What the table is sorted by beside the value: the word in the address.
ORDERS: dict[str, Callable[[Group], Any]] = {
    "n": lambda group: group.counts.n,
    "nps": lambda group: _or_least(group.counts.nps),
    "change": lambda group: _or_least(group.change.points if group.change else None),
    "rate": lambda group: _or_least(group.cohort.rate),
}
DEFAULT_ORDER = "-n"


def groups_of(page: Page, *, key: str, sort: str = "") -> Groups:
    """The figures of one period, by the values of the attribute. At most 10 queries.

    Where more values have answers than are shown, nothing else is asked of the others one
    by one: together they are what the shown leave of the whole.
    """
    selection, window = page.filter.selection, page.filter.period.window
    figures = Figures(selection, page.coverage, key)
    answers = figures.bands_by_value(window)
    order = _largest_first(answers)
    only = order[:MOST_GROUPS] if len(order) > MOST_GROUPS else None
    before = _before(figures, page.filter.period.before, only)
    asked: dict[str | None, Asked] = {}
    if not selection.is_of_answers:
        asked = {**figures.cohorts(window, By.VALUE, only=only)}
    nobody_answered = {value for value in asked if value is not None} - {*answers}
    values = [*order, *sorted(nobody_answered)]
    shown, others = values[:MOST_GROUPS], values[MOST_GROUPS:]
    counts = {value: Counts(*answers.get(value, NO_ANSWERS)) for value in shown}
    left = (answers[value] for value in others if value in answers)
    rest = Counts(*map(sum, zip(NO_ANSWERS, *left, strict=True)))
    if only is None:
        asked[None] = sum((asked[value] for value in others if value in asked), Asked())
        rest_before = (before.get(value, Counts()) for value in others)
        before[None] = reduce(add, rest_before, Counts())
    elif not selection.is_of_answers:
        everybody = Figures(selection, page.coverage).cohorts(window).get(None, Asked())
        asked[None] = everybody - sum(asked.values(), Asked())

    def group(value: str | None) -> Group:
        rate = asked.get(value, Asked())
        return Group(
            value=value,
            counts=rest if value is None else counts[value],
            before=before.get(value, Counts()),
            cohort=cohort_of(rate, window, now=page.coverage.now),
        )

    by_value = order_among(shown)
    orders = ORDERS | {"value": lambda line: by_value(line.value or "")}
    sort = sort if sort.removeprefix("-") in orders else DEFAULT_ORDER
    lines = [group(value) for value in shown]
    lines.sort(key=orders[sort.removeprefix("-")], reverse=sort.startswith("-"))
    return Groups(lines, group(None) if others else None, len(others), sort)


def _largest_first(answers: Mapping[str, Bands]) -> list[str]:
    """As many in order as are shown; those behind them, which may be tens of thousands and
    are summed up only, in any."""
    sizes = {
        value: first + second + third for value, (first, second, third) in answers.items()
    }
    least = sorted(sizes.values(), reverse=True)[:MOST_GROUPS][-1] if sizes else 0
    large = [value for value, size in sizes.items() if size >= least]
    large.sort(key=lambda value: (-sizes[value], value))
    return large + [value for value, size in sizes.items() if size < least]


def _before(
    figures: Figures, window: Window | None, only: Sequence[str] | None
) -> dict[str | None, Counts]:
    """Of the period that it is compared with; of all others under None."""
    if window is None:
        return {}
    found: dict[str | None, Counts] = {
        value: Counts(*each)
        for value, each in figures.bands_by_value(window, only=only).items()
    }
    if only is not None:
        everybody = Figures(figures.selection, figures.coverage).distributions(window)
        shown = reduce(add, found.values(), Counts())
        found[None] = Counts.of_distribution(everybody.get(None, NOBODY)) - shown
    return found
