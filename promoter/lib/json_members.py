"""SQLite's SQL for what stands in a JSON object under a name, whatever its letters are.

A path compares a name with the letters of the stored text. But Django writes `größe` as
"gr\\u00f6\\u00dfe", what writes many rows at once does not, and no path of an SQLite before
3.45 names a quotation mark. So a path is for plain names alone; others are compared with
what each name of the object means, which takes a third longer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

# Written in one way only, in JSON and in a path alike.
_PLAIN = re.compile(r"[ !#-\[\]-~]+")
_SPOKEN = "CASE {kind} WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE {text} END"


def text_of_member(
    column: str, params: Sequence[Any], *, name: str
) -> tuple[str, tuple[Any, ...]]:
    """The member as text, and the parameters: text as it is, 5, true; NULL for none and
    for null. `column` is compiled, `params` are its own."""
    if not _PLAIN.fullmatch(name):
        # The JSON functions make 1 and 0 of true and false.
        spoken = _SPOKEN.format(kind="type", text="CAST(value AS TEXT)")
        sql = f"(SELECT {spoken} FROM json_each({column}) WHERE key = %s)"  # noqa: S608
        return sql, (*params, name)
    spoken = _SPOKEN.format(
        kind=f"json_type({column}, %s)",
        text=f"CAST(json_extract({column}, %s) AS TEXT)",
    )
    return f"({spoken})", (*params, f'$."{name}"') * 2
