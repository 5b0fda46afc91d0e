"""A contact's attribute inside a query: as text, as a number, as a day.

Each means the same on both databases, whatever the attribute holds in this contact or in
that: an import writes the text "5" where Segment wrote the number.
"""

from __future__ import annotations

from typing import Any

from django.db.models import F, FloatField, Func, TextField

from promoter.lib.json_members import text_of_member


class AttributeText(Func):
    """An attribute as text: text as it is, 5, true; NULL for none and for null.

    Django's KeyTransform reads a name like 2024 as a place in a list.
    """

    output_field: Any = TextField()

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(F("attributes"))

    def as_postgresql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, Any]:
        column, params = compiler.compile(self.source_expressions[0])
        return f"({column} ->> %s::text)", [*params, self.name]

    def as_sqlite(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, Any]:
        column, params = compiler.compile(self.source_expressions[0])
        return text_of_member(column, params, name=self.name)


class _Derived(Func):
    """What a pattern finds in an attribute's text; NULL where it finds nothing."""

    postgresql = ""
    sqlite = ""

    def __init__(self, name: str) -> None:
        super().__init__(AttributeText(name))

    def as_postgresql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, Any]:
        text, params = compiler.compile(self.source_expressions[0])
        return _filled(self.postgresql, text, params)

    def as_sqlite(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, Any]:
        # A subquery, so that the JSON is read once however often the pattern looks.
        text, params = compiler.compile(self.source_expressions[0])
        sql = "(SELECT {pattern} FROM (SELECT {text} AS text))"
        return sql.format(pattern=self.sqlite, text=text), params


def _filled(sql: str, text: str, params: Any) -> tuple[str, Any]:
    return sql.replace("{text}", text), [*params] * sql.count("{text}")


class AttributeNumber(_Derived):
    """The attribute where it reads as a plain number: 5, "5", -0.5. Longer digits are an
    identifier; and no float overflows."""

    output_field = FloatField()
    postgresql = (
        "(CASE WHEN length({text}) <= 100 "
        r"AND {text} ~ '^-?([0-9]+\.?[0-9]*|\.[0-9]+)$' "
        "THEN ({text})::numeric END)"
    )
    # No regular expressions there without a call into Python for every row.
    sqlite = (
        "CASE WHEN length(text) <= 100 AND text GLOB '[-0-9.]*' "
        "AND text GLOB '*[0-9]*' AND substr(text, 2) NOT GLOB '*[^0-9.]*' "
        "AND text NOT GLOB '*.*.*' THEN CAST(text AS REAL) END"
    )


class AttributeDay(_Derived):
    """The first ten characters where they look like 2026-11-24, in whatever zone the
    time behind them is meant; compared letter by letter."""

    output_field = TextField()
    postgresql = (
        "(CASE WHEN {text} ~ '^[0-9]{4}-[01][0-9]-[0-3][0-9]' "
        'THEN substr({text}, 1, 10) COLLATE "C" END)'
    )
    sqlite = (
        "CASE WHEN text GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]*' "
        "THEN substr(text, 1, 10) END"
    )
