"""An attribute's value as reports group by it, the same on either database."""

from __future__ import annotations

import json
import re
from typing import Any

from django.db.models import BooleanField, CharField, Func

from surveys.rollups import MAX_VALUE

# Letters and digits, one letter of no number's: JSON has such a text in exactly these
# letters, whatever else is escaped.
_AS_WRITTEN = re.compile(r"[A-Za-z0-9 ]*[A-DF-Za-df-z][A-Za-z0-9 ]*")


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
        path = f"$.{json.dumps(self._key)}"
        # JSON_EXTRACT says 1 for true, as it does for the number.
        text = f"CAST(JSON_EXTRACT({sql}, %s) AS TEXT)"
        return (
            f"CASE JSON_TYPE({sql}, %s) WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' "
            f"ELSE COALESCE(SUBSTR({text}, 1, {MAX_VALUE}), '') END"
        ), (*params, path, *params, path)

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
        return self._equals(compiler)

    def _equals(self, compiler: Any) -> tuple[str, tuple[Any, ...]]:
        sql, params = compiler.compile(self._text)
        return f"({sql}) = %s", (*params, self._value)
