"""Rows as a file: CSV or JSON Lines, read in parts, each a query of its own.

A slow download holds nothing open in the database, and memory holds one part. A place
says where the next part begins; kept as JSON, it lets somebody else go on.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.http import StreamingHttpResponse

from promoter.lib.csvs import encoded

PART = 1_000


class Form(StrEnum):
    """What kind of file, by its ending."""

    CSV = "csv"
    JSON_LINES = "jsonl"

    @property
    def content_type(self) -> str:
        return "text/csv; charset=utf-8" if self is Form.CSV else "application/jsonl"


@dataclass(frozen=True, slots=True)
class Record:
    """One row: a value for each column, and the attributes."""

    values: Sequence[Any]
    attributes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """Behind which row of which set: `key` is the row's value of what the set is ordered
    by, an instant. Nothing: at the beginning of the set."""

    number: int = 0
    key: datetime | None = None
    pk: int = 0

    def as_json(self) -> list[Any]:
        return [self.number, self.key.isoformat() if self.key else None, self.pk]

    @classmethod
    def of_json(cls, kept: Sequence[Any]) -> Place:
        if not kept:
            return cls()
        number, key, pk = kept
        return cls(number, datetime.fromisoformat(key) if key else None, pk)


@dataclass(frozen=True, slots=True)
class Table:
    """What is exported. `sets` are read one after the other, each by `key` from the newest
    on, or by id from the lowest on where there is none. `columns` are (name in JSON, title
    in CSV); `records` reads the rows of these ids, in their order; `model` has the
    `attributes`, whose titles in CSV begin with `prefix`."""

    sets: Sequence[QuerySet[Any]]
    columns: Sequence[tuple[str, str]]
    records: Callable[[Sequence[int]], Sequence[Record]]
    model: type[Model]
    key: str = ""
    prefix: str = ""

    def reaches(self, count: int) -> bool:
        """Whether there are so many rows at least."""
        for rows in self.sets:
            count -= rows.order_by().values("pk")[:count].count()
            if count <= 0:
                return True
        return False

    def count(self) -> int:
        return sum(rows.order_by().count() for rows in self.sets)

    def parts(self, place: Place = Place()) -> Iterator[tuple[Place, list[int]]]:  # noqa: B008
        """The rows behind the place as ids, each part with the place behind it."""
        for number in range(place.number, len(self.sets)):
            while found := self._after(place, self.sets[number]):
                key, pk = found[-1]
                place = Place(number, key if self.key else None, pk)
                yield place, [pk for _, pk in found]
            place = Place(number + 1)

    def names(self, ids: Sequence[int]) -> set[str]:
        """The attributes that one of these rows has."""
        rows = self.model._default_manager.filter(pk__in=ids).order_by()
        return {name for each in rows.values_list("attributes", flat=True) for name in each}

    def head(self, form: Form, names: Sequence[str]) -> bytes:
        """What the file begins with."""
        if form is Form.JSON_LINES:
            return b""
        titles = [title for _, title in self.columns]
        return b"".join(encoded([[*titles, *(self.prefix + name for name in names)]]))

    def body(self, form: Form, names: Sequence[str], ids: Sequence[int]) -> bytes:
        """These rows, as the file has them."""
        records = self.records(ids)
        if form is Form.JSON_LINES:
            return b"".join(map(self._line, records))
        rows = (
            [
                *map(cell_of, each.values),
                *(cell_of(each.attributes.get(name)) for name in names),
            ]
            for each in records
        )
        return b"".join(encoded(rows, bom=False))

    def _line(self, record: Record) -> bytes:
        columns = (name for name, _ in self.columns)
        values = dict(zip(columns, map(_json_value, record.values), strict=True))
        line = {**values, "attributes": record.attributes}
        # A lone surrogate is no UTF-8: it becomes a question mark, as in CSV.
        return f"{json.dumps(line, ensure_ascii=False)}\n".encode("utf-8", "replace")

    def _after(self, place: Place, rows: QuerySet[Any]) -> list[tuple[Any, int]]:
        if not self.key:
            behind = rows.filter(pk__gt=place.pk).order_by("pk")
            return list(behind.values_list("pk", "pk")[:PART])
        if place.key is not None:
            # The first says it to the index, the second to who reads along it.
            rows = rows.filter(
                Q(**{f"{self.key}__lte": place.key}),
                Q(**{f"{self.key}__lt": place.key}) | Q(pk__lt=place.pk),
            )
        ordered = rows.order_by(f"-{self.key}", "-pk")
        return list(ordered.values_list(self.key, "pk")[:PART])


def streamed(table: Table, form: Form) -> Iterator[bytes]:
    """The whole file. CSV takes two passes: its header names every attribute there is."""
    names: set[str] = set()
    if form is Form.CSV:
        for _, ids in table.parts():
            names |= table.names(ids)
    columns = sorted(names)
    yield table.head(form, columns)
    for _, ids in table.parts():
        yield table.body(form, columns, ids)


def file_response(table: Table, form: Form, *, name: str) -> StreamingHttpResponse:
    """A download, sent while it is read; `name` is without its ending."""
    return StreamingHttpResponse(
        streamed(table, form),
        content_type=form.content_type,
        headers={
            "Content-Disposition": f'attachment; filename="{name}.{form}"',
            "Cache-Control": "no-store",
        },
    )


def cell_of(value: Any) -> str | int | float:
    """A value as CSV has it: texts and numbers as they are, moments in UTC, words of a list
    behind each other, nothing for null, everything else as JSON."""
    if value is None:
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if isinstance(value, datetime):
        return moment_text(value)
    if isinstance(value, tuple):
        return ", ".join(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def moment_text(value: datetime) -> str:
    """ISO 8601 in UTC, to the second."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _json_value(value: Any) -> Any:
    return moment_text(value) if isinstance(value, datetime) else value
