"""The Segment page: what arrived, and what became of it."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.models import Campaign, Throttle
from segment_ingest.models import DailyUsage, RefusedRequest, SegmentMessage
from surveys.models import Survey
from tests.surveys.asked import kate

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


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("?user=u1", "by_user (account_id=? AND user_id=?"),
        ("?event=Order+Completed", "by_event (account_id=? AND event=?"),
        ("?verdict=pending", "waiting (account_id=? AND verdict=?"),
    ],
)
def test_a_filter_reads_its_own_messages_only(alice_client, account, now, query, index):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL chooses by the number of rows, and here are hardly any.")
    message(account, now)
    with CaptureQueriesContext(connection) as queries:
        text_of(alice_client, query)
    (shown,) = (
        each["sql"]
        for each in queries
        if 'FROM "segment_ingest_segmentmessage"' in each["sql"] and "LIMIT" in each["sql"]
    )
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {shown}")
        plan = str(cursor.fetchall())
    assert f"segment_message_{index}" in plan


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


def test_a_stranger_sees_no_messages(charlie_client, account, now):
    message(account, now)

    assert "message-1" not in text_of(charlie_client)


def test_a_throttled_message_says_from_when_on_its_event_asks_again(
    alice_client, account, campaign, now
):
    campaign.throttle = Throttle.objects.create(account=account, name="90", days=90)
    campaign.delivery_delay = 2
    campaign.save()
    contact = kate(account, user_id="u1")
    Survey.objects.create(
        account=account,
        campaign=campaign,
        contact=contact,
        trigger_id="earlier",
        triggered_at=now - timedelta(days=22),
        due_at=now - timedelta(days=20),
        asked_at=now - timedelta(days=20),
    )
    message(account, now, user_id="u1", verdict=Verdict.THROTTLED)

    page = text_of(alice_client)

    # Asked on 3 November; an event 88 days later is due 90 days later.
    assert re.search(r"Not asked again before <time[^>]*>30 Jan 2027</time>", page)


def test_a_scheduled_message_says_for_when(alice_client, account, campaign, now):
    survey = Survey.objects.create(
        account=account,
        campaign=campaign,
        contact=kate(account),
        trigger_id="message-1",
        triggered_at=now,
        due_at=now + timedelta(days=10),
    )
    message(account, now, survey=survey)

    assert re.search(r"Scheduled for <time[^>]*>3 Dec</time>", text_of(alice_client))


@pytest.mark.parametrize(
    "sent", ["Order  Completed", "order completed", "order_completed", "OrderCompleted!"]
)
def test_a_near_miss_is_shown_as_it_was_sent(alice_client, account, campaign, now, sent):
    message(
        account, now, verdict=Verdict.NO_CAMPAIGN, event=sent.strip(), body={"event": sent}
    )

    page = alice_client.get("/segment/").content.decode()

    assert f"No campaign listens to “{sent}”; did you mean “Order Completed”?" in page


def test_a_near_miss_of_an_event_that_withdraws_is_one_too(
    alice_client, account, campaign, now
):
    Campaign.objects.update(cancel_event="Order Refunded")
    for number, event in enumerate(["order refunded", "Order Refunded"]):
        fields = {"verdict": Verdict.NO_CAMPAIGN, "event": event, "body": None}
        message(account, now, number, **fields)

    page = alice_client.get("/segment/").content.decode()

    assert "did you mean “Order Refunded”? “After an order” waits for that" in page
    assert "Nobody listened to “Order Refunded” then; “After an order” does now." in page


def test_what_was_refused_is_counted_by_reason(alice_client, account, now):
    for hours, count in [(0, 2), (3, 5), (30, 100)]:
        RefusedRequest.objects.create(
            account=account,
            hour=now - timedelta(hours=hours),
            code="signature_failed",
            way_in="Webhooks",
            message="The signature is not ours.",
            count=count,
            last_at=now - timedelta(hours=hours),
        )

    page = text_of(alice_client)

    assert "Signature failed" in page
    assert "7 times" in page
    assert "The signature is not ours." in page
