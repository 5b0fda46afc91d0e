"""Backtests: what a campaign would have done with the events of the last 30 days."""

from __future__ import annotations

from datetime import timedelta

import pytest

from campaigns.models import Campaign, Throttle
from segment_ingest import forecasting
from segment_ingest.replaying import Refused, start_backtest
from surveys.models import Survey
from tests.segment_ingest.stored import counted, person, sent, stored, work_off

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def tried(campaign, alice, now):
    campaign.refresh_from_db()
    return work_off(start_backtest(campaign=campaign, created_by=alice, now=now), now=now)


def test_a_draft_is_tried_as_if_it_had_been_live(account, campaign, alice, now):
    Campaign.objects.update(
        status=Campaign.Status.DRAFT,
        throttle=Throttle.objects.create(account=account, name="Weekly", days=7),
    )
    person(account, "ada")
    person(account, "ben")
    for days in (20, 19, 13, 1):
        stored(account, f"ada {days}", at=now - days * DAY)
    stored(account, "ben", at=now - 20 * DAY, user_id="ben")
    stored(account, "slow", at=now - DAY, timestamp=now - 4 * DAY, user_id="ben")
    stored(account, "nobody", at=now - DAY, user_id="who?")
    stored(account, "old", at=now - 31 * DAY, user_id="ben")
    found = tried(campaign, alice, now)
    assert found.counts == {
        "scheduled": 4,
        "throttled": 1,
        "late": 1,
        "not_identified": 1,
    }
    assert (found.people, found.newest_only) == (2, False)
    assert {day: n for day, n in found.days.items() if n} == {
        "2026-11-03": 2,
        "2026-11-10": 1,
        "2026-11-22": 1,
    }
    assert not Survey.objects.exists()


def test_what_it_asked_itself_never_was_but_others_asks_really_happened(
    account, campaign, alice, template, now
):
    Campaign.objects.update(
        status=Campaign.Status.ACTIVE,
        throttle=Throttle.objects.create(account=account, name="Weekly", days=7),
    )
    campaign.refresh_from_db()
    ben = person(account, "ben")
    person(account, "ada")
    stored(account, "ada", at=now - HOUR)
    stored(account, "ben", at=now - HOUR, user_id="ben")
    assert sent(counted(campaign, now=now), now=now).surveys == 2
    assert tried(campaign, alice, now).counts == {"scheduled": 2}
    other = Campaign.objects.create(
        account=account, name="Other", status="draft", email_template=template
    )
    Survey.objects.create(
        account=account,
        campaign=other,
        contact=ben,
        trigger_id="other",
        triggered_at=now - 3 * DAY,
        due_at=now - 3 * DAY,
        asked_at=now - 3 * DAY,
    )
    assert tried(campaign, alice, now).counts == {"scheduled": 1, "throttled": 1}


def test_of_very_many_events_the_newest_are_tried(
    account, campaign, alice, now, monkeypatch
):
    monkeypatch.setattr(forecasting, "MOST_EVENTS", 3)
    for number in range(5):
        person(account, f"u{number}")
        stored(account, f"{number}", at=now - (9 - number) * DAY, user_id=f"u{number}")
    found = tried(campaign, alice, now)
    assert (found.total, found.seen, found.newest_only) == (3, 3, True)
    assert min(found.days) == "2026-11-16"


def test_without_an_event_there_is_nothing_to_try(campaign, alice, now):
    campaign.event_name = ""
    with pytest.raises(Refused, match="Choose the campaign’s event first"):
        start_backtest(campaign=campaign, created_by=alice, now=now)
