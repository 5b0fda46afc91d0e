"""The languages that survey mail and survey pages are written in."""

from __future__ import annotations

DEFAULT = "en"

LANGUAGES: tuple[tuple[str, str], ...] = (("en", "English"),)
"""(code, name in the language itself), in the order in which they are offered."""


def language_choices() -> tuple[tuple[str, str], ...]:
    """As a function, so that a new language needs no migration."""
    return LANGUAGES
