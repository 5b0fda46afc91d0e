"""Connect: the address, the keys, and snippets that work as they stand."""

from __future__ import annotations

import json
import re

import pytest
from django.test import Client
from django.utils import timezone

from promoter.accounts.models import ApiKey
from segment_ingest.models import SegmentMessage
from segment_ingest.processing import process_round

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]


def text_of(client) -> str:
    response = client.get("/segment/connect/")
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_the_snippets_hold_our_own_address(alice_client, settings):
    settings.SITE_URL = "https://nps.example.com"

    page = text_of(alice_client)

    assert "curl -u YOUR_API_KEY: https://nps.example.com/v1/identify" in page
    assert 'analytics.host = "https://nps.example.com"' in page
    assert 'host: "https://nps.example.com"' in page


def test_the_snippets_send_the_event_that_a_campaign_waits_for(alice_client, campaign):
    campaign.event_name = 'Kate\'s <b> "order"'
    campaign.save()

    page = text_of(alice_client)

    assert r'"Kate\u0027s \u003cb\u003e \"order\""' in page


def test_a_new_key_works_and_is_shown_this_once(alice_client, account):
    response = alice_client.post("/segment/keys/", {"name": "Production"})

    text = re.search(r'value="(seg_\w+)"', response.content.decode())[1]
    key = ApiKey.objects.matching(text)
    assert (key.account, key.name) == (account, "Production")
    assert "no-store" in response["Cache-Control"]
    page = text_of(alice_client)
    assert text not in page
    assert key.prefix in page


def test_revoking_asks_once_more_and_then_is_final(alice_client, account, segment_key):
    key = ApiKey.objects.get()

    question = alice_client.get(f"/segment/keys/{key.pk}/revoke/").content.decode()
    assert "the only key of this account" in question
    assert ApiKey.objects.matching(segment_key) is not None

    assert alice_client.post(f"/segment/keys/{key.pk}/revoke/").status_code == 302
    assert ApiKey.objects.matching(segment_key) is None
    assert alice_client.post(f"/segment/keys/{key.pk}/revoke/").status_code == 404


def test_a_link_makes_no_key(alice_client):
    assert alice_client.get("/segment/keys/").status_code == 405


def test_an_account_has_ten_keys_at_most(alice_client, account, now):
    for _ in range(10):
        ApiKey.objects.issue(account=account, name="Segment", now=now)

    assert alice_client.post("/segment/keys/", {"name": "One more"}).status_code == 302
    assert ApiKey.objects.count() == 10
    assert "are the most" in text_of(alice_client)


def test_only_an_owner_manages_keys(bob, segment_key):
    client = Client()
    client.force_login(bob)
    key = ApiKey.objects.get()

    assert client.post("/segment/keys/").status_code == 403
    assert client.post(f"/segment/keys/{key.pk}/revoke/").status_code == 403
    page = text_of(client)
    assert "An owner of the account" in page
    assert "/revoke/" not in page


def test_a_stranger_sees_no_keys(charlie_client, account, segment_key):
    key = ApiKey.objects.get()

    assert key.prefix not in text_of(charlie_client)
    assert charlie_client.post(f"/segment/keys/{key.pk}/revoke/").status_code == 404


def test_a_test_event_takes_the_real_way_and_mails_nobody_else(
    alice_client, alice, account, campaign
):
    page = alice_client.post("/segment/test/", {"event": "Order Completed"}, follow=True)

    assert page.redirect_chain == [(f"/segment/?user=promoter-test-{alice.pk}", 302)]
    assert "Answered 200. Sent identify and track" in page.content.decode()
    process_round(now=timezone.now())
    assert [survey.contact.email for survey in campaign.surveys.all()] == [alice.email]
    # The key it was sent with is gone.
    assert not ApiKey.objects.exists()
    # Another press is another event, also within the minute.
    alice_client.post("/segment/test/", {"event": "Order Completed"})
    assert SegmentMessage.objects.count() == 4


def test_a_test_event_carries_what_the_waiting_campaign_asks_for(
    alice_client, alice, campaign
):
    campaign.conditions = [
        {"of": "event", "name": "cart.total", "op": "at_least", "value": "49.5"},
        {"of": "event", "name": "plan", "op": "is_not", "value": "free"},
        {"of": "contact", "name": "tier", "op": "is", "value": "gold"},
        {"of": "contact", "name": "seats", "op": "exists"},
    ]
    campaign.save()
    shown = alice_client.get("/segment/connect/").context["test_form"]
    sent = {name: shown[name].value() for name in ("event", "properties", "traits")}
    assert json.loads(sent["properties"]) == {"cart": {"total": 49.5}}
    # Whoever is named as an address there gets nothing.
    traits = json.loads(sent["traits"]) | {"E-Mail": "else@example.com"}
    assert traits["tier"] == "gold"
    sent["traits"] = json.dumps(traits)
    assert alice_client.post("/segment/test/", sent).status_code == 302
    process_round(now=timezone.now())
    assert [survey.contact.email for survey in campaign.surveys.all()] == [alice.email]


@pytest.mark.parametrize("wrong", ["{plan: 1}", "[1]", '{"a": NaN}', "[" * 9_000])
def test_what_is_no_json_is_said_and_kept(alice_client, wrong):
    page = alice_client.post("/segment/test/", {"event": "Mine", "properties": wrong})
    assert page.status_code == 422
    form = page.context["test_form"]
    assert list(form.errors) == ["properties"]
    assert (form["event"].value(), form["properties"].value()) == ("Mine", wrong)
    assert not SegmentMessage.objects.exists()


def test_a_test_event_that_is_refused_says_why(alice_client, account):
    account.daily_event_limit = 0
    account.save()

    page = alice_client.post("/segment/test/", follow=True).content.decode()

    assert "Answered 429: The daily limit" in page
    assert not SegmentMessage.objects.exists()


def test_only_an_owner_sends_a_test_event(bob):
    client = Client()
    client.force_login(bob)

    assert client.post("/segment/test/").status_code == 403


def test_a_browser_key_is_bound_to_the_websites_named(alice_client):
    page = alice_client.post(
        "/segment/browser-keys/",
        {"allowed_origins": "https://WWW.example.com/\nhttps://shop.example.com:443"},
    ).content.decode()

    key = ApiKey.objects.get()
    assert key.is_browser
    assert key.allowed_origins == ["https://www.example.com", "https://shop.example.com"]
    assert "never triggers a survey" in page


@pytest.mark.parametrize("typed", ["", "example.com", "http://www.example.com"])
def test_a_browser_key_without_a_usable_website_is_not_made(alice_client, typed):
    answer = alice_client.post("/segment/browser-keys/", {"allowed_origins": typed})

    assert answer.status_code == 422
    assert typed in answer.content.decode()
    assert not ApiKey.objects.exists()
