"""Count what a replay or a backtest would ask; write nothing but the result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import QuerySet

from segment_ingest.models import SegmentMessage
from segment_ingest.outcomes import Outcome
from segment_ingest.replay.rehearsing import Rules, live_copy, rehearse, stored_events
from segment_ingest.replays import Replay

Verdict = SegmentMessage.Verdict
# Their turn comes without a replay.
UNSETTLED = (Verdict.PENDING, Verdict.HELD)
# A backtest looks at the newest so many: enough to judge settings by, in seconds.
MOST_EVENTS = 100_000


@dataclass(slots=True)
class Forecast:
    """What has been counted so far. Days are those of the events, in the account's zone."""

    zone: ZoneInfo
    seen: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    people: set[int] = field(default_factory=set)
    days: Counter[date] = field(default_factory=Counter)
    oldest_at: datetime | None = None

    def add(self, settled: Iterable[tuple[SegmentMessage, Outcome]]) -> None:
        for message, outcome in settled:
            self.seen += 1
            self.counts[outcome.verdict.value] += 1
            day = message.received_at.astimezone(self.zone).date()
            self.days[day] += outcome.verdict == Verdict.SCHEDULED
            if outcome.verdict != Verdict.SCHEDULED:
                continue
            self.people.update(each.contact.pk for each in outcome.triggers)
            if self.oldest_at is None or message.timestamp < self.oldest_at:
                self.oldest_at = message.timestamp

    def values(self) -> dict[str, object]:
        """As the row keeps it."""
        return {
            "seen": self.seen,
            "counts": dict(self.counts),
            "people": len(self.people),
            "days": {day.isoformat(): count for day, count in self.days.items()},
            "oldest_at": self.oldest_at,
        }


def forecast(*, replay: Replay, clock: Callable[[], datetime]) -> bool:
    """Go through all of it at once: what it would ask is remembered by this process
    alone, and who takes over from a dead one begins anew. False when it was lost."""
    events = replayed_events(replay)
    found = Forecast(ZoneInfo(replay.account.time_zone))
    total = events.count()
    is_backtest = replay.kind == Replay.Kind.BACKTEST
    if is_backtest and total > MOST_EVENTS:
        newest = events.order_by("-pk").values_list("pk", flat=True)
        events = events.filter(pk__gt=newest[MOST_EVENTS])
        total = MOST_EVENTS
        replay.hold(newest_only=True)
    if not replay.hold(total=total):
        return False
    batches = rehearse(
        events=events,
        campaign=live_copy(replay.campaign),
        rules=rules_of(replay),
        afresh=is_backtest,
        now=replay.at,
    )
    for batch in batches:
        found.add(batch)
        if not replay.renew(now=clock(), **found.values()):
            return False
    return True


def replayed_events(replay: Replay) -> QuerySet[SegmentMessage]:
    """What the replay goes through, in the order of arrival."""
    events = stored_events(
        account=replay.account,
        event_name=replay.event_name,
        with_bodies=bool(replay.campaign.conditions),
    ).filter(received_at__gte=replay.since, received_at__lt=replay.until)
    if replay.kind == Replay.Kind.BACKTEST:
        return events
    return events.exclude(verdict__in=UNSETTLED)


def rules_of(replay: Replay) -> Rules:
    """A backtest goes by the rules of everyday; a person who replays has chosen how old
    an event may be, and what is overdue by then is sent then."""
    if replay.kind == Replay.Kind.BACKTEST:
        return Rules(max_age=timedelta(hours=settings.SEGMENT_MAX_EVENT_AGE_HOURS))
    return Rules(happened_since=replay.since, not_before=replay.at)
