"""Any JSON value made storable in both databases, or refused.

PostgreSQL refuses NUL and lone surrogates that SQLite stores (and that break mail later);
both refuse infinities. Cleaning at the border gives both the same answer.
"""

from __future__ import annotations

import math
import re
from typing import Any

# Deeper than any tracking plan, far below every recursion limit.
MAX_DEPTH = 32
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class Unstorable(ValueError):
    """The value can't be kept as it is; `code` and the text say why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def clean(value: Any, depth: int = MAX_DEPTH) -> Any:
    """The value with U+FFFD for what no database takes, in keys and values.

    Raises Unstorable for nesting beyond `depth` and for numbers that are not finite.
    """
    kind = type(value)
    if kind is str:
        return clean_text(value)
    if kind is dict or kind is list:
        if not depth:
            raise Unstorable("too_deep", f"Nested deeper than {MAX_DEPTH} levels.")
        if kind is list:
            return [clean(item, depth - 1) for item in value]
        return {clean_text(key): clean(item, depth - 1) for key, item in value.items()}
    if kind is float and not math.isfinite(value):
        raise Unstorable("bad_number", "A number is too large or not a number.")
    return value


def clean_text(text: str) -> str:
    if text.isascii() and "\x00" not in text:
        return text
    return _UNSTORABLE.sub("\ufffd", text)
