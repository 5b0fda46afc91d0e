"""Did a person answer, or a mail scanner that opens every link and presses every button?

Scanners of mail gateways run a whole browser, and some submit forms. What gives them away
is what no person does: opening a link that can't be seen, opening many scores at once,
answering faster than one can read. Pure rules over what was opened; a hit puts the answer
into quarantine, so that a person who trips one loses nothing. In doubt the answer counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from surveys.suspects import SuspectAnswer

Reason = SuspectAnswer.Reason
# A scanner is done with a mail within seconds; a person's answer of an hour later is
# their own, whatever the scanner had opened before.
RECENT = timedelta(seconds=60)
AT_ONCE = timedelta(seconds=10)
# Two may be a slip of the thumb.
MANY = 3
# From the page to its button; the score is chosen already.
FASTEST_PRESS = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Visit:
    """One opening of a link: which score it had, and whether it was the hidden one."""

    at: datetime
    score: int | None = None
    is_trap: bool = False


def suspicion(
    *,
    visits: Sequence[Visit],
    answered_at: datetime,
    asked_at: datetime | None,
    fastest: timedelta,
) -> SuspectAnswer.Reason | None:
    """What speaks against a person, or None.

    `fastest` is the least time between the mail's leaving and a person's answer; zero
    turns the two rules about speed off.
    """
    recent = [
        visit
        for visit in sorted(visits, key=lambda each: each.at)
        if timedelta(0) <= answered_at - visit.at <= RECENT
    ]
    if any(visit.is_trap for visit in recent):
        return Reason.TRAP
    if _many_at_once(recent):
        return Reason.MANY_SCORES
    if asked_at is not None and timedelta(0) <= answered_at - asked_at < fastest:
        return Reason.TOO_FAST
    if recent and answered_at - recent[-1].at < min(FASTEST_PRESS, fastest):
        return Reason.TOO_FAST
    return None


def _many_at_once(visits: Sequence[Visit]) -> bool:
    return any(
        len({each.score for each in visits if _within(first, each)} - {None}) >= MANY
        for first in visits
    )


def _within(first: Visit, other: Visit) -> bool:
    return timedelta(0) <= other.at - first.at <= AT_ONCE
