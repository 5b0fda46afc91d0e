"""Pages by key instead of by number.

A list that grows at its head while somebody reads it neither repeats nor skips a row,
and the thousandth page costs as much as the first (an offset reads all before it).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar

from django.db.models import Model, Q, QuerySet

Row = TypeVar("Row", bound=Model)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows, newest first, and the cursors of the pages beside them."""

    rows: list[Row]
    newer: str | None
    older: str | None

    @property
    def is_first(self) -> bool:
        return self.newer is None


def page_of(
    rows: QuerySet[Row],
    *,
    query: Mapping[str, str],
    size: int,
    key: str | None = None,
) -> Page[Row]:
    """The page that `?older=` or `?newer=` asks for, by (key, id) from the newest on.

    `key` is a moment that is never NULL; without it the id alone orders. A cursor that
    we did not make, or the wish for a page before the first, is answered with the first.
    """
    older = _read_cursor(query.get("older", ""))
    newer = None if older else _read_cursor(query.get("newer", ""))
    order = [f"-{key}", "-pk"] if key else ["-pk"]
    found = rows.order_by(*order)
    if older:
        return _older_page(found.filter(_beyond(older, key, "lt")), size, key)
    if newer:
        found = rows.order_by(*(name.removeprefix("-") for name in order))
        part = list(found.filter(_beyond(newer, key, "gt"))[: size + 1])
        if len(part) >= size:
            shown = part[:size][::-1]
            more = len(part) > size
            return Page(shown, _cursor(shown[0], key) if more else None, _last(shown, key))
        found = rows.order_by(*order)
    part = list(found[: size + 1])
    return Page(part[:size], None, _last(part[:size], key) if len(part) > size else None)


def _older_page(found: QuerySet[Row], size: int, key: str | None) -> Page[Row]:
    part = list(found[: size + 1])
    shown = part[:size]
    # An emptied page still leads back; the first row's own cursor would skip nothing.
    newer = _cursor(shown[0], key) if shown else "first"
    return Page(shown, newer, _last(shown, key) if len(part) > size else None)


def _beyond(cursor: tuple[datetime, int], key: str | None, side: str) -> Q:
    moment, pk = cursor
    if key is None:
        return Q(**{f"pk__{side}": pk})
    # The redundant bound on the key alone is what lets both databases use the index.
    return Q(**{f"{key}__{side}e": moment}) & (
        Q(**{f"{key}__{side}": moment}) | Q(**{f"pk__{side}": pk})
    )


def _last(rows: list[Row], key: str | None) -> str | None:
    return _cursor(rows[-1], key) if rows else None


def _cursor(row: Model, key: str | None) -> str:
    moment = getattr(row, key) if key else EPOCH
    return f"{(moment - EPOCH) // MICROSECOND}.{row.pk}"


def _read_cursor(text: str) -> tuple[datetime, int] | None:
    micros, _, pk = text.partition(".")
    if not (micros.isascii() and micros.isdigit() and pk.isascii() and pk.isdigit()):
        return None
    if len(micros) > 17 or len(pk) > 18:
        return None
    return EPOCH + int(micros) * MICROSECOND, int(pk)
