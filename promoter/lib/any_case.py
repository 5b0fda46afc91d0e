"""Search for a text whatever its capitals.

SQLite knows capitals of A to Z alone: without this, nobody called Özil or Иван is found by
small letters.
"""

from __future__ import annotations

from functools import reduce
from operator import or_

from django.db import connection
from django.db.models import Q


def spellings(text: str) -> list[str]:
    """How the text may stand there, but for the capitals of A to Z: as it is, in small
    letters, in capitals, and with them where words begin. Other mixtures are not found."""
    if connection.vendor != "sqlite" or text.isascii():
        return [text]
    low = text.lower()
    return list(dict.fromkeys([text, low, text.upper(), low.title(), low.capitalize()]))


def holds(field: str, text: str) -> Q:
    """Whether the field holds the text somewhere."""
    return reduce(or_, (Q(**{f"{field}__icontains": each}) for each in spellings(text)))
