"""Each chart as a file: its figures as CSV, its drawing as SVG, through the same filter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from promoter.accounts.access import AccountRequest, account_required
from promoter.lib.csvs import csv_response
from surveys.nps import Counts, rounded
from surveys.reports import Cohort
from surveys.results.drawing import MOST_ROWS, ROW_HEIGHT, Drawings, group_rows
from surveys.results.groups import groups_of
from surveys.results.pages import Page
from surveys.views.results_by_attribute import (
    OWN_PARAMS,
    grid_at_this_moment,
    keys_of,
)

Row = Sequence[str | int | Decimal]
COUNTS = ["nps", "likely_from", "likely_to", "responses"]
COUNTS += ["promoters", "passives", "detractors"]
COHORT = ["response_rate", "sent", "undeliverable", "answered", "still_open"]
HEADINGS = {
    "scores": _("Responses by score"),
    "trend": _("Net Promoter Score"),
    "rates": _("Response rate by send date"),
}
HEIGHT, MARGINS = 206, 100


def page_of_results(request: AccountRequest) -> Page:
    return Page.of(request.GET, account=request.account, now=timezone.now(), own=OWN_PARAMS)


def csv_of(name: str, rows_of: Callable[[Page], Iterable[Row]]) -> Any:
    """The view of one chart's figures."""

    @account_required()
    @require_safe
    def view(request: AccountRequest) -> HttpResponseBase:
        return csv_response(f"{name}.csv", rows_of(page_of_results(request)))

    return view


def score_rows(page: Page) -> Iterable[Row]:
    bars = Drawings.of(page.overview()).bars
    yield ["score", "band", "responses", "percent"]
    for bar in bars:
        yield [bar.score, str(bar.band), bar.count, rounded(bar.share, 1)]


def trend_rows(page: Page) -> Iterable[Row]:
    """The steps, then the moving score: `of` tells them apart."""
    drawings = Drawings.of(page.overview())
    yield ["of", "day", *COUNTS]
    for mark in drawings.trend.answered:
        yield [str(drawings.trend.step), mark.day.isoformat(), *_counts(mark.counts)]
    for point in drawings.moving:
        yield ["30 days up to", point.day.isoformat(), *_counts(point.counts)]


def rate_rows(page: Page) -> Iterable[Row]:
    rates = Drawings.of(page.overview()).rates
    yield ["of", "first_day", *COHORT]
    for bar in rates.asked:
        yield [str(rates.step), bar.day.isoformat(), *_cohort(bar.cohort)]


def campaign_rows(page: Page) -> Iterable[Row]:
    yield ["campaign", *COUNTS, *COHORT]
    for line in page.overview().campaigns:
        yield [line.campaign.name, *_counts(line.counts), *_cohort(line.cohort)]


@account_required()
@require_safe
def by_attribute_csv(request: AccountRequest) -> HttpResponseBase:
    """One attribute, or two of them: then each line is a cell of the grid."""
    page, (key, by) = page_of_results(request), keys_of(request.GET)
    rows = _grid_rows(page, key, by) if by else _group_rows(page, key, request)
    return csv_response("by-attribute.csv", rows)


def _group_rows(page: Page, key: str, request: AccountRequest) -> Iterable[Row]:
    groups = groups_of(page, key=key, sort=request.GET.get("sort", ""))
    yield [key or "value", *COUNTS, "change", "change_is_significant", *COHORT]
    for line in groups.all_lines:
        change: list[str | Decimal] = ["", ""]
        if line.change:
            significant = "yes" if line.change.significant else "no"
            change = [rounded(line.change.points, 1), significant]
        yield [line.label, *_counts(line.counts), *change, *_cohort(line.cohort)]


def _grid_rows(page: Page, key: str, by: str) -> Iterable[Row]:
    grid = grid_at_this_moment(page, key, by)
    yield [key, by, *COUNTS]
    for row, cells in grid.rows:
        for cell in cells:
            names = [
                gettext("All others") if name is None else name or gettext("none")
                for name in (row, cell.column)
            ]
            yield [*names, *_counts(cell.counts)]


def svg_of(name: str) -> Any:
    """The view of one of the dashboard's drawings."""

    @account_required()
    @require_safe
    def view(request: AccountRequest) -> HttpResponse:
        page = page_of_results(request)
        drawings = Drawings.of(page.overview())
        context = {
            "bars": drawings.bars,
            "trend": drawings.trend,
            "moving_strokes": drawings.moving_strokes,
            "rates": drawings.rates,
        }
        return _svg(page, name, str(HEADINGS[name]), HEIGHT, context)

    return view


@account_required()
@require_safe
def by_attribute_svg(request: AccountRequest) -> HttpResponse:
    page, (key, _) = page_of_results(request), keys_of(request.GET)
    groups = groups_of(page, key=key, sort=request.GET.get("sort", ""))
    drawn = [(line.label, line.counts) for line in groups.all_lines if line.counts.n]
    rows = group_rows(drawn[:MOST_ROWS])
    axis_y = len(rows) * ROW_HEIGHT
    context = {"rows": rows, "key": key, "axis_y": axis_y}
    heading = gettext("Net Promoter Score by %(key)s") % {
        "key": key or gettext("attribute")
    }
    return _svg(page, "groups", heading, axis_y + 20, context)


def _svg(
    page: Page, name: str, heading: str, height: int, context: dict[str, Any]
) -> HttpResponse:
    chosen = page.filter
    words = ", ".join([chosen.period.words, *(chip.label for chip in chosen.chips)])
    return svg_file(name, heading, words, height, context)


def svg_file(
    name: str, heading: str, subheading: str, height: int, context: dict[str, Any]
) -> HttpResponse:
    """The drawing of that name as a download, its words above it."""
    text = render_to_string(
        "surveys/charts/file.svg",
        {
            **context,
            "chart": f"surveys/charts/{name}.svg",
            "heading": heading,
            "subheading": subheading,
            "height": height,
            "whole_height": height + MARGINS,
        },
    )
    return HttpResponse(
        text,
        content_type="image/svg+xml; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}.svg"',
            "Cache-Control": "no-store",
        },
    )


def _counts(counts: Counts) -> list[str | int | Decimal]:
    nps, likely = counts.nps, counts.likely
    score: list[str | Decimal] = ["", "", ""]
    if nps is not None and likely is not None:
        score = [rounded(each, 1) for each in (nps, likely.low, likely.high)]
    return [*score, counts.n, counts.promoters, counts.passives, counts.detractors]


def _cohort(cohort: Cohort) -> list[str | int | Decimal]:
    rate = "" if cohort.rate is None else rounded(cohort.rate, 4)
    is_open = "yes" if cohort.is_open and cohort.asked else "no"
    return [rate, cohort.asked, cohort.bounced, cohort.answered, is_open]
