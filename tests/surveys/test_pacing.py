"""An account's own speed: exact for any number of workers, and nobody else's business."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection as database

from campaigns.models import Campaign
from promoter.accounts.models import Account
from surveys.models import SurveyEmail
from surveys.sending.claiming import BATCH, Turns, claim_due
from surveys.sending.settling import Sent, hand_off, record_sent
from tests.surveys.outbox import schedule, statuses

Status = SurveyEmail.Status
LIMIT_A_MINUTE = 7


@pytest.fixture
def slow(account) -> Account:
    """Alice's account, with a limit."""
    account.mails_per_minute = LIMIT_A_MINUTE
    account.save()
    return account


def campaign_of(account: Account, like: Campaign) -> Campaign:
    return Campaign.objects.create(
        account=account,
        name="Theirs",
        status=Campaign.Status.ACTIVE,
        event_name="x",
        email_template=like.email_template,
        contact_list=like.contact_list,
        activated_at=like.activated_at,
    )


def test_no_minute_sees_more_than_the_limit(slow, campaign, deliver, clock, smtp_sink):
    schedule(campaign, clock.now, number=30)
    start, left = clock.now, []
    while len(smtp_sink.envelopes) < 30:
        before = len(smtp_sink.envelopes)
        assert deliver() is False
        left += [clock.now] * (len(smtp_sink.envelopes) - before)
        clock.now += timedelta(seconds=13)
    for moment in left:
        within = [at for at in left if moment <= at < moment + timedelta(minutes=1)]
        assert len(within) <= LIMIT_A_MINUTE
    # And it is used: 30 mails are 5 minutes' worth, give or take the tick.
    assert clock.now - start < timedelta(minutes=6)


def test_what_a_worker_has_in_hand_counts(slow, campaign, clock):
    schedule(campaign, clock.now, number=30)
    claimed = claim_due(now=clock.now, turns=Turns())
    assert len(claimed) == LIMIT_A_MINUTE
    assert claim_due(now=clock.now, turns=Turns()) == []
    hand_off([claimed[0]], now=clock.now)
    record_sent([Sent(claimed[0], clock.now)])
    assert claim_due(now=clock.now, turns=Turns()) == []


def test_an_account_at_its_limit_keeps_nobody_waiting(
    slow, campaign, other_account, deliver, clock, smtp_sink
):
    schedule(campaign, clock.now - timedelta(hours=1), number=200)
    schedule(campaign_of(other_account, campaign), clock.now, number=60, prefix="their")
    deliver()
    theirs = SurveyEmail.objects.filter(account=other_account)
    assert theirs.filter(status=Status.SENT).count() == 60
    assert statuses()[Status.SENT] == 60 + LIMIT_A_MINUTE


def test_beside_two_thousand_mails_a_single_one_leaves_with_the_first_batch(
    account, campaign, other_account, clock
):
    schedule(campaign, clock.now - timedelta(hours=1), number=2_000)
    schedule(campaign_of(other_account, campaign), clock.now, prefix="their")
    claimed = claim_due(now=clock.now, turns=Turns())
    assert other_account.pk in {email.account_id for email in claimed}
    assert len(claimed) <= BATCH


@pytest.mark.django_db(transaction=True)
def test_the_limit_holds_for_workers_at_the_same_time(slow, campaign, clock):
    schedule(campaign, clock.now, number=100)
    claimed: list[SurveyEmail] = []
    failures: list[BaseException] = []
    start = threading.Barrier(4)

    def work() -> None:
        try:
            start.wait(60)
            for _ in range(5):
                claimed.extend(claim_due(now=clock.now, turns=Turns()))
        except BaseException as error:
            failures.append(error)
        finally:
            database.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert failures == []
    assert len(claimed) == LIMIT_A_MINUTE


INDEXED = {
    "surveys_email_leased": lambda now: SurveyEmail.objects.expired(now=now),
    "surveys_email_left": lambda now: SurveyEmail.objects.filter(
        account=1, sent_at__gt=now
    ),
    "surveys_email_unsettled": lambda now: (
        SurveyEmail.objects.unsettled().filter(account=1).order_by("-due_at", "-pk")
    ),
}


@pytest.mark.django_db
@pytest.mark.parametrize("index", INDEXED)
def test_what_is_asked_often_reads_its_partial_index(index, now):
    if database.vendor == "postgresql":
        # Which of two it takes goes by the number of rows: here it has the one.
        with database.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(
                "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisunique"
                " AND indrelid = 'surveys_surveyemail'::regclass"
            )
            for (other,) in cursor.fetchall():
                if other != index:
                    cursor.execute(f"DROP INDEX {other}")
    assert index in INDEXED[index](now).explain()
