"""Texts that are compared without regard to capitals."""

from __future__ import annotations

import unicodedata

# What lower() leaves behind the i of a Turkish İ; no keyboard writes it.
_DOTTED_I = "i\N{COMBINING DOT ABOVE}"


def small(text: str) -> str:
    """In small letters, to be read: é is one letter whether it was written as one sign or
    as two, ß stays ß, and İ is i."""
    return unicodedata.normalize("NFC", text).lower().replace(_DOTTED_I, "i")


def folded(text: str) -> str:
    """To be compared and shown to nobody: ß is ss, too."""
    return small(text).casefold()
