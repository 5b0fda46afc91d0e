"""What the form offers that narrows results, and the values it suggests."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from promoter.accounts.access import AccountRequest, account_required
from promoter.accounts.models import Account
from surveys.chart_words import BAND_PEOPLE
from surveys.daily_sums.rolling_up import report_by_pair
from surveys.results.filtering import MAX_NAME, attribute_names
from surveys.results.pages import Page
from surveys.results.periods import COMPARED_WITH, OWN
from surveys.results.values import in_right_capitals, other_spelling, values_of


def form_context(page: Page) -> dict[str, Any]:
    """What templates/surveys/results/_filter.html needs. 1 query where an attribute still
    lacks its value."""
    chosen = page.filter
    values = []
    if chosen.half_said:
        account = chosen.selection.account
        values = values_of(account=account, key=chosen.half_said, now=page.coverage.now)
    return {
        "filter": chosen,
        "has_own_days": chosen.period.key == OWN,
        "bands": [(band.value, people) for band, people in BAND_PEOPLE.items()],
        "compared_with": COMPARED_WITH.items(),
        "values": values,
    }


def keep_sums_of_pair(page: Page, *keys: str) -> None:
    """Whoever looks at two attributes at once, by their names or through the filter, will
    look again: from the worker's next runs on they are read from sums."""
    names = {*keys, *(name for name, _ in page.filter.selection.attributes)}
    if len(names) == 2 and names <= {*page.filter.attributes}:
        report_by_pair(account=page.filter.selection.account, names=names)


@account_required()
@require_safe
def values(request: AccountRequest) -> HttpResponse:
    """The <option>s of the attribute that is being chosen (`attribute`, the last one)."""
    names = request.GET.getlist("attribute") or [""]
    key = in_right_capitals(names[-1][:MAX_NAME], attribute_names(request.account))
    found = values_of(account=request.account, key=key, now=timezone.now())
    return render(request, "surveys/results/_values.html", {"values": found})


def respelt(page: Page, account: Account) -> dict[str, str]:
    """The filter's first attribute that has another spelling, with the address of that."""
    chosen = page.filter.selection.attributes
    for key, value in chosen:
        now = page.coverage.now
        if value and (
            other := other_spelling(account=account, key=key, value=value, now=now)
        ):
            pairs = page.filter.all_params
            params = [
                ("value", other)
                if pair == ("value", value) and pairs[place - 1] == ("attribute", key)
                else pair
                for place, pair in enumerate(pairs)
            ]
            address = f"?{urlencode([*page.filter.page, *params])}"
            return {"key": key, "value": value, "other": other, "address": address}
    return {}
