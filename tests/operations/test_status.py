"""The operators' page: what waits, who works, what is wrong and what to do about it."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns.models import Campaign
from contacts.models import ImportJob
from promoter.accounts.models import Account
from promoter.operations.models import TaskRun, Worker
from promoter.operations.signs import HEARTBEAT
from promoter.webhooks.models import Delivery
from segment_ingest.models import DailyUsage, SegmentMessage
from segment_ingest.quota import utc_day
from surveys.models import CaseMail, ForwardedResponse, SurveyEmail
from tests.rows import make_rows

PAGE = "/admin/status/"
pytestmark = pytest.mark.django_db


def text_of(answer) -> str:
    """What a person reads there, in one line."""
    body = answer.content.decode().partition('id="content-main"')[2]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def test_a_new_installation_at_work_is_well(admin_client, at_work):
    text = text_of(admin_client.get(PAGE))

    assert "All is well" in text
    assert "celery@one just now just now" in text
    assert "Deliver due survey mail 5 s just now 0.50 s 1 0" in text
    assert "Survey mails to be sent 0 – 0 0 0" in text
    assert 'href="/admin/status/"' in admin_client.get("/admin/").content.decode()


def test_only_operators_see_it(alice_client, client, at_work):
    assert alice_client.get(PAGE).status_code == 403
    assert client.get(PAGE).headers["Location"] == f"/sign-in/?next={PAGE}"


def make_trouble(number: int) -> None:
    """One of everything that can go wrong, in an account of its own."""
    now = timezone.now()
    old = now - timedelta(hours=3)
    rows = make_rows(number)
    account = rows[Account]
    of = {"account": account}
    SegmentMessage.objects.filter(**of).update(
        verdict="", processed_at=None, received_at=old, survey=None
    )
    SegmentMessage.objects.create(
        **of, message_id="bad", type="track", timestamp=now, received_at=now,
        processed_at=now, verdict="failed",
    )  # fmt: skip
    SurveyEmail.objects.filter(**of).update(
        status="uncertain", lease_until=None, sent_at=None
    )
    for kind in (ForwardedResponse, CaseMail):
        kind.objects.filter(**of).update(status="waiting", lease_until=None, due_at=old)
    Delivery.objects.filter(**of).update(
        status="failed", lease_until=None, finished_at=now, due_at=old
    )
    ImportJob.objects.filter(**of).update(
        status="failed", lease_until=None, finished_at=now
    )
    Campaign.objects.filter(**of, status__in=Campaign.LIVE).update(
        status="paused", paused_because="burst"
    )
    Account.objects.filter(pk=account.pk).update(
        sending_paused_at=now, sending_paused_because="535 no such user"
    )
    DailyUsage.objects.filter(**of).delete()
    DailyUsage.objects.create(**of, day=utc_day(now), accepted=40_000)


def test_each_trouble_has_its_sentence(admin_client, at_work):
    make_trouble(1)
    TaskRun.objects.filter(task="surveys.tasks.forward_answers").update(
        done_at=timezone.now() - timedelta(hours=5)
    )
    TaskRun.objects.filter(task="segment_ingest.tasks.prune_messages").update(
        failed_at=timezone.now(), error="ZeroDivisionError"
    )
    text = text_of(admin_client.get(PAGE))

    for sentence in (
        "Account 1: no survey mail leaves. The mail server said: 535 no such user",
        "Events to be processed: 1 wait, the oldest for 3 h.",
        "Events to be processed: 1 has failed.",
        "Survey mails to be sent: 1 may have left, or not.",
        "Forwarded responses: 1 wait, the oldest for 3 h.",
        "Case mails: 1 wait, the oldest for 3 h.",
        "Webhooks to be told: 1 has failed.",
        "Import jobs: 1 has failed.",
        "“forward answers” has not been done for 5 h.",
        "“prune old Segment messages” has failed: ZeroDivisionError.",
        "Account 1: 40000 of today’s 50000 events are used.",
        "has paused itself. Its owners have been told",
    ):
        assert sentence in text


def test_silence_is_told_first(admin_client, at_work):
    long_ago = timezone.now() - timedelta(minutes=5)
    TaskRun.objects.filter(task=HEARTBEAT).update(done_at=long_ago)
    assert "The beat is silent (last seen 300 s ago)" in text_of(admin_client.get(PAGE))

    Worker.objects.all().delete()
    text = text_of(admin_client.get(PAGE))
    assert "No worker is at work (never seen): events wait and no mail goes out." in text
    assert "None has shown itself since yesterday." in text


def test_it_costs_the_same_however_much_is_wrong(admin_client, at_work):
    make_trouble(1)
    with CaptureQueriesContext(connection) as few:
        admin_client.get(PAGE)
    for number in range(2, 5):
        make_trouble(number)
    with CaptureQueriesContext(connection) as many:
        admin_client.get(PAGE)

    assert len(many) == len(few) <= 25, len(many)
