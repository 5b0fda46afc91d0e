"""Backtests: what a campaign would have done with the events of the last 30 days."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from campaigns.models import Campaign, Throttle
from promoter.accounts.models import Membership
from segment_ingest.models import Replay
from segment_ingest.replay import forecasting
from segment_ingest.replay.backtesting import start_backtest
from segment_ingest.replay.replaying import Refused
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


def test_the_setup_says_whom_the_settings_would_have_asked(account, campaign, alice_client):
    now = timezone.now()
    page = f"/segment/backtest/{campaign.pk}/line/"

    def line(method: str = "get", event: str = "Order Paid") -> str:
        response = getattr(alice_client, method)(f"{page}?event_name={event}")
        return " ".join(response.content.decode().split())

    def worked() -> Replay:
        return work_off(Replay.objects.latest("pk"))

    person(account, "ada")
    person(account, "ben")
    for number, user_id in enumerate(["ada", "ben", "who?"]):
        stored(account, str(number), at=now - DAY, user_id=user_id, event="Order Paid")
    assert "Not tried" in line()
    assert not Replay.objects.exists(), "a GET begins nothing"
    assert "Counting whom it would have asked" in line("post")
    assert "Counting whom it would have asked" in line("post")
    assert Replay.objects.count() == 1, "the one under way is waited for"
    worked()
    assert "asked <strong>2 people</strong>, 2 a day at most" in line()
    # Other settings, other people.
    campaign.conditions = [{"of": "event", "name": "plan", "op": "is", "value": "gold"}]
    campaign.save()
    assert "Not tried" in line()
    assert "Counting" in line("post")
    worked()
    assert "asked <strong>nobody</strong>: mostly “conditions not met”" in line("post")
    assert "Counting" in line("post", "Order Shipped")
    assert "Counting" in line("post", "Order Sent")
    assert Replay.objects.filter(status=Replay.Status.CANCELLED).count() == 1
    worked()
    assert "none of these events is kept" in line("post", "Order Sent")
    Replay.objects.filter(event_name="Order Sent").update(
        status=Replay.Status.FAILED, error="Our fault"
    )
    assert "could not be counted" in line("post", "Order Sent")


def test_who_may_only_look_reads_the_count_and_begins_none(campaign, bob, alice_client):
    Membership.objects.filter(user=bob).update(role=Membership.Role.VIEWER)
    viewer = Client()
    viewer.force_login(bob)
    page = f"/segment/backtest/{campaign.pk}/line/"
    assert "Not tried" in viewer.get(page).content.decode()
    assert viewer.post(page).status_code == 403
    assert alice_client.post(page).status_code == 200
    assert "Counting" in viewer.post(page).content.decode()
