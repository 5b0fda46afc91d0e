"""Campaigns and what came of them."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from django.urls import reverse

from campaigns.models import Campaign, Throttle
from surveys.models import Case, Response, SkipReason, SurveyEmail
from surveys.responding import record_response
from tests.surveys.asked import ask, kate

pytestmark = pytest.mark.django_db


def text_of(client, campaign: Campaign) -> str:
    response = client.get(reverse("campaign", args=[campaign.pk]))
    assert response.status_code == 200
    return " ".join(response.content.decode().replace("<wbr>", "").split())


def change(campaign: Campaign, **fields: object) -> None:
    Campaign.objects.filter(pk=campaign.pk).update(**fields)


def test_the_settings_are_a_sentence(alice_client, account, campaign):
    throttle = Throttle.objects.create(account=account, name="Monthly", days=30)
    change(campaign, throttle=throttle, reminder_after=5, delivery_delay=1)

    page = text_of(alice_client, campaign)

    assert "When <code>Order Completed</code> arrives for somebody" in page
    assert "<strong>1 day later</strong>" in page
    assert "at most once in <strong>30 days</strong> over all campaigns" in page
    assert "<strong>reminded once, 5 days</strong> after the mail" in page


def test_a_ready_campaign_says_what_it_waits_for_and_refreshes_itself(
    alice_client, campaign
):
    page = text_of(alice_client, campaign)

    assert "waiting for the first <code>Order Completed</code>" in page
    assert 'hx-trigger="every 3s"' in page


@pytest.mark.parametrize("status", ["draft", "active", "paused", "complete"])
def test_only_a_ready_campaign_refreshes_itself(alice_client, campaign, status):
    change(campaign, status=status)

    page = text_of(alice_client, campaign)

    assert f'data-status="{status}"' in page
    assert "every 3s" not in page


def test_what_a_complete_campaign_had_scheduled_is_not_called_scheduled(
    alice_client, account, campaign, now
):
    contact = kate(account)
    ask(contact, campaign, now + timedelta(days=30), invitation="scheduled")
    change(campaign, status="complete")

    for page in (
        text_of(alice_client, campaign),
        alice_client.get(reverse("contact", args=[contact.pk])).text,
        alice_client.get(reverse("campaign-log", args=[campaign.pk])).text,
    ):
        assert "Not sent" in page
        assert "The campaign is complete." in page
        assert 'data-status="scheduled"' not in page
    assert "<strong>1</strong> not sent, as the campaign is complete" in text_of(
        alice_client, campaign
    )


def test_the_funnel_and_the_latest_surveys_are_shown(alice_client, account, campaign, now):
    contact = kate(account)
    survey = ask(contact, campaign, now, reminder=SurveyEmail.Status.SCHEDULED)
    Response.objects.create(
        account=account,
        campaign=campaign,
        survey=survey,
        contact=contact,
        score=4,
        responded_at=now,
        updated_at=now,
    )
    ask(contact, campaign, now, invitation=SurveyEmail.Status.FAILED)

    page = text_of(alice_client, campaign)

    assert '<th scope="row">Triggered</th><td class="number">2</td>' in page
    assert "<strong>1</strong> needs a look" in page
    assert "does not tell whether a sent mail was delivered" in page
    assert ">Delivered</th>" not in page
    assert "kate@example.com" in page
    assert 'data-status="sent"' in page
    assert 'data-band="detractor"' in page


def test_the_responses_are_those_of_all_tabs(alice_client, account, campaign, now):
    survey = ask(kate(account), campaign, now)
    response = record_response(survey=survey, score=9, comment="Quick!", now=now)
    Case.objects.update(closed_at=now)

    page = text_of(alice_client, campaign)

    (link,) = re.findall(r'href="([^"]*)">Responses</a></div>', page)
    assert response.comment in alice_client.get(unescape(link)).content.decode()


@pytest.mark.parametrize("kind", ["segment", "api"])
def test_pausing_asks_first_where_scheduled_mail_would_be_lost(
    alice_client, charlie_client, account, campaign, now, kind
):
    event = {"segment": "Order Completed", "api": ""}[kind]
    change(campaign, kind=kind, event_name=event, status="active")
    path = reverse("campaign-pause", args=[campaign.pk])

    def press(client=alice_client, **data: str) -> str:
        page = client.post(path, data, follow=True).content.decode()
        campaign.refresh_from_db()
        return page

    for number in range(2):
        contact = kate(account, f"k{number}@example.com")
        ask(contact, campaign, now, reminder=SurveyEmail.Status.SCHEDULED)
    assert "<strong>2 mails</strong> are scheduled." in press()
    assert campaign.status == "active"
    press(charlie_client, confirmed="yes")
    assert campaign.status == "active"
    assert "Paused. Nobody is asked" in press(confirmed="yes")
    assert campaign.status == "paused"
    assert "Only a live campaign can be paused" in press(), "it was paused already"

    change(campaign, status="active")
    SurveyEmail.objects.update(status="cancelled")
    assert "Paused. Nobody is asked" in press(), "nothing is lost: no question"


def test_a_list_is_counted_from_whom_the_campaign_looked_at_to_whom_the_mail_reached(
    alice_client, account, campaign, now, settings
):
    settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
    settings.ANYMAIL = {"WEBHOOK_SECRET": "name:password"}
    change(campaign, kind=Campaign.Kind.ONE_TIME, event_name="")
    skipped = ask(kate(account), campaign, now, invitation=SurveyEmail.Status.CANCELLED)
    skipped.skip_reason, skipped.skipped_at = SkipReason.NO_ADDRESS, now
    skipped.save()
    ask(kate(account), campaign, now, invitation=SurveyEmail.Status.SCHEDULED)
    for outcome in ("", "bounced", "delivered", "complained"):
        ask(kate(account), campaign, now).emails.update(outcome=outcome)

    page = text_of(alice_client, campaign)

    assert '<th scope="row">Looked at</th><td class="number">6</td>' in page
    assert "<strong>1</strong> not asked: no usable email address" in page
    assert "<strong>1</strong> scheduled" in page
    assert '<th scope="row">Sent</th><td class="number">4</td>' in page
    assert "<strong>1</strong> bounced" in page
    assert "<strong>1</strong> not heard of yet" in page
    assert '<th scope="row">Delivered</th><td class="number">2</td>' in page
    assert "<strong>1</strong> of them called it spam" in page
    assert "does not tell" not in page


@pytest.mark.parametrize(
    ("provider", "words"),
    [
        ("scaleway", "Scaleway does not tell whether a sent mail was delivered."),
        ("postmark", "Postmark would tell whether a sent mail was delivered"),
    ],
)
def test_what_a_provider_does_not_tell_is_said(
    alice_client, account, campaign, now, settings, provider, words
):
    settings.EMAIL_BACKEND = f"anymail.backends.{provider}.EmailBackend"
    settings.ANYMAIL = {}
    ask(kate(account), campaign, now)

    assert words in text_of(alice_client, campaign)


def test_the_list_shows_what_asks_now_first(alice_client, account, campaign):
    for name, status in [("Old", "complete"), ("Stopped", "paused"), ("Running", "active")]:
        Campaign.objects.create(
            account=account,
            name=name,
            status=status,
            event_name=name,
            email_template=campaign.email_template,
            contact_list=campaign.contact_list,
            activated_at=campaign.activated_at,
        )

    page = alice_client.get("/campaigns/").content.decode()
    places = [
        page.index(f">{name}<") for name in ("Running", "After an order", "Stopped", "Old")
    ]

    assert places == sorted(places)


def test_a_stranger_gets_404(charlie_client, campaign):
    assert charlie_client.get(f"/campaigns/{campaign.pk}/").status_code == 404


def test_the_list_says_the_rate_and_the_next_thing_to_do(
    alice_client, account, campaign, now, django_assert_max_num_queries
):
    def rows() -> dict[str, str]:
        page = alice_client.get("/campaigns/").content.decode()
        return {
            row.partition("</a>")[0].rpartition(">")[2]: " ".join(row.split())
            for row in page.partition("<tbody>")[2].split("<tr>")[1:]
        }

    assert "Waits for the first Order Completed" in rows()["After an order"]
    change(campaign, status="active")
    for number in range(4):
        survey = ask(kate(account, f"k{number}@example.com"), campaign, now)
    Response.objects.create(
        account=account,
        campaign=campaign,
        survey=survey,
        contact=survey.contact,
        score=9,
        responded_at=now,
        updated_at=now,
    )
    assert ">25%<" in rows()["After an order"]
    assert 'class="sub"><a' not in rows()["After an order"], "nothing to do"
    ask(kate(account, "f@example.com"), campaign, now, invitation="failed")
    assert "1 mail needs a look" in rows()["After an order"]
    change(campaign, status="paused", paused_because="Too many.")
    assert "decide whether it goes on" in rows()["After an order"]
    change(campaign, status="complete", paused_because="")
    Campaign.objects.create(account=account, name="Begun", setup_steps=["kind"])
    assert "Go on with “Email template”" in rows()["Begun"]
    with django_assert_max_num_queries(15):
        rows()
