"""Ids of rows as requests name them: text, and perhaps nonsense."""

from __future__ import annotations

# Of 18 digits each is a 64-bit integer; SQLite raises for a larger one.
MOST_DIGITS = 18


def id_in(text: object) -> int:
    """The id that the text is; 0, which no row has, for anything else."""
    digits = str(text)
    usable = digits.isascii() and digits.isdigit() and len(digits) <= MOST_DIGITS
    return int(digits) if usable else 0
