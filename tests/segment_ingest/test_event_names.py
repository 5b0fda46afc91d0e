"""Which events a campaign can listen to, by what arrived."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from promoter.accounts.models import Account
from segment_ingest.event_names import event_names
from segment_ingest.models import EventCount
from segment_ingest.tracking_plan import EventSum
from tests.segment_ingest.stored import stored

pytestmark = pytest.mark.django_db

PAGE = "/segment/event-names/"


def arrived(account: Account, event: str, at: datetime, type: str = "track") -> None:  # noqa: A002
    """One more of it, as processing counts."""
    row, _ = EventCount.objects.get_or_create(
        account=account,
        day=at.date(),
        type=type,
        event=event,
        defaults={"last_seen_at": at},
    )
    row.count, row.last_seen_at = row.count + 1, max(row.last_seen_at, at)
    row.save()


def test_names_come_by_how_often_they_arrived(account, now):
    for minutes in range(3):
        arrived(account, "Order Completed", now - timedelta(minutes=minutes))
    arrived(account, "Trial Ended", now - timedelta(days=2))
    assert event_names(account=account, now=now) == [
        EventSum("track", "Order Completed", 3, now, 3),
        EventSum("track", "Trial Ended", 1, now - timedelta(days=2), 1),
    ]


def test_what_a_campaign_cannot_listen_to_is_left_out(account, other_account, now):
    arrived(account, "Long ago", now - timedelta(days=31))
    arrived(account, "", now, type="identify")
    arrived(other_account, "Theirs", now)
    assert event_names(account=account, now=now) == []


def test_names_that_differ_in_capitals_are_two(account, now):
    arrived(account, "Order Completed", now)
    arrived(account, "order completed", now)
    found = {one.event: one.count for one in event_names(account=account, now=now)}
    assert found == {"Order Completed": 1, "order completed": 1}


def test_the_page_works_alone_and_as_a_part(alice_client, account, campaign):
    arrived(account, 'Say "Hi" & <go>', timezone.now())
    page = alice_client.get(PAGE, {"campaign": campaign.pk}).content.decode()
    assert "<html" in page
    part = alice_client.get(
        PAGE, {"campaign": campaign.pk}, headers={"HX-Request": "true"}
    ).content.decode()
    assert "<html" not in part
    assert '<datalist id="event-names">' in part
    link = f"/campaigns/{campaign.pk}/setup/event/?event_name=Say+%22Hi%22+%26+%3Cgo%3E"
    for content in (page, part):
        assert f'href="{link}"' in content
    form = alice_client.get(link).content.decode()
    assert "Say &quot;Hi&quot; &amp; &lt;go&gt;" in form


def test_an_event_s_properties_are_named_as_conditions_name_them(
    alice_client, account, other_account, now
):
    shop = {"name": "Paris", "address": {"city": "Paris"}}
    for number, properties in enumerate(
        [{"plan": "gold", "shop": shop}, {"plan": 1, "products": [{"sku": "a"}]}, None]
    ):
        stored(account, str(number), at=now, body={"properties": properties})
    stored(other_account, "theirs", at=now, body={"properties": {"secret": 1}})
    part = alice_client.get(
        PAGE, {"properties_of": "Order Completed"}, headers={"HX-Request": "true"}
    )
    assert part.context["properties"] == [
        "plan",
        "products.sku",
        "shop.address.city",
        "shop.name",
    ]
    assert '<option value="shop.address.city">' in part.content.decode()


def test_an_account_without_events_is_told_what_to_do(alice_client):
    assert "No track event arrived" in alice_client.get(PAGE).content.decode()


def test_what_is_typed_is_compared_with_what_arrived(alice_client, account, campaign):
    page = f"/segment/event-check/{campaign.pk}/"

    def check(name: str | None = None) -> str:
        query = {} if name is None else {"event_name": name}
        part = alice_client.get(page, query, headers={"HX-Request": "true"})
        return " ".join(part.content.decode().split())

    assert "the campaign waits until it comes" in check()
    now = timezone.now()
    for hours in range(3):
        arrived(account, "Order completed", now - timedelta(hours=hours))
    arrived(account, "Order completed", now - timedelta(days=2))
    near = check()
    assert "Did you mean <code>Order completed</code>? It came 4 times" in near
    assert f"/campaigns/{campaign.pk}/setup/event/?event_name=Order%20completed" in near
    assert "Did you mean" in check(" order-completed ")
    seen = check(" Order completed ")
    assert "Received 4 times in the last 30 days: 1 a day" in seen
    assert f'hx-post="/segment/backtest/{campaign.pk}/line/?event_name=Order' in seen
    assert check("").strip() == ""
    assert "waits until it comes" in check("Something else")
    assert "<html" in alice_client.get(page).content.decode(), "without JavaScript"


def test_a_stranger_learns_nothing(charlie_client, account, campaign, now):
    arrived(account, "Order Completed", timezone.now())
    assert "Order Completed" not in charlie_client.get(PAGE).content.decode()
    assert charlie_client.get(PAGE, {"campaign": campaign.pk}).status_code == 404
    assert charlie_client.get(f"/segment/event-check/{campaign.pk}/").status_code == 404
