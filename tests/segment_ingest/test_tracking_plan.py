"""Which events come, who listens, what they cost, and which could be turned off."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from campaigns.models import Campaign
from segment_ingest.models import DailyUsage, EventCount
from segment_ingest.tracking_plan import (
    Audience,
    Cost,
    EventSum,
    Listener,
    near_key,
    percent_words,
    plan_lines,
)
from segment_ingest.usage_chart import BASE, TOP, Day, usage_chart

PAGE = "/segment/events/"
FILE = "/segment/events/turn-off.csv"
AT = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def received(account, event: str, count: int, *, days_ago: int = 0, kind="track") -> None:
    at = timezone.now() - timedelta(days=days_ago)
    EventCount.objects.create(
        account=account,
        day=at.astimezone(UTC).date(),
        type=kind,
        event=event,
        count=count,
        last_seen_at=at,
    )


def page_of(client, **query: str) -> str:
    """The page's text with its tags, on one line."""
    answer = client.get(PAGE, query)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def file_of(client) -> list[list[str]]:
    answer = client.get(FILE)
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def line_of(event: str, *listeners: tuple[str, Listener]):
    cost = Cost(events=100, days=10, limit=50)
    sums = [EventSum("track", event, 20, AT)]
    return plan_lines(sums, audience=Audience.of(listeners), cost=cost)[0]


def listener(*, live: bool = True, withdraws: bool = False) -> Listener:
    status = "Active" if live else "Paused"
    return Listener(1, "After an order", status, live, withdraws)


# --- The arithmetic --------------------------------------------------------------


def test_a_price_is_a_share_of_the_events_and_of_the_days_limit():
    price = line_of("Order Completed").price

    assert (price.share, price.a_day, price.of_limit) == (
        Decimal("0.2"),
        Decimal(2),
        Decimal("0.04"),
    )


def test_an_account_that_may_send_nothing_has_a_page_too():
    price = Cost(events=0, days=1, limit=0).price(0)

    assert (price.share_words, price.limit_words, price.a_day_words) == ("0%", "", "0")


@pytest.mark.parametrize(
    ("share", "words"),
    [
        ("0", "0%"),
        ("0.00001", "<0.1%"),
        ("0.001", "0.1%"),
        ("0.0244", "2.4%"),
        ("0.0999", "10.0%"),
        ("0.605", "61%"),
        ("1", "100%"),
    ],
)
def test_what_is_there_is_never_no_percent(share, words):
    assert percent_words(Decimal(share)) == words


def test_who_listens_to_start_or_to_withdraw_keeps_an_event_on():
    for one in (listener(), listener(withdraws=True)):
        line = line_of("Order Completed", ("Order Completed", one))
        assert list(line.listeners) == [one]
        assert line.caution == ""


def test_a_near_miss_is_named_and_not_matched():
    line = line_of("order  completed", ("Order Completed", listener()))

    assert list(line.listeners) == []
    assert line.caution == (
        "“After an order” waits for “Order Completed”: every character counts."
    )


def test_a_campaign_that_is_not_live_asks_to_look_first():
    line = line_of("Order Completed", ("Order Completed", listener(live=False)))

    assert list(line.listeners) == []
    assert line.caution == "“After an order” (paused) would listen to it."


@given(st.text(max_size=40))
def test_capitals_and_spaces_are_all_that_a_near_miss_overlooks(name):
    assert near_key(name) == near_key(f" {name.casefold()}\t") == near_key(near_key(name))


# --- The chart -------------------------------------------------------------------

COUNTS = st.integers(0, 3_000_000)


@given(st.lists(st.tuples(COUNTS, COUNTS), min_size=1, max_size=31), st.integers(0, 10**6))
def test_every_bar_stays_in_the_drawing_and_none_that_counts_is_missing(counts, limit):
    days = [Day(AT.date() + timedelta(days=n), *pair) for n, pair in enumerate(counts)]

    chart = usage_chart(days, limit=limit)

    for bar in chart.bars:
        assert (bar.height > 0) == (bar.accepted > 0)
        assert (bar.refused_height > 0) == (bar.refused > 0)
        # A bar of one event may rise by its least height above the others'.
        assert TOP - 3 <= bar.refused_y <= bar.y <= BASE
        assert 0 <= bar.x < bar.x + bar.width <= 100
    if chart.limit_y is not None:
        assert TOP <= chart.limit_y <= BASE
    assert chart.refused == sum(day.refused for day in days)


def test_a_day_below_the_limit_ends_below_its_line():
    chart = usage_chart([Day(AT.date(), 40), Day(AT.date(), 100, 20)], limit=100)

    low, full = chart.bars
    assert low.y > chart.limit_y == full.y > full.refused_y


def test_a_limit_far_above_the_days_is_told_in_words_only():
    assert usage_chart([Day(AT.date(), 40)], limit=50_000).limit_y is None


# --- The page --------------------------------------------------------------------

pages = pytest.mark.django_db


