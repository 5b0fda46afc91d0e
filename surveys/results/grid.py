"""Two attributes against each other, from the sums that are kept of the pair. Until there
are any this reads answers: the latest first, in stretches of days, as many as there is time
for."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Count

from surveys.daily_sums.attribute_text import AttributeText, key_of, values_of_pair
from surveys.daily_sums.coverage import Coverage
from surveys.daily_sums.reading import By
from surveys.figures import Figures
from surveys.nps import Band, Counts, band
from surveys.results.periods import Period
from surveys.results.values import are_numbers, order_among
from surveys.selections import Selection
from surveys.windows import DAY, Window, midnight

ANSWERS_A_STRETCH = 50_000
MOST_STRETCHES = 6
BUDGET = 1.0
"""Seconds after which no further stretch is begun."""
MOST_ROWS, MOST_COLUMNS = 20, 8
OTHERS = None


@dataclass(frozen=True, slots=True)
class Cell:
    """Those with the row's value and the column's."""

    column: str | None
    counts: Counts


@dataclass(frozen=True, slots=True)
class Grid:
    """`columns` and rows are values, the largest first (numbers in their own order), None
    for all others; empty is who had none. `since`: the first day that was read, where that
    is not all of the period."""

    columns: list[str | None]
    rows: list[tuple[str | None, list[Cell]]]
    n: int
    since: date | None


def grid_of(
    selection: Selection,
    period: Period,
    *,
    coverage: Coverage,
    key: str,
    by: str,
    clock: Callable[[], float],
) -> Grid:
    """`clock` gives seconds; its zero means nothing. At most 8 queries."""
    summed = Figures(selection, coverage, key_of([key, by]) or "")
    if summed.key and summed.has_sums(period.window, By.VALUE):
        pairs = {}
        for text, bands in summed.bands_by_value(period.window).items():
            values = values_of_pair(summed.key, text)
            pairs[values[key], values[by]] = Counts(*bands)
        return _arranged(pairs, since=None)
    days = Figures(selection, coverage).distributions(period.window, By.DAY)
    sizes = {day: sum(each) for day, each in days.items()}
    found: defaultdict[tuple[str, str], Counts] = defaultdict(Counts)
    begun, first = clock(), period.last + DAY
    for place, (start, end) in enumerate(stretches(sizes, period)):
        if place and (place == MOST_STRETCHES or clock() - begun > BUDGET):
            break
        window = Window(midnight(start, coverage.zone), midnight(end, coverage.zone))
        rows = selection.responses([window], as_of=period.window.end).annotate(
            row=AttributeText("attributes", key=key),
            column=AttributeText("attributes", key=by),
        )
        named = rows.values("row", "column", "score").annotate(count=Count("pk"))
        for each in named.order_by():
            found[each["row"], each["column"]] += _of(each["score"], each["count"])
        first = start
    return _arranged(found, since=first if first > period.first else None)


def stretches(sizes: Mapping[date, int], period: Period) -> Iterable[tuple[date, date]]:
    """The period in runs of days, [first, end), the latest first: each of about 50,000
    answers, of one day at the least."""
    end = day = period.last + DAY
    count = 0
    while day > period.first:
        day -= DAY
        count += sizes.get(day, 0)
        if count >= ANSWERS_A_STRETCH or day == period.first:
            yield day, end
            end, count = day, 0


def _of(score: int, count: int) -> Counts:
    name = band(score)
    return Counts(
        promoters=count if name is Band.PROMOTER else 0,
        passives=count if name is Band.PASSIVE else 0,
        detractors=count if name is Band.DETRACTOR else 0,
    )


def _arranged(found: Mapping[tuple[str, str], Counts], *, since: date | None) -> Grid:
    down, across = Counter[str](), Counter[str]()
    for (row, column), counts in found.items():
        down[row] += counts.n
        across[column] += counts.n
    rows, columns = _largest(down, MOST_ROWS), _largest(across, MOST_COLUMNS)
    cells: defaultdict[tuple[str | None, str | None], Counts] = defaultdict(Counts)
    for (row, column), counts in found.items():
        place = (
            row if row in rows else OTHERS,
            column if column in columns else OTHERS,
        )
        cells[place] += counts
    return Grid(
        columns=columns,
        rows=[
            (row, [Cell(column, cells[row, column]) for column in columns]) for row in rows
        ],
        n=sum(down.values()),
        since=since,
    )


def _largest(sizes: Counter[str], most: int) -> list[str | None]:
    largest = sorted(sizes, key=lambda value: (-sizes[value], value))
    shown: list[str] = largest[:most]
    if are_numbers(shown):
        shown.sort(key=order_among(shown))
    return [*shown, OTHERS] if len(largest) > most else [*shown]
