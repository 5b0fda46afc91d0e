"""Why was, or wasn't, this person asked? One sentence from what is known of them.

Words only: timeline_rows.py collects, views hand in the clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from promoter.lib.relative import short_date
from surveys.eligibility import Ask, Spacing

# By contacts.Suppression.Reason.
BECAUSE = {
    "unsubscribed": "they unsubscribed",
    "bounced": "their address bounced",
    "complained": "they called our mail spam",
    "manual": "somebody of your team stopped mail to them",
    "erased": "somebody with their address was erased",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """What happened, or will, and when: a campaign's name, an event and its verdict."""

    at: datetime
    what: str


@dataclass(frozen=True, slots=True)
class Known:
    """What decides whether somebody is asked.

    `asked` is the last ask that went out, under this contact or another one with its
    address; `planned` the next that waits; `missed` the last survey, or event for one,
    that came to nothing, and `missed_because` how. `free_from` is from when on a live
    campaign may ask, None without a live one; `same_from` the same of the campaign that
    asked last, None when it is not live. Events are known for `days_kept`.
    """

    has_address: bool
    has_user_id: bool
    sends_events: bool
    days_kept: int
    suppressed: Moment | None = None
    asked: Moment | None = None
    asked_as_another: bool = False
    planned: Moment | None = None
    missed: Moment | None = None
    missed_because: str = ""
    free_from: datetime | None = None
    same_from: datetime | None = None


def standing(known: Known, *, now: datetime, zone: tzinfo) -> str:
    """The sentence, with days as the zone sees them."""

    def day(at: datetime) -> str:
        return short_date(at, now=now, zone=zone)

    asked = ""
    if known.asked:
        other = ", as another contact with this address" if known.asked_as_another else ""
        asked = f"Asked last on {day(known.asked.at)} by “{known.asked.what}”{other}"
    if known.suppressed:
        because = BECAUSE[known.suppressed.what]
        if not asked:
            return f"Never asked: {because}."
        return f"{asked}; not again: {because} on {day(known.suppressed.at)}."
    if not known.has_address:
        if not asked:
            return "Never asked: no usable email address of theirs is known."
        return f"{asked}; not again: no usable email address of theirs is known."
    if known.planned:
        by = f"by “{known.planned.what}”"
        when = f"on {day(known.planned.at)} " if known.planned.at > now else "now "
        return (
            f"{asked}; to be asked again {when}{by}."
            if asked
            else (f"To be asked {when}{by}.")
        )
    if asked:
        return f"{asked}; {_again(known, now, day)}."
    if known.missed:
        what, because = known.missed.what, known.missed_because
        return f"Never asked: {what} of {day(known.missed.at)} came to nothing ({because})."
    return f"Never asked: {_never(known)}."


def _again(known: Known, now: datetime, day: Callable[[datetime], str]) -> str:
    """From when on somebody who was asked may be asked again, and by whom."""

    def since(at: datetime) -> str:
        return f"from {day(at)}" if at > now else "now"

    first, same = known.free_from, known.same_from
    if first is None:
        return "no campaign is live to ask again"
    if same and same > first:
        return f"may be asked again by it {since(same)}, by another campaign {since(first)}"
    return f"may be asked again {since(first)}"


def _never(known: Known) -> str:
    """Why, of somebody who may be asked and never gave an occasion."""
    if not known.has_user_id:
        return "without a userId no event can be theirs"
    if known.free_from is None:
        return "no campaign is live"
    if known.sends_events:
        return "no live campaign listens to their events"
    return f"no track event of theirs came in the last {known.days_kept} days"


def free_from(
    campaigns: Iterable[tuple[int, Spacing]], asks: Sequence[Ask], *, now: datetime
) -> datetime | None:
    """From when on the first of the live campaigns may mail; None without one.

    By their throttles and the floor alone; a campaign's delay comes after its event.
    """
    ends = [
        max(
            (each.due_at + spacing.between(Ask(pk, now), each) for each in asks),
            default=now,
        )
        for pk, spacing in campaigns
    ]
    return max(min(ends), now) if ends else None
