"""Connect and the live messages in a browser."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from segment_ingest.models import SegmentMessage
from segment_ingest.processing import process_round

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_test_event_is_sent_and_its_verdict_arrives_by_itself(
    sign_in, alice, account, campaign, assert_accessible
):
    page = sign_in(alice)
    page.goto(reverse("segment-connect"))
    assert_accessible(page)
    page.get_by_role("button", name="Send the test event").click()
    page.get_by_text("Answered 200.").wait_for()
    assert page.get_by_text("Waiting", exact=True).count() >= 1

    process_round(now=timezone.now())

    page.locator(".badge", has_text="Scheduled for").wait_for()
    assert_accessible(page)


def test_an_open_message_stays_open_while_others_arrive(sign_in, alice, account, now):
    def arrive(number: int) -> None:
        SegmentMessage.objects.create(
            account=account,
            message_id=f"message-{number}",
            type="page",
            user_id="u1",
            body={"name": f"Page {number}"},
            timestamp=now,
            received_at=now,
            processed_at=now,
            verdict=SegmentMessage.Verdict.IGNORED,
        )

    arrive(1)
    page = sign_in(alice)
    page.goto(reverse("segment"))
    with page.expect_request(lambda request: "segment" in request.url):
        pass
    page.locator(".message summary").click()
    page.get_by_text('"name": "Page 1"').wait_for()
    arrive(2)

    page.get_by_text("Holds still while you read").wait_for()
    assert page.locator(".message").count() == 1

    page.locator(".message summary").click()
    page.get_by_text("Refreshes every 3 s").wait_for()
    page.locator(".message").nth(1).wait_for()
