"""The Segment page: connect, and see what arrived."""

from __future__ import annotations

import re
from datetime import date

import pytest
import time_machine
from django.test import Client

from promoter.accounts.models import Account, ApiKey
from segment_ingest.models import DailyUsage, SegmentMessage

pytestmark = pytest.mark.django_db

Verdict = SegmentMessage.Verdict


@pytest.fixture(autouse=True)
def _today(now):
    with time_machine.travel(now, tick=False):
        yield


def message(account, now, number: int = 1, **fields) -> SegmentMessage:
    fields = {
        "type": "track",
        "event": "Order Completed",
        "user_id": "u1",
        "verdict": Verdict.SCHEDULED,
        "body": {"properties": {"total": 42}},
        **fields,
    }
    return SegmentMessage.objects.create(
        account=account,
        message_id=f"message-{number}",
        timestamp=now,
        received_at=now,
        processed_at=now if fields["verdict"] else None,
        **fields,
    )


def text_of(client, query: str = "", **headers: str) -> str:
    response = client.get(f"/segment/{query}", headers=headers)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_before_the_first_message_the_page_shows_how_to_send_one(alice_client, settings):
    settings.SITE_URL = "https://nps.example.com"

    page = text_of(alice_client)

    assert "Waiting for the first message" in page
    assert "curl -u YOUR_API_KEY: https://nps.example.com/v1/identify" in page
    assert "analytics.host = &quot;" not in page
    assert 'analytics.host = "https://nps.example.com"' in page
    assert 'host: "https://nps.example.com"' in page


def test_the_snippets_send_the_event_that_a_campaign_waits_for(alice_client, campaign):
    campaign.event_name = 'Kate\'s <b> "order"'
    campaign.save()

    page = text_of(alice_client)

    assert r'"Kate\u0027s \u003cb\u003e \"order\""' in page


def test_a_message_says_what_became_of_it(alice_client, account, now):
    message(account, now, verdict=Verdict.THROTTLED, detail="May be asked from 1 February.")

    page = text_of(alice_client)

    assert "Throttled" in page
    assert "May be asked from 1 February." in page
    assert "&quot;total&quot;: 42" in page


def test_a_message_whose_body_is_pruned_says_so(alice_client, account, now):
    message(account, now, body=None)

    assert "The payload is no longer kept." in text_of(alice_client)


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", {1, 2, 3}),
        ("?user=u1", {1, 3}),
        ("?event=Ticket+Solved", {2}),
        ("?verdict=pending", {3}),
        ("?verdict=scheduled", {1}),
        ("?user=u1&verdict=no_campaign", set()),
        ("?event=%00", {1, 2, 3}),
    ],
)
def test_filters_are_exact_and_in_the_address(alice_client, account, now, query, shown):
    message(account, now, 1)
    message(
        account, now, 2, user_id="u2", event="Ticket Solved", verdict=Verdict.NO_CAMPAIGN
    )
    message(account, now, 3, verdict=Verdict.PENDING)

    page = text_of(alice_client, query)

    assert {int(number) for number in re.findall(r"message-(\d)<", page)} == shown


def test_the_page_refreshes_its_list_and_nothing_else(alice_client, account, now):
    message(account, now)

    part = text_of(alice_client, HX_Request="true", HX_Target="segment-live")

    assert "message-1" in part
    assert 'hx-swap-oob="true"' in part
    assert "<html" not in part
    assert 'id="address"' not in part


def test_refreshing_can_be_paused_and_older_pages_stand_still(alice_client, account, now):
    for number in range(51):
        message(account, now, number)

    page = text_of(alice_client)
    older = page.split('rel="next" href="')[1].split('"')[0]

    assert "hx-trigger" in page
    assert "hx-trigger" not in text_of(alice_client, "?live=off")
    assert "hx-trigger" not in text_of(alice_client, older)
    assert "message-0<" in text_of(alice_client, older)


@pytest.mark.parametrize(
    ("accepted", "level"),
    [(0, "normal"), (39_999, "normal"), (40_000, "high"), (50_000, "full")],
)
def test_the_gauge_says_how_much_of_the_day_is_used(
    alice_client, account, now, accepted, level
):
    DailyUsage.objects.create(account=account, day=now.date(), accepted=accepted, refused=3)

    page = text_of(alice_client)

    assert f'data-level="{level}"' in page
    assert f"<strong>{accepted:,}</strong>" in page
    assert "of 50,000" in page
    assert "3 refused today" in page
    assert "2026-11-24T00:00:00Z" in page


def test_yesterday_is_not_todays_quota(alice_client, account):
    DailyUsage.objects.create(account=account, day=date(2026, 11, 22), accepted=50_000)

    assert 'data-level="normal"' in text_of(alice_client)


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


def test_a_stranger_sees_neither_keys_nor_messages(
    charlie_client, account, segment_key, now
):
    message(account, now)
    key = ApiKey.objects.get()

    page = text_of(charlie_client)

    assert key.prefix not in page
    assert "message-1" not in page
    assert charlie_client.post(f"/segment/keys/{key.pk}/revoke/").status_code == 404
    assert Account.objects.count() == 2
