"""One raw Segment request, followed to a report row. Nothing is mocked but the clock.

A real broker, a real Celery worker, a real mail server, a real database; the person in it
only does what a person does: open a mail, press a number, write a word.
"""

from __future__ import annotations

import base64
import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from campaigns.models import Campaign
from contacts.models import Contact
from segment_ingest.models import SegmentMessage
from segment_ingest.tasks import process_inbox
from surveys.models import Response, Survey, SurveyEmail
from surveys.reports import Report
from surveys.selections import Selection
from surveys.tasks import deliver_due_emails
from surveys.windows import Window
from tests.harness.processes import wait_until

RAW = b"""{"batch": [
 {"integrations": {}, "anonymousId": null, "timestamp": "%(at)s",
  "context": {"library": {"name": "analytics-python", "version": "2.4.0"}},
  "type": "identify", "userId": "user-42",
  "messageId": "70a06834-4868-47e8-a143-6ea5afa1e557",
  "traits": {"email": "ada@example.com", "firstName": "Ada", "plan": "pro"}},
 {"integrations": {}, "anonymousId": null, "properties": {"total": 12.5},
  "timestamp": "%(at)s",
  "context": {"library": {"name": "analytics-python", "version": "2.4.0"}},
  "userId": "user-42", "type": "track", "event": "Order Completed",
  "messageId": "918fcd29-e675-4040-8b4d-be756c46fe87"}],
 "sentAt": "%(at)s", "writeKey": "%(key)s"}"""


def post(client: Client, key: str):
    """As segment-analytics-python 2.4.0 sends it, byte for byte but for time and key."""
    at = timezone.now().isoformat(timespec="milliseconds").encode()
    return client.post(
        "/v1/batch",
        RAW % {b"at": at, b"key": key.encode()},
        content_type="application/json",
        headers={"authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode()},
    )


def links(mail) -> list[str]:
    """The addresses in the mail's HTML, as a person's client shows them."""
    html = mail.get_body(("html",)).get_content()
    return [link.replace("&amp;", "&") for link in re.findall(r'href="([^"]+)"', html)]


def press(client: Client, mail, score: int, comment: str):
    """Open the mail's link for this score, and confirm on the page it leads to."""
    link = next(link for link in links(mail) if link.endswith(f"?score={score}"))
    path = re.sub(r"^https?://[^/]+", "", link)
    assert client.get(path).status_code == 200
    assert Response.objects.count() == 0, "opening a link records nothing"
    return client.post(
        path.partition("?")[0], {"score": score, "comment": comment}, follow=True
    )


def test_an_order_becomes_a_mail_an_answer_and_a_number(
    celery_worker, smtp_sink, account, campaign, segment_key, alice_client
):
    answer = post(Client(), segment_key)
    assert answer.status_code == 200, answer.content
    assert answer.json()["success"] is True

    process_inbox.delay()
    wait_until(lambda: len(smtp_sink.envelopes) == 1, what="the survey mail")
    mail = smtp_sink.mails[0]
    assert mail["To"] == "ada@example.com"
    assert mail["Subject"] == "How did we do?"
    assert "Hi Ada, thank you for your order." in mail.get_body(("plain",)).get_content()
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    wait_until(lambda: SurveyEmail.objects.get().status == "sent", what="the mail's record")

    thanks = press(Client(enforce_csrf_checks=True), mail, 9, "Quick & friendly")
    assert "Every answer is read by a person" in thanks.content.decode()

    now = timezone.now()
    day = timedelta(days=1)
    report = Report.of(Selection(account), now=now)
    figures = report.summary(Window(now - day, now + day))
    assert (figures.counts.n, figures.nps) == (1, 100)
    assert (figures.cohort.asked, figures.cohort.answered) == (1, 1)
    page = alice_client.get("/").content.decode()
    assert "Quick &amp; friendly" in page
    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.ACTIVE
    assert campaign.contact_list.contacts.get().user_id == "user-42"
    assert Response.objects.get().attributes["plan"] == "pro"


def test_the_same_request_again_changes_nothing(
    celery_worker, smtp_sink, campaign, segment_key
):
    assert post(Client(), segment_key).status_code == 200
    assert post(Client(), segment_key).status_code == 200
    process_inbox.delay()
    wait_until(lambda: len(smtp_sink.envelopes) == 1, what="the survey mail")
    process_inbox.delay()
    deliver_due_emails.delay()
    wait_until(lambda: not celery_worker.busy(), what="the worker to be idle")
    assert smtp_sink.recipients == ["ada@example.com"]
    assert SegmentMessage.objects.count() == 2
    assert Survey.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_delay_of_seven_days_is_kept_to_the_minute(
    smtp_sink, valkey, campaign, segment_key
):
    Campaign.objects.update(delivery_delay=7)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        assert post(Client(), segment_key).status_code == 200
        process_inbox()
        deliver_due_emails()
        clock.shift(timedelta(days=7, minutes=-1))
        deliver_due_emails()
        assert smtp_sink.envelopes == []
        clock.shift(timedelta(minutes=1))
        deliver_due_emails()
    assert smtp_sink.recipients == ["ada@example.com"]


@pytest.mark.django_db(transaction=True)
def test_who_was_never_identified_is_not_asked(
    smtp_sink, valkey, account, campaign, segment_key
):
    client = Client()
    track = {
        "userId": "nobody", "event": "Order Completed", "messageId": "m-1",
        "timestamp": timezone.now().isoformat(),
    }  # fmt: skip
    answer = client.post(
        "/v1/track", track, content_type="application/json",
        headers={"authorization": f"Bearer {segment_key}"},
    )  # fmt: skip
    assert answer.json() == {"success": True}
    process_inbox()
    deliver_due_emails()
    assert SegmentMessage.objects.get().verdict == SegmentMessage.Verdict.NOT_IDENTIFIED
    assert not Contact.objects.exists()
    assert smtp_sink.envelopes == []
