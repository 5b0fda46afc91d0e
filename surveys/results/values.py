"""The values of an attribute that answers have: what a filter suggests."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from math import isfinite

from django.db.models import F

from promoter.accounts.access import for_account
from promoter.accounts.models import Account
from surveys.daily_sums.attribute_text import AttributeText
from surveys.models import Response
from surveys.rollups import DailyScores

MOST_VALUES = 200
# Where no sums are kept, of so many of the latest answers.
LATEST = 1_000
# What a page shows of its own accord is chosen by so many; a table of more is no overview.
LOOKED_AT, FEW_GROUPS = 200, 12


def values_of(*, account: Account, key: str, now: datetime) -> list[str]:
    """In their order, at most 200, without the empty one. At most 2 queries."""
    if not key:
        return []
    sums = DailyScores.objects.filter(account=account, key=key, is_latest=False)
    known = sums.exclude(value="").order_by("value").values_list("value", flat=True)
    found = list(known.distinct()[:MOST_VALUES])
    if found:
        return sorted(found, key=order_among(found))
    rows = for_account(Response, account).filter(responded_at__lte=now)
    latest = rows.order_by("-responded_at", "-pk").annotate(
        value=AttributeText("attributes", key=key)
    )
    values = latest.values_list(F("value"), flat=True)[:LATEST]
    some = {value for value in values if value}
    return sorted(some, key=order_among(some))[:MOST_VALUES]


def other_spelling(*, account: Account, key: str, value: str, now: datetime) -> str:
    """The one value that answers have and that differs from this in capitals alone;
    nothing where there is none, or this itself is one. At most 2 queries."""
    known = values_of(account=account, key=key, now=now)
    meant = in_right_capitals(value, known)
    return meant if meant != value else ""


def in_right_capitals(text: str, known: Iterable[str]) -> str:
    """The one of these that differs from the text in capitals alone; else the text."""
    alike = [one for one in known if one.casefold() == text.casefold()]
    return alike[0] if len(alike) == 1 else text


def telling_attribute(*, account: Account) -> str:
    """The attribute with which a table of groups best begins: of those that take a few
    values, the one that most of the latest answers have; nothing without answers. 1 query
    of at most 200 rows."""
    rows = for_account(Response, account).order_by("-responded_at", "-pk")
    having: Counter[str] = Counter()
    found: defaultdict[str, set[str]] = defaultdict(set)
    for attributes in rows.values_list("attributes", flat=True)[:LOOKED_AT]:
        for key, value in attributes.items():
            if value not in ("", None) and not isinstance(value, list | dict):
                having[key] += 1
                found[key].add(str(value))
    few = [key for key in having if 2 <= len(found[key]) <= FEW_GROUPS]
    return min(few, key=lambda key: (-having[key], len(found[key]), key), default="")


def order_among(values: Iterable[str]) -> Callable[[str], tuple[bool, float, str]]:
    """The key that sorts these: by size where all of them are numbers, else by the
    alphabet; the empty one last."""
    by_size = are_numbers(values)

    def key(value: str) -> tuple[bool, float, str]:
        size = float(value) if by_size and value else 0.0
        return not value, size, value.casefold()

    return key


def are_numbers(values: Iterable[str]) -> bool:
    """Whether all are, the empty one aside."""
    return all(_is_number(value) for value in values if value)


def _is_number(text: str) -> bool:
    try:
        return isfinite(float(text))
    except ValueError:
        return False