@pages
def test_what_nobody_listens_to_is_added_up(alice_client, account, campaign):
    received(account, "Order Completed", 30)
    received(account, "Product Viewed", 45, days_ago=2)
    received(account, "Product Viewed", 5)
    received(account, "Cart Viewed", 10)
    received(account, "", 10, kind="identify")
    received(account, "Long gone", 900, days_ago=31)

    page = page_of(alice_client)

    assert "Turning these 2 events off would save 60% of your events" in page
    assert "20 of 33 events a day" in page
    assert "Long gone" not in page
    assert page.index("Product Viewed") < page.index("Cart Viewed")
    assert "After an order</a>" in page
    assert "Keep contacts up to date" in page


@pages
def test_what_withdraws_a_survey_is_not_turned_off(alice_client, account, campaign):
    Campaign.objects.update(cancel_event="Order Refunded")
    received(account, "Order Refunded", 3)

    page = page_of(alice_client)

    assert "Nothing to turn off" in page
    assert "(withdraws)" in page


@pages
def test_a_near_miss_stands_above_everything(alice_client, account, campaign):
    received(account, "order completed", 3)

    page = page_of(alice_client)

    assert "<code>order completed</code> came 3 times and reached nobody." in page
    assert file_of(alice_client)[1][-1].startswith("“After an order” waits for")


@pages
def test_without_a_live_campaign_nothing_is_advised(alice_client, account):
    received(account, "Order Completed", 3)

    page = page_of(alice_client)

    assert "No campaign is live" in page
    assert "would save" not in page


@pages
def test_calls_of_which_nothing_is_made_are_told_apart(alice_client, account, campaign):
    received(account, "Order Completed", 1)
    received(account, "", 3, kind="page")

    page = page_of(alice_client)

    assert "take another <strong>75%</strong>" in page


@pages
def test_names_beyond_those_counted_singly_are_nothing_to_turn_off(
    alice_client, account, campaign
):
    received(account, "", 5)

    page = page_of(alice_client)

    assert "Other names" in page
    assert "Nothing to turn off" in page
    assert len(file_of(alice_client)) == 1


@pages
def test_the_file_has_them_all_and_no_formula(alice_client, account, campaign):
    received(account, "Order Completed", 80)
    received(account, "=HYPERLINK(1)", 15)
    received(account, "Cart Viewed", 5)

    rows = file_of(alice_client)

    assert rows[0][:4] == ["Event", "Events in 30 days", "Events a day", "Share"]
    assert [row[:4] for row in rows[1:]] == [
        ["'=HYPERLINK(1)", "15", "15.0", "15.00%"],
        ["Cart Viewed", "5", "5.0", "5.00%"],
    ]


@pages
def test_many_names_are_paged_and_found(alice_client, account, campaign):
    for number in range(60):
        received(account, f"Event {number:02}", 100 - number)

    first, last = page_of(alice_client), page_of(alice_client, page="3")
    listed = 'scope="row"> <a class="mono"'
    assert "1–25 of 60" in first and first.count(listed) == 25
    assert "51–60 of 60" in last and last.count(listed) == 10
    assert page_of(alice_client, page="no number").count(listed) == 25

    found = page_of(alice_client, q="event 59")
    assert found.count(listed) == 1
    assert "No event has this in its name" in page_of(alice_client, q="nothing\0")


@pages
def test_usage_is_drawn_and_told(alice_client, account):
    today = timezone.now().astimezone(UTC).date()
    DailyUsage.objects.create(account=account, day=today, accepted=50_000, refused=1_200)
    DailyUsage.objects.create(
        account=account, day=today - timedelta(days=30), accepted=7_777
    )
    received(account, "Order Completed", 1)

    page = page_of(alice_client)

    assert '<td class="number">50,000</td><td class="number">1,200</td>' in page
    assert page.count('class="usage-refused"') == 1
    assert "1,200 were refused in all" in page
    assert "7,777" not in page


@pages
def test_an_account_without_events_is_told_what_to_do(alice_client):
    assert "No events yet" in page_of(alice_client)


@pages
def test_it_costs_the_same_for_three_names_and_for_two_hundred(
    alice_client, account, campaign
):
    received(account, "Order Completed", 1)
    with CaptureQueriesContext(connection) as few:
        page_of(alice_client)
    rows = [
        EventCount(
            account=account,
            day=timezone.now().date() - timedelta(days=day),
            type="track",
            event=f"Event {name}",
            count=7,
            last_seen_at=timezone.now(),
        )
        for day in range(30)
        for name in range(200)
    ]
    EventCount.objects.bulk_create(rows)

    with CaptureQueriesContext(connection) as many:
        page_of(alice_client)

    # Session, user, membership; campaigns, totals, the sums twice, usage.
    assert len(many) == len(few) == 8
    assert not any("segmentmessage" in query["sql"] for query in many)


@pages
def test_a_stranger_learns_nothing(charlie_client, account, campaign):
    received(account, "Order Completed", 3)

    assert "Order Completed" not in page_of(charlie_client)
    assert len(file_of(charlie_client)) == 1
