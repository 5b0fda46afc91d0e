"""Pages by key instead of by number.

A list that grows at its head while somebody reads it neither repeats nor skips a row,
and the thousandth page costs as much as the first (an offset reads all before it).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from django.db.models import CharField, Model, Q, QuerySet
from django.db.models.functions import Coalesce

Row = TypeVar("Row", bound=Model)

NEAR = 2_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows, newest first (or `rising`), and the cursors of the pages beside them."""

    rows: list[Row]
    newer: str | None
    older: str | None
    rising: bool = False

    @property
    def is_first(self) -> bool:
        return self.newer is None


@dataclass(frozen=True, slots=True)
class _Order:
    """By a column that is never NULL (a moment, or a text), then by id; or by id alone."""

    key: str | None
    is_text: bool
    rising: bool

    def names(self, *, turned: bool = False) -> list[str]:
        sign = "-" if self.rising is turned else ""
        return [f"{sign}{self.key}", f"{sign}pk"] if self.key else [f"{sign}pk"]

    def beyond(self, cursor: tuple[Any, int], *, turned: bool = False) -> Q:
        value, pk = cursor
        side = "lt" if self.rising is turned else "gt"
        if self.key is None:
            return Q(**{f"pk__{side}": pk})
        # The redundant bound on the key alone is what lets both databases use the index.
        return Q(**{f"{self.key}__{side}e": value}) & (
            Q(**{f"{self.key}__{side}": value}) | Q(**{f"pk__{side}": pk})
        )

    def cursor(self, row: Model) -> str:
        if self.is_text:
            return f"{row.pk}.{getattr(row, self.key or '')}"
        moment = getattr(row, self.key) if self.key else EPOCH
        return f"{(moment - EPOCH) // MICROSECOND}.{row.pk}"

    def read(self, text: str) -> tuple[Any, int] | None:
        first, _, second = text.partition(".")
        if self.is_text:
            number = _number(first, 18)
            return None if number is None else (second.replace("\0", "")[:300], number)
        micros, pk = _number(first, 17), _number(second, 18)
        if micros is None or pk is None:
            return None
        return EPOCH + micros * MICROSECOND, pk


def page_of(
    rows: QuerySet[Row],
    *,
    query: Mapping[str, str],
    size: int,
    key: str | None = None,
    rising: bool = False,
    late: bool = False,
    among: QuerySet[Row] | None = None,
    test: Callable[[Collection[int]], QuerySet[Row]] | None = None,
) -> Page[Row]:
    """The page that `?older=` or `?newer=` asks for, by (key, id) from the newest on.

    `key` is a moment or a text that is never NULL; without it the id alone orders.
    `rising` turns the order round: what is "older" then comes after, as in A to Z. `late`
    reads the rows by their ids once these are found, for an index that alone can find them.
    `among`: all those of which `rows` are the ones that pass a slow test (see `_Search`);
    `test` gives which of a few ids pass, where that can be asked more quickly.
    A cursor that we did not make, or the wish for a page before the first, is answered
    with the first.
    """
    is_text = key is not None and isinstance(rows.model._meta.get_field(key), CharField)
    order = _Order(key, is_text, rising)
    older = order.read(query.get("older", ""))
    newer = None if older else order.read(query.get("newer", ""))
    search = _Search(rows, among, test, order, size, late=late)
    if older:
        part = search.run(order.beyond(older))
        # An emptied page still leads back; the first row's own cursor would skip nothing.
        back = order.cursor(part[0]) if part else "first"
        return Page(part[:size], back, _next(part, size, order), rising)
    if newer:
        part = search.run(order.beyond(newer, turned=True), turned=True)
        if len(part) >= size:
            shown = part[:size][::-1]
            before = order.cursor(shown[0]) if len(part) > size else None
            return Page(shown, before, order.cursor(shown[-1]), rising)
    part = search.run(Q())
    return Page(part[:size], None, _next(part, size, order), rising)


@dataclass(frozen=True, slots=True)
class _Search(Generic[Row]):
    """The rows of a page and one more, read in the cheapest way.

    With `among`, first the nearest NEAR of all rows are tested: what many pass is found
    there. What hardly any passes would send a database along the index to every row in a
    place of its own; so then all are read as they lie and the few are sorted.
    """

    rows: QuerySet[Row]
    among: QuerySet[Row] | None
    test: Callable[[Collection[int]], QuerySet[Row]] | None
    order: _Order
    size: int
    late: bool

    def run(self, beyond: Q, *, turned: bool = False) -> list[Row]:
        names = self.order.names(turned=turned)
        found = self.rows.filter(beyond).order_by(*names)
        if self.among is None:
            return self._by_id(found) if self.late else list(found[: self.size + 1])
        near = self.among.filter(beyond).order_by(*names).values("pk")[:NEAR]
        tested = (
            self.test(list(near.values_list("pk", flat=True))).order_by(*names)
            if self.test
            else found.filter(pk__in=near)
        )
        part = self._by_id(tested)
        return part if len(part) > self.size else self._by_id(_without_index(found, names))

    def _by_id(self, found: QuerySet[Row]) -> list[Row]:
        ids = list(found.values_list("pk", flat=True)[: self.size + 1])
        rows = self.rows.model._default_manager.in_bulk(ids)
        # One that is deleted between the two is missing from the page, as it should be.
        return [rows[pk] for pk in ids if pk in rows]


def _without_index(found: QuerySet[Row], names: list[str]) -> QuerySet[Row]:
    """In the same order, which no index is seen to give."""
    key, *rest = names
    hidden = Coalesce(key.removeprefix("-"), key.removeprefix("-"))
    return found.order_by(hidden.desc() if key.startswith("-") else hidden.asc(), *rest)


def _next(part: list[Row], size: int, order: _Order) -> str | None:
    return order.cursor(part[size - 1]) if len(part) > size else None


def _number(text: str, digits: int) -> int | None:
    usable = text.isascii() and text.isdigit() and len(text) <= digits
    return int(text) if usable else None
