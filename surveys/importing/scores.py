"""A score from 0 to 10 as files write it."""

from __future__ import annotations

import re

from django.utils.translation import gettext

from contacts.importing.rows import Rejected

_SCORE = re.compile(r"(\d{1,2})(?:[.,]0+)?(?:\s?/\s?10)?")


def read_score(text: str) -> int:
    """Of `9`, `9.0`, `9,0` and `9/10` alike. Raises Rejected."""
    if not text:
        raise Rejected(gettext("The row has no score: nobody answered."))
    match = _SCORE.fullmatch(text)
    if match is None or int(match[1]) > 10:
        raise Rejected(
            gettext("“%(text)s” is not a score: a whole number from 0 to 10.")
            % {"text": text[:40]}
        )
    return int(match[1])
