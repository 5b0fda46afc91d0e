"""Any attribute as a table of groups, or two of them as a grid."""

from __future__ import annotations

import time
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from promoter.accounts.access import AccountRequest, account_required
from surveys.daily_sums.rolling_up import report_by
from surveys.nps import FEW_ANSWERS
from surveys.results.drawing import MOST_ROWS, ROW_HEIGHT, group_rows
from surveys.results.filtering import MAX_NAME, Choice
from surveys.results.grid import Grid, grid_of
from surveys.results.groups import MOST_GROUPS, Groups, groups_of
from surveys.results.pages import Page
from surveys.results.values import in_right_capitals, telling_attribute
from surveys.views.results_form import form_context, keep_sums_of_pair, respelt

OWN_PARAMS = ("key", "by", "sort")
COLUMNS = {"value": "", "n": "-", "nps": "-", "change": "-", "rate": "-"}


@account_required()
@require_safe
def by_attribute(request: AccountRequest) -> HttpResponse:
    """`key` is the attribute, `by` the second one, `sort` a column, with a minus for the
    largest first; the rest of the address is the filter. An address without a `key` leads
    to the one of the most telling attribute, so that it can be shared."""
    now = timezone.now()
    page = Page.of(request.GET, account=request.account, now=now, own=OWN_PARAMS)
    if "key" not in request.GET and (first := telling_attribute(account=request.account)):
        query = request.GET.copy()
        query["key"] = first
        return redirect(f"{request.path}?{query.urlencode()}")
    key, by = keys_of(request.GET)
    for name, given in (("key", key), ("by", by)):
        if (meant := in_right_capitals(given, page.filter.attributes)) != given:
            query = request.GET.copy()
            query[name] = meant
            return redirect(f"{request.path}?{query.urlencode()}")
    context: dict[str, Any] = {
        "now": now,
        "period": page.filter.period,
        "key": key,
        "by": by,
        "few_answers": FEW_ANSWERS,
        "has_rate": not page.filter.selection.is_of_answers,
        **form_context(page),
    }
    if key and by:
        context |= _grid_context(page, key, by)
    elif key:
        groups = groups_of(page, key=key, sort=request.GET.get("sort", ""))
        context |= _groups_context(page, key, groups)
        if not groups.n:
            context["respelt"] = respelt(page, request.account)
        if key in page.filter.attributes:
            context["has_no_sums"] = report_by(account=request.account, key=key) is None
    keep_sums_of_pair(page, *filter(None, (key, by)))
    return render(request, "surveys/results/by_attribute.html", context)


def keys_of(query: Any) -> tuple[str, str]:
    """The attribute and the second one, which is another."""
    key, by = query.get("key", "")[:MAX_NAME], query.get("by", "")[:MAX_NAME]
    return key, by if by != key else ""


def grid_at_this_moment(page: Page, key: str, by: str) -> Grid:
    return grid_of(
        page.filter.selection,
        page.filter.period,
        coverage=page.coverage,
        key=key,
        by=by,
        clock=time.monotonic,
    )


def _groups_context(page: Page, key: str, groups: Groups) -> dict[str, Any]:
    drawn = [(line.label, line.counts) for line in groups.all_lines if line.counts.n]
    rows = group_rows(drawn[:MOST_ROWS])
    return {
        "groups": groups,
        "lines": [
            (line, page.filter.query_at(key, line.value) if line.value is not None else "")
            for line in groups.all_lines
        ],
        "most_groups": MOST_GROUPS,
        "rows": rows,
        "axis_y": len(rows) * ROW_HEIGHT,
        "height": len(rows) * ROW_HEIGHT + 20,
        "is_cut": len(drawn) > MOST_ROWS,
        "columns": _columns(page, groups.sort),
    }


def _columns(page: Page, sort: str) -> dict[str, Choice]:
    """Column -> the link that sorts by it, the other way round at the second press; its
    key says how it is sorted now."""
    found = {}
    for name, minus in COLUMNS.items():
        here = sort.removeprefix("-") == name
        wanted = minus + name
        if here and sort == wanted:
            wanted = name if minus else f"-{name}"
        page_params = [pair for pair in page.filter.page if pair[0] != "sort"]
        now = ("descending" if sort.startswith("-") else "ascending") if here else ""
        address = page.filter.query_for([*page_params, ("sort", wanted)])
        found[name] = Choice(now, name, address)
    return found


def _grid_context(page: Page, key: str, by: str) -> dict[str, Any]:
    grid = grid_at_this_moment(page, key, by)
    rows = [
        (
            row,
            [
                (
                    cell,
                    page.filter.query_at(key, row, by, cell.column)
                    if row is not None and cell.column is not None
                    else "",
                )
                for cell in cells
            ],
        )
        for row, cells in grid.rows
    ]
    return {"grid": grid, "grid_rows": rows}
