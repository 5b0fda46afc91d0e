"""Owners hear of a quota that runs out: once at 80 %, once at 100 %, a UTC day."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count

import pytest
import time_machine
from django.utils import timezone

from campaigns.models import Campaign
from promoter.accounts.models import Account, Membership, User
from segment_ingest.counting import count_events
from segment_ingest.models import DailyUsage
from segment_ingest.tasks import tell_owners_of_quotas
from tests.conftest import NOW
from tests.segment_ingest.conftest import process

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock(alice, bob, charlie):
    with time_machine.travel(NOW, tick=False) as travel:
        yield travel


@pytest.fixture
def limit(account):
    def change(events: int) -> None:
        Account.objects.filter(pk=account.pk).update(daily_event_limit=events)

    change(10)
    return change


_numbers = count()


def send(segment, events: int) -> int:
    """Different events, one by one; the status of the last answer."""
    for _ in range(events):
        answer = segment.track("Cart Viewed", messageId=f"cart-{next(_numbers)}")
    return answer.status_code


def subjects(sink) -> list[str]:
    return [mail["Subject"] for mail in sink.mails]


HIGH = "Acme: the quota of Segment events is used to 80 %"
FULL = "Acme: the quota of Segment events is used up"


def test_owners_hear_of_each_line_once(segment, limit, smtp_sink):
    for _ in range(12):
        send(segment, 1)
        tell_owners_of_quotas()
    tell_owners_of_quotas()
    assert subjects(smtp_sink) == [HIGH, FULL]
    # Bob is no owner, Charlie a stranger.
    assert smtp_sink.recipients == ["alice@example.com"] * 2


def test_the_mail_says_what_happened_when_it_ends_and_what_to_turn_off(
    segment, account, campaign, limit, smtp_sink
):
    Account.objects.filter(pk=account.pk).update(time_zone="Europe/Berlin")
    Campaign.objects.update(cancel_event="Order Refunded")
    segment.identify()
    segment.track("Order Completed")
    segment.track("Order Refunded")
    segment.track("<b>Odd</b>")
    send(segment, 10)
    process()
    count_events()
    tell_owners_of_quotas()
    (mail,) = smtp_sink.mails
    text = mail.get_body(("plain",)).get_content()
    assert "All 10 Segment events that Acme may send a day are used up." in text
    assert "It starts anew at 00:00 UTC, which is Tuesday, 24 November 2026, 01:00" in text
    assert "Refused so far: 4." in text
    listed = [line for line in text.splitlines() if line.startswith("- ")]
    assert listed == ["- Cart Viewed: 6 events", "- <b>Odd</b>: 1 event"]
    html = mail.get_body(("html",)).get_content()
    assert "&lt;b&gt;Odd" in html
    assert "/segment/" in html
    assert "/segment/" in text


def test_who_crosses_both_lines_at_once_hears_of_the_second(segment, limit, smtp_sink):
    send(segment, 10)
    tell_owners_of_quotas()
    assert subjects(smtp_sink) == [FULL]


@pytest.mark.parametrize(
    ("limit_of_day", "sent", "told"),
    [(10, 7, []), (10, 8, [HIGH]), (4, 3, []), (9, 7, []), (9, 8, [HIGH]), (1, 1, [FULL])],
)
def test_the_lines_are_exact(segment, limit, smtp_sink, limit_of_day, sent, told):
    limit(limit_of_day)
    send(segment, sent)
    tell_owners_of_quotas()
    assert subjects(smtp_sink) == told


def test_a_raised_limit_takes_more_and_tells_again_the_next_day(
    segment, limit, smtp_sink, clock
):
    send(segment, 11)
    tell_owners_of_quotas()
    limit(20)
    assert send(segment, 1) == 200
    send(segment, 10)
    tell_owners_of_quotas()
    assert subjects(smtp_sink) == [FULL]
    clock.shift(timedelta(days=1))
    send(segment, 20)
    tell_owners_of_quotas()
    assert subjects(smtp_sink) == [FULL, FULL]


def test_a_limit_of_0_refuses_everything_and_tells_nobody(segment, limit, smtp_sink):
    limit(0)
    assert send(segment, 1) == 429
    tell_owners_of_quotas()
    assert smtp_sink.envelopes == []


def test_a_day_that_fills_up_in_its_last_minute_is_told(segment, limit, smtp_sink, clock):
    clock.move_to(datetime(2026, 11, 23, 23, 59, 50, tzinfo=NOW.tzinfo))
    send(segment, 11)
    clock.shift(timedelta(seconds=30))
    tell_owners_of_quotas()
    (mail,) = smtp_sink.mails
    text = mail.get_body(("plain",)).get_content()
    assert "It started anew at 00:00 UTC." in text


def test_what_the_mail_server_does_not_take_goes_out_the_next_time(
    segment, limit, smtp_sink, caplog
):
    send(segment, 8)
    smtp_sink.answer("mail", "451 4.3.0 later", times=1)
    tell_owners_of_quotas()
    assert "was not taken" in caplog.text
    assert DailyUsage.objects.get().told_high_at is None
    tell_owners_of_quotas()
    assert subjects(smtp_sink) == [HIGH]
    assert DailyUsage.objects.get().told_high_at == timezone.now()


def test_only_owners_who_may_sign_in_are_told(segment, account, limit, smtp_sink):
    User.objects.filter(email="alice@example.com").update(is_active=False)
    send(segment, 8)
    tell_owners_of_quotas()
    assert smtp_sink.envelopes == []
    Membership.objects.update(role=Membership.Role.OWNER)
    send(segment, 2)
    tell_owners_of_quotas()
    assert smtp_sink.recipients == ["bob@example.com"]
