"""The admin's pages for campaigns, templates and throttles."""

from __future__ import annotations

import pytest

from campaigns.models import Campaign, EmailTemplate
from tests.rows import address, make_rows

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]


def act(client, action: str, campaign: Campaign, **more: str) -> str:
    """Do it to the campaign by the list's menu; the text of the page that follows."""
    page = client.post(
        address(Campaign, "changelist"),
        {"action": action, "_selected_action": [campaign.pk], **more},
        follow=True,
    )
    campaign.refresh_from_db()
    return page.content.decode()


def test_a_campaign_is_paused_and_resumed(admin_client, campaign):
    assert "Paused: After an order." in act(admin_client, "pause", campaign)
    assert campaign.status == Campaign.Status.PAUSED

    act(admin_client, "resume", campaign)
    assert campaign.status == Campaign.Status.READY


def test_what_the_rules_refuse_is_said(admin_client, campaign):
    page = act(admin_client, "resume", campaign)

    assert "Only a paused campaign can be resumed" in page
    assert campaign.status == Campaign.Status.READY


def test_completing_asks_first(admin_client, campaign):
    assert "Complete these campaigns?" in act(admin_client, "complete", campaign)
    assert campaign.status == Campaign.Status.READY

    act(admin_client, "complete", campaign, confirmed="yes")
    assert campaign.status == Campaign.Status.COMPLETE


def test_a_draft_is_activated_once_it_is_complete(admin_client, account, template):
    draft = Campaign.objects.create(account=account, name="Draft")
    page = act(admin_client, "activate", draft)

    assert "Choose an email template." in page
    assert draft.status == Campaign.Status.DRAFT


def edit(client, campaign: Campaign, **changes: object) -> str:
    values = {
        "name": campaign.name,
        "event_name": campaign.event_name,
        "email_template": campaign.email_template_id,
        "contact_list": campaign.contact_list_id,
        "delivery_delay": campaign.delivery_delay,
        "conditions": "[]",
        "sample_percent": 100,
        "hold_hours": 0,
        **changes,
    }
    path = address(Campaign, "change", campaign.pk)
    return client.post(path, values, follow=True).content.decode()


def test_the_delay_of_a_live_campaign_can_be_changed(admin_client, campaign):
    edit(admin_client, campaign, delivery_delay=3)

    campaign.refresh_from_db()
    assert campaign.delivery_delay == 3


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"conditions": '[{"of": "moon"}]'}, "Choose the event or the contact."),
        (
            {"cancel_event": "Order Completed"},
            "This event starts the campaign’s surveys.",
        ),
    ],
)
def test_options_that_make_no_sense_are_refused(admin_client, campaign, changes, words):
    assert words in edit(admin_client, campaign, **changes)


def test_the_status_cannot_be_typed(admin_client, campaign):
    edit(admin_client, campaign, status="complete")

    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.READY


def test_a_live_campaign_keeps_its_event(admin_client, campaign):
    edit(admin_client, campaign, event_name="")

    campaign.refresh_from_db()
    assert campaign.event_name == "Order Completed"


def test_a_campaign_cannot_use_a_strangers_template(admin_client, campaign, other_account):
    theirs = EmailTemplate.objects.create(
        account=other_account, name="Theirs", subject="Hello", brand="Theirs"
    )

    page = edit(admin_client, campaign, email_template=theirs.pk)

    assert "must belong to one account" in page
    campaign.refresh_from_db()
    assert campaign.email_template != theirs


def test_a_name_that_is_taken_is_refused_in_words(admin_client, account, campaign):
    Campaign.objects.create(account=account, name="Taken")

    assert "already exists" in edit(admin_client, campaign, name="Taken")


def test_a_campaign_that_asked_somebody_stays(admin_client):
    campaign = make_rows(1)[Campaign]

    answer = admin_client.post(address(Campaign, "delete", campaign.pk), {"post": "yes"})

    assert answer.status_code == 403


def test_a_placeholder_that_would_stay_empty_is_refused(admin_client, template):
    page = admin_client.post(
        address(EmailTemplate, "change", template.pk),
        {"name": "Default", "subject": "Hi {{ contact.firstname }}", "brand": "Acme"},
    )

    assert "is no placeholder" in page.content.decode()
    template.refresh_from_db()
    assert template.subject == "How did we do?"
