"""An attribute's value as reports group by it, the same on either database."""

from __future__ import annotations

import json
from typing import Any

from django.db.models import CharField, Func

from surveys.rollups import MAX_VALUE


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
