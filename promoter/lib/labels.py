"""Labels and names inside sentences."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language, gettext

# Languages that write nouns with a capital wherever they stand.
WITH_CAPITALS = {"de"}


def in_sentence(label: Any) -> str:
    """A label as it stands in the midst of a sentence: in small letters."""
    return str(label) if get_language() in WITH_CAPITALS else str(label).lower()


def quoted(text: str) -> str:
    """In the quotation marks of the language that is on."""
    return gettext("“%(text)s”") % {"text": text}
