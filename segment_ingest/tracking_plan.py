"""Which events are worth their share of the quota: what is received against who listens.

Arithmetic and words only; plan_views.py reads the rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.translation import gettext

from promoter.lib.labels import in_sentence

# Taken because Segment sends them to every destination; nothing is done with them.
UNUSED_TYPES = ("page", "screen", "group", "alias")


@dataclass(frozen=True, slots=True)
class EventSum:
    """One kind of event: a track's name, or another type of call (then `event` is "").

    A track without a name stands for all names beyond those that are counted singly.
    `most` is the number of its busiest day.
    """

    type: str
    event: str
    count: int
    last_seen_at: datetime
    most: int = 0


@dataclass(frozen=True, slots=True)
class Listener:
    """A campaign that one event means something to."""

    campaign_id: int
    name: str
    status: str
    is_live: bool
    withdraws: bool = False


@dataclass(frozen=True, slots=True)
class Price:
    """What so many events cost: `share` of all the account's events, `of_limit` of the
    daily limit, both of 1. `of_limit` is None for an account that may send nothing."""

    count: int
    share: Decimal
    a_day: Decimal
    of_limit: Decimal | None

    @property
    def share_words(self) -> str:
        return percent_words(self.share)

    @property
    def limit_words(self) -> str:
        return "" if self.of_limit is None else percent_words(self.of_limit)

    @property
    def a_day_words(self) -> str:
        if 0 < self.a_day < 1:
            return gettext("less than 1")
        return intcomma(int(self.a_day.quantize(Decimal(1), ROUND_HALF_UP)))


@dataclass(frozen=True, slots=True)
class Cost:
    """What the events are measured by: all of them, over so many days, the day's limit."""

    events: int
    days: int
    limit: int

    def price(self, count: int) -> Price:
        a_day = Decimal(count) / self.days
        return Price(
            count=count,
            share=Decimal(count) / self.events if self.events else Decimal(0),
            a_day=a_day,
            of_limit=a_day / self.limit if self.limit else None,
        )


@dataclass(frozen=True, slots=True)
class Line:
    """One kind of event, its price, and whom it reaches.

    `waiting` would listen once they are live; `meant` are live campaigns that wait for
    nearly this name.
    """

    type: str
    event: str
    price: Price
    last_seen_at: datetime
    listeners: Sequence[Listener] = ()
    waiting: Sequence[Listener] = ()
    meant: Sequence[tuple[str, Listener]] = ()

    @property
    def is_unused(self) -> bool:
        return self.type in UNUSED_TYPES

    @property
    def caution(self) -> str:
        """Why one should look before turning it off; empty when there is no reason."""
        if self.meant:
            event, campaign = self.meant[0]
            return gettext(
                "“%(campaign)s” waits for “%(event)s”: every character counts."
            ) % {"campaign": campaign.name, "event": event}
        if self.waiting:
            campaign = self.waiting[0]
            return gettext("“%(campaign)s” (%(status)s) would listen to it.") % {
                "campaign": campaign.name,
                "status": in_sentence(campaign.status),
            }
        return ""


@dataclass(frozen=True, slots=True)
class Audience:
    """The account's campaigns by the events that they name; `near` by their near_key."""

    live: Mapping[str, Sequence[Listener]]
    waiting: Mapping[str, Sequence[Listener]]
    near: Mapping[str, Sequence[tuple[str, Listener]]]

    @classmethod
    def of(cls, listeners: Iterable[tuple[str, Listener]]) -> Audience:
        live: dict[str, list[Listener]] = defaultdict(list)
        waiting: dict[str, list[Listener]] = defaultdict(list)
        near: dict[str, list[tuple[str, Listener]]] = defaultdict(list)
        for event, listener in listeners:
            if event and listener.is_live:
                live[event].append(listener)
                near[near_key(event)].append((event, listener))
            elif event:
                waiting[event].append(listener)
        return cls(dict(live), dict(waiting), dict(near))

    @property
    def heard(self) -> set[str]:
        return set(self.live)


def days_counted(first_day: date | None, *, today: date) -> int:
    """From the first day with an event to today; a young account is not divided by 30."""
    return (today - first_day).days + 1 if first_day else 1


def near_key(event: str) -> str:
    """The same for names that differ in capitals, spaces and punctuation only."""
    letters = "".join(each for each in event if each.isalnum())
    return (letters or "".join(event.split())).casefold()


def percent_words(share: Decimal) -> str:
    """`61%`, `2.4%`; what is there at all is never 0%."""
    percent = 100 * share
    if percent >= 10 or not percent:
        return f"{percent.quantize(Decimal(1), ROUND_HALF_UP)}%"
    if percent < Decimal("0.1"):
        return "<0.1%"
    return f"{percent.quantize(Decimal('0.1'), ROUND_HALF_UP)}%"


def plan_lines(sums: Iterable[EventSum], *, audience: Audience, cost: Cost) -> list[Line]:
    return [_line(each, audience, cost) for each in sums]


def _line(seen: EventSum, audience: Audience, cost: Cost) -> Line:
    is_track = seen.type == "track"
    listeners = audience.live.get(seen.event, ()) if is_track else ()
    unheard = is_track and not listeners
    return Line(
        type=seen.type,
        event=seen.event,
        price=cost.price(seen.count),
        last_seen_at=seen.last_seen_at,
        listeners=listeners,
        waiting=audience.waiting.get(seen.event, ()) if unheard else (),
        meant=audience.near.get(near_key(seen.event), ()) if unheard else (),
    )
