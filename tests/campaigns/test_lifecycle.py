"""Which status may follow which."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from campaigns import lifecycle
from campaigns.models import Campaign

Status = Campaign.Status
ALLOWED = {
    ("draft", "activate"): "ready",
    ("ready", "pause"): "paused",
    ("active", "pause"): "paused",
    ("paused", "resume"): "ready",
    ("ready", "complete"): "complete",
    ("active", "complete"): "complete",
    ("paused", "complete"): "complete",
}


def act(name, campaign, now):
    if name in {"activate", "resume"}:
        return getattr(lifecycle, name)(campaign=campaign, now=now)
    return getattr(lifecycle, name)(campaign=campaign)


@pytest.mark.parametrize("name", lifecycle.MAY_FOLLOW)
@pytest.mark.parametrize("status", Status.values)
def test_every_move_from_every_status(campaign, now, status, name):
    Campaign.objects.update(status=status)
    campaign.refresh_from_db()
    expected = ALLOWED.get((status, name))
    assert (name in lifecycle.possible_acts(campaign)) is (expected is not None)
    if expected is None:
        with pytest.raises(ValidationError, match=f"this campaign is {status}"):
            act(name, campaign, now)
    else:
        act(name, campaign, now)
    assert campaign.status == (expected or status)
    assert Campaign.objects.get().status == campaign.status


def test_a_draft_without_its_parts_says_what_is_missing(account, now):
    draft = Campaign.objects.create(account=account, name="Draft", event_name="  ")
    with pytest.raises(ValidationError) as refusal:
        lifecycle.activate(campaign=draft, now=now)
    assert set(refusal.value.message_dict) == {
        "event_name",
        "email_template",
        "contact_list",
    }


def test_activating_notes_when_and_trims_the_event_name(campaign, now):
    Campaign.objects.update(status="draft", activated_at=None, event_name=" Signed Up ")
    campaign.refresh_from_db()
    lifecycle.activate(campaign=campaign, now=now)
    assert (campaign.event_name, campaign.activated_at) == ("Signed Up", now)


def test_a_resumed_campaign_is_active_when_an_event_had_matched(campaign, now):
    lifecycle.mark_active(account=campaign.account, campaign_ids=[campaign.pk], now=now)
    campaign.refresh_from_db()
    assert (campaign.status, campaign.first_event_at) == (Status.ACTIVE, now)
    lifecycle.pause(campaign=campaign)
    lifecycle.resume(campaign=campaign, now=now)
    assert campaign.status == Status.ACTIVE


def test_the_second_of_two_people_is_told(campaign):
    """Both have the page open; the second sees what the first made of it."""
    seen_by_bob = Campaign.objects.get()
    lifecycle.complete(campaign=campaign)
    with pytest.raises(ValidationError, match="this campaign is complete"):
        lifecycle.pause(campaign=seen_by_bob)
    assert seen_by_bob.status == Status.COMPLETE


@pytest.mark.parametrize("status", ["draft", "paused", "complete"])
def test_an_event_wakes_only_a_ready_campaign(campaign, now, status):
    Campaign.objects.update(status=status)
    moved = lifecycle.mark_active(
        account=campaign.account, campaign_ids=[campaign.pk], now=now
    )
    assert moved == 0
    assert Campaign.objects.get().status == status


def test_an_event_of_another_account_wakes_nothing(campaign, other_account, now):
    moved = lifecycle.mark_active(
        account=other_account, campaign_ids=[campaign.pk], now=now
    )
    assert moved == 0
