"""An attribute's value as reports group by it, the same on either database; or those of
two attributes in one text, for sums that are kept of pairs."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from django.db.models import BooleanField, CharField, Func, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Concat, Length

from promoter.lib.json_members import text_of_member
from surveys.rollups import MAX_VALUE

PAIR = "\x1f"
"""Between the two names of a pair: ASCII's unit separator, which nobody types."""
MAX_KEY = 255

# Letters and digits, one letter of no number's: JSON has such a text in exactly these
# letters, whatever else is escaped.
_AS_WRITTEN = re.compile(r"[A-Za-z0-9 ]*[A-DF-Za-df-z][A-Za-z0-9 ]*")


def key_of(names: Collection[str]) -> str | None:
    """What sums by these attributes are kept under; None where there can be none: of the
    same one twice, of more than two, or of names that are too long."""
    if len(names) == 1:
        return next(iter(names))
    key = PAIR.join(sorted(set(names)))
    return key if key.count(PAIR) == 1 and len(key) <= MAX_KEY else None


def pair_text(key: str, values: dict[str, str]) -> str:
    """The values of the key's two names as `text_of` says them."""
    first, second = (values[name] for name in key.split(PAIR))
    return f"{len(first)}:{first}{second}"


def values_of_pair(key: str, text: str) -> dict[str, str]:
    """The names of the pair's key, each with its value."""
    length, _, both = text.partition(":")
    values = both[: int(length)], both[int(length) :]
    return dict(zip(key.split(PAIR), values, strict=True))


def text_of(field: str, *, key: str) -> Combinable:
    """The value that sums are kept by: of a pair both, the length of the first before."""
    texts = [AttributeText(field, key=name) for name in key.split(PAIR)]
    if len(texts) == 1:
        return texts[0]
    length = Cast(Length(texts[0]), CharField())
    return Concat(length, Value(":"), *texts, output_field=CharField())


class AttributeText(Func):
    """AttributeText("attributes", key=...): the value as text, `true` and `false` for
    booleans, cut at 200 characters; empty for null and for who has none."""

    output_field = CharField()
    arity = 1

    def __init__(self, field: str, *, key: str) -> None:
        super().__init__(field)
        self._key = key

    def as_sqlite(
        self, compiler: Any, connection: Any, **extra: Any
    ) -> tuple[str, tuple[Any, ...]]:
        sql, params = compiler.compile(self.get_source_expressions()[0])
        text, params = text_of_member(sql, params, name=self._key)
        return f"COALESCE(SUBSTR({text}, 1, {MAX_VALUE}), '')", params

    def as_postgresql(
        self, compiler: Any, connection: Any, **extra: Any
    ) -> tuple[str, tuple[Any, ...]]:
        sql, params = compiler.compile(self.get_source_expressions()[0])
        return f"COALESCE(LEFT({sql} ->> %s, {MAX_VALUE}), '')", (*params, self._key)


class AttributeIs(Func):
    """AttributeIs("attributes", key=..., value=...): whether AttributeText is this."""

    output_field = BooleanField()
    arity = 1

    def __init__(self, field: str, *, key: str, value: str) -> None:
        super().__init__(field)
        self._text = AttributeText(field, key=key)
        self._value = value

    def resolve_expression(self, *args: Any, **kwargs: Any) -> AttributeIs:
        resolved = super().resolve_expression(*args, **kwargs)
        resolved._text = self._text.resolve_expression(*args, **kwargs)
        return resolved

    def as_sqlite(
        self, compiler: Any, connection: Any, **extra: Any
    ) -> tuple[str, tuple[Any, ...]]:
        sql, params = self._equals(compiler)
        if not _AS_WRITTEN.fullmatch(self._value):
            return sql, params
        # Looking for letters is quicker by half than reading JSON, and most rows have not
        # got them.
        column, of_column = compiler.compile(self.get_source_expressions()[0])
        return f"(INSTR({column}, %s) AND {sql})", (*of_column, self._value, *params)

    def as_postgresql(
        self, compiler: Any, connection: Any, **extra: Any
    ) -> tuple[str, tuple[Any, ...]]:
        sql, params = self._equals(compiler)
        # Of a bare comparison PostgreSQL takes one row in 200 to hold, and would read all
        # comments of a year for the latest 2,000; of this, every second.
        return f"CASE WHEN {sql} THEN TRUE ELSE FALSE END", params

    def _equals(self, compiler: Any) -> tuple[str, tuple[Any, ...]]:
        sql, params = compiler.compile(self._text)
        return f"({sql}) = %s", (*params, self._value)
