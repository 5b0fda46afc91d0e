"""A replay's counts as people read them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from segment_ingest.models import SegmentMessage

Verdict = SegmentMessage.Verdict

# In the order of the page: who is asked first, then the reasons why the others are not.
WORDS = {
    Verdict.SCHEDULED: _("Asked"),
    Verdict.THROTTLED: _("Throttled"),
    Verdict.NOT_IDENTIFIED: _("Not identified"),
    Verdict.NO_ADDRESS: _("No usable email address"),
    Verdict.SUPPRESSED: _("Must not be mailed"),
    Verdict.CONDITIONS: _("Conditions not met"),
    Verdict.SAMPLED_OUT: _("Not in the sample"),
    Verdict.WITHDREW: _("Withdrawn by a later event"),
    Verdict.LATE: _("Too old"),
    Verdict.IGNORED: _("Had a survey before"),
    Verdict.NO_USER_ID: _("Without a userId"),
    Verdict.FAILED: _("Could not be read"),
}


@dataclass(frozen=True, slots=True)
class CountLine:
    """So many events met the same fate; `share` of all of them, in per cent."""

    verdict: str
    words: str
    count: int
    share: float


def count_lines(counts: Mapping[str, int]) -> list[CountLine]:
    """The fates that occurred; who is asked is always among them."""
    return list(_lines(counts))


def _lines(counts: Mapping[str, int]) -> Iterator[CountLine]:
    total = sum(counts.values()) or 1
    for verdict in [*WORDS, *(each for each in Verdict if each not in WORDS)]:
        count = counts.get(verdict.value, 0)
        if count or verdict == Verdict.SCHEDULED:
            words = str(WORDS.get(verdict, verdict.label))
            yield CountLine(verdict.value, words, count, round(100 * count / total, 2))
