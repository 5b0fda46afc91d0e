"""What Segment sent the sample account in the days that messages are kept."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from promoter.accounts.models import Account, ApiKey
from promoter.local.sample.story import DAY, PROJECT, SEED, Ask, Person, Story
from segment_ingest.models import DailyUsage, SegmentMessage
from segment_ingest.quota import utc_day
from surveys.models import Survey

KEPT = 29 * DAY
"""A day less than the bodies of messages are kept."""
Verdict = SegmentMessage.Verdict


def store_events(
    story: Story,
    surveys: Sequence[tuple[Ask, Survey]],
    *,
    account: Account,
    now: datetime,
) -> None:
    """The calls behind what is new, some that asked nobody, and the days' counts."""
    ApiKey.objects.issue(account=account, name="Segment", now=now - KEPT)
    of = {ask.trigger_id: survey for ask, survey in surveys}
    rows = sorted(
        (row for row in _calls(story, of, now) if row.received_at > now - KEPT),
        key=lambda row: row.received_at,
    )
    for row in rows:
        row.account = account
    SegmentMessage.objects.bulk_create(rows)
    days = Counter(utc_day(row.received_at) for row in rows)
    DailyUsage.objects.bulk_create(
        DailyUsage(account=account, day=day, accepted=count) for day, count in days.items()
    )


def _calls(story: Story, of: dict[str, Survey], now: datetime) -> Iterator[SegmentMessage]:
    dice = random.Random(SEED)  # noqa: S311 - a story, no secret
    for person in story.people:
        yield _identify(person)
    for ask in story.asks:
        name, row = ask.person.user_id, of[ask.trigger_id]
        yield _track(name, ask.trigger_id, ask.at, Verdict.SCHEDULED, row, ask.course.event)
        # Who finishes the next project soon is not asked again so soon.
        again = ask.at + dice.uniform(3, 20) * DAY
        if ask.course is PROJECT and dice.random() < 0.12 and again < now:
            yield _track(name, f"{ask.trigger_id}-again", again, Verdict.THROTTLED)
    # A campaign listens to no such event: the tracking plan says what it costs.
    for number in range(70):
        who, at = dice.choice(story.people), now - dice.uniform(0.2, 28) * DAY
        if who.known_since < at:
            name, verdict = f"export-{number}", Verdict.NO_CAMPAIGN
            yield _track(who.user_id, name, at, verdict, event="Report Exported")
    for number in range(6):
        at = now - dice.uniform(1, 28) * DAY
        yield _track(f"visitor-{number}", f"visitor-{number}", at, Verdict.NOT_IDENTIFIED)


def _identify(person: Person) -> SegmentMessage:
    names = {"firstName": person.first_name, "lastName": person.last_name}
    traits = {"email": person.email, **names, **person.attributes}
    return _message(
        {"type": "identify", "userId": person.user_id, "traits": traits},
        person.user_id,
        person.known_since,
        Verdict.CONTACT_SAVED,
    )


def _track(
    user_id: str,
    message_id: str,
    at: datetime,
    verdict: str,
    survey: Survey | None = None,
    event: str = PROJECT.event,
) -> SegmentMessage:
    said = {"type": "track", "userId": user_id, "event": event, "properties": {}}
    row = _message(said, message_id, at, verdict)
    row.survey = survey
    return row


def _message(
    body: dict[str, Any], message_id: str, at: datetime, verdict: str
) -> SegmentMessage:
    sent = at - timedelta(seconds=1)
    return SegmentMessage(
        message_id=message_id,
        type=body["type"],
        user_id=body["userId"],
        event=body.get("event", ""),
        body=body | {"messageId": message_id, "timestamp": sent.isoformat()},
        timestamp=sent,
        received_at=at,
        processed_at=at + timedelta(seconds=1),
        verdict=verdict,
    )
