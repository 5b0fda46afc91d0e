"""Why was, or wasn't, this person asked? One sentence from what is known of them.

Words only: timeline_rows.py collects, views hand in the clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from promoter.lib.relative import short_date
from surveys.eligibility import Ask, Spacing

# By contacts.Suppression.Reason.
BECAUSE = {
    "unsubscribed": _("they unsubscribed"),
    "bounced": _("their address bounced"),
    "complained": _("they called our mail spam"),
    "manual": _("somebody of your team stopped mail to them"),
    "erased": _("somebody with their address was erased"),
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
        pattern = gettext("Asked last on %(day)s by “%(campaign)s”")
        if known.asked_as_another:
            pattern = gettext(
                "Asked last on %(day)s by “%(campaign)s”, as another contact with this "
                "address"
            )
        asked = pattern % {"day": day(known.asked.at), "campaign": known.asked.what}
    if known.suppressed:
        because = str(BECAUSE[known.suppressed.what])
        if not asked:
            return gettext("Never asked: %(because)s.") % {"because": because}
        return gettext("%(asked)s; not again: %(because)s on %(day)s.") % {
            "asked": asked,
            "because": because,
            "day": day(known.suppressed.at),
        }
    if not known.has_address:
        if not asked:
            return gettext("Never asked: no usable email address of theirs is known.")
        return gettext(
            "%(asked)s; not again: no usable email address of theirs is known."
        ) % {"asked": asked}
    if known.planned:
        return _planned(asked, known.planned, now, day)
    if asked:
        return f"{asked}; {_again(known, now, day)}."
    if known.missed:
        what, because = known.missed.what, known.missed_because
        return gettext(
            "Never asked: %(what)s of %(day)s came to nothing (%(because)s)."
        ) % {"what": what, "day": day(known.missed.at), "because": because}
    return gettext("Never asked: %(never)s.") % {"never": _never(known)}


def _planned(
    asked: str, planned: Moment, now: datetime, day: Callable[[datetime], str]
) -> str:
    """When the next mail goes out, after what is known of the last."""
    names = {"asked": asked, "day": day(planned.at), "campaign": planned.what}
    if planned.at > now:
        if asked:
            return (
                gettext("%(asked)s; to be asked again on %(day)s by “%(campaign)s”.")
                % names
            )
        return gettext("To be asked on %(day)s by “%(campaign)s”.") % names
    if asked:
        return gettext("%(asked)s; to be asked again now by “%(campaign)s”.") % names
    return gettext("To be asked now by “%(campaign)s”.") % names


def _again(known: Known, now: datetime, day: Callable[[datetime], str]) -> str:
    """From when on somebody who was asked may be asked again, and by whom."""

    def since(at: datetime) -> str:
        return (
            gettext("from %(day)s") % {"day": day(at)}
            if at > now
            else pgettext("may be asked again", "now")
        )

    first, same = known.free_from, known.same_from
    if first is None:
        return gettext("no campaign is live to ask again")
    if same and same > first:
        return gettext(
            "may be asked again by it %(since)s, by another campaign %(others)s"
        ) % {"since": since(same), "others": since(first)}
    return gettext("may be asked again %(since)s") % {"since": since(first)}


def _never(known: Known) -> str:
    """Why, of somebody who may be asked and never gave an occasion."""
    if not known.has_user_id:
        return gettext("without a userId no event can be theirs")
    if known.free_from is None:
        return gettext("no campaign is live")
    if known.sends_events:
        return gettext("no live campaign listens to their events")
    return gettext("no track event of theirs came in the last %(days)s days") % {
        "days": known.days_kept
    }


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
