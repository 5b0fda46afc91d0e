"""One press moves a campaign, for who may."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from campaigns.models import Campaign
from promoter.accounts.models import Membership

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]

Status = Campaign.Status


def press(client: Client, act: str, campaign: Campaign):
    return client.post(reverse(f"campaign-{act}", args=[campaign.pk]), follow=True)


@pytest.mark.parametrize(
    ("before", "act", "after"),
    [
        (Status.DRAFT, "activate", Status.READY),
        (Status.READY, "pause", Status.PAUSED),
        (Status.ACTIVE, "pause", Status.PAUSED),
        (Status.PAUSED, "resume", Status.READY),
        (Status.ACTIVE, "complete", Status.COMPLETE),
    ],
)
def test_a_press_moves_the_campaign_and_says_so(alice_client, campaign, before, act, after):
    Campaign.objects.filter(pk=campaign.pk).update(status=before)

    response = press(alice_client, act, campaign)

    campaign.refresh_from_db()
    assert campaign.status == after
    assert 'data-level="success"' in response.content.decode()


@pytest.mark.parametrize("act", ["activate", "pause", "resume", "complete"])
def test_a_move_that_is_not_possible_is_explained(alice_client, campaign, act):
    Campaign.objects.filter(pk=campaign.pk).update(status=Status.COMPLETE)

    response = press(alice_client, act, campaign)

    campaign.refresh_from_db()
    assert campaign.status == Status.COMPLETE
    assert 'data-level="error"' in response.content.decode()
    assert "this campaign is complete." in response.content.decode()


@pytest.mark.parametrize("act", ["activate", "pause", "resume"])
def test_a_link_moves_nothing(alice_client, campaign, act):
    response = alice_client.get(reverse(f"campaign-{act}", args=[campaign.pk]))

    assert response.status_code == 405


def test_completing_asks_once_more(alice_client, campaign):
    response = alice_client.get(reverse("campaign-complete", args=[campaign.pk]))

    campaign.refresh_from_db()
    assert campaign.status == Status.READY
    assert "be undone" in response.content.decode()


@pytest.mark.parametrize("act", ["activate", "pause", "resume", "complete"])
def test_a_stranger_is_told_that_there_is_nothing(charlie_client, campaign, act):
    assert press(charlie_client, act, campaign).status_code == 404


@pytest.mark.parametrize("act", ["activate", "pause", "resume", "complete"])
def test_a_viewer_may_look_and_not_press(bob, campaign, act):
    Membership.objects.filter(user=bob).update(role=Membership.Role.VIEWER)
    client = Client()
    client.force_login(bob)

    response = press(client, act, campaign)

    assert response.status_code == 403
    assert "Your role in this account" in response.content.decode()
    page = client.get(reverse("campaign", args=[campaign.pk])).content.decode()
    assert reverse(f"campaign-{act}", args=[campaign.pk]) not in page
