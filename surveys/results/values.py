"""The values of an attribute that answers have: what a filter suggests."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F

from promoter.accounts.access import for_account
from promoter.accounts.models import Account
from surveys.attribute_text import AttributeText
from surveys.models import Response
from surveys.rollups import DailyScores

MOST_VALUES = 200
# Where no sums are kept, of so many of the latest answers.
LATEST = 1_000


def values_of(*, account: Account, key: str, now: datetime) -> list[str]:
    """By the alphabet, at most 200, without the empty one. At most 2 queries."""
    if not key:
        return []
    sums = DailyScores.objects.filter(account=account, key=key, is_latest=False)
    known = sums.exclude(value="").order_by("value").values_list("value", flat=True)
    found = list(known.distinct()[:MOST_VALUES])
    if found:
        return found
    rows = for_account(Response, account).filter(responded_at__lte=now)
    latest = rows.order_by("-responded_at", "-pk").annotate(
        value=AttributeText("attributes", key=key)
    )
    values = latest.values_list(F("value"), flat=True)[:LATEST]
    return sorted({value for value in values if value})[:MOST_VALUES]
