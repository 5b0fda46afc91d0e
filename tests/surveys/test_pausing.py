"""A sender that is refused stops its account, and only that, until it may send again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from promoter.accounts.models import Account
from surveys.models import SurveyEmail
from tests.surveys.outbox import schedule, statuses
from tests.surveys.test_pacing import campaign_of

Status = SurveyEmail.Status
REFUSAL = "550 5.7.1 you may not send"


@pytest.fixture
def refused(account, campaign, deliver, clock, smtp_sink) -> Account:
    """The account, after its sender was refused with five mails due."""
    schedule(campaign, clock.now, number=5)
    smtp_sink.answer("mail", REFUSAL)
    deliver()
    account.refresh_from_db()
    return account


def test_a_refused_sender_pauses_the_account_and_costs_no_mail(refused, clock):
    assert (refused.sending_paused_at, refused.sending_paused_because) == (
        clock.now,
        REFUSAL,
    )
    # Due as before, none of them is to blame.
    assert statuses() == {Status.SCHEDULED: 5}
    assert SurveyEmail.objects.due(now=clock.now).count() == 5
    assert not SurveyEmail.objects.exclude(failing_since=None).exists()


def test_a_paused_account_does_not_even_connect(refused, deliver, clock, smtp_sink):
    smtp_sink.reset()
    clock.now += timedelta(minutes=59)
    deliver()
    assert smtp_sink.connections == 0


def test_after_an_hour_one_mail_asks_again(refused, deliver, clock, smtp_sink):
    clock.now += timedelta(hours=1)
    deliver()
    refused.refresh_from_db()
    assert refused.sending_paused_at == clock.now
    clock.now += timedelta(minutes=59)
    smtp_sink.behave()
    deliver()
    assert smtp_sink.envelopes == []


def test_and_when_it_is_taken_the_others_follow(refused, deliver, clock, smtp_sink):
    smtp_sink.behave()
    clock.now += timedelta(hours=1)
    deliver()
    refused.refresh_from_db()
    assert (refused.sending_paused_at, refused.sending_paused_because) == (None, "")
    assert statuses() == {Status.SENT: 5}


def test_other_accounts_mail_goes_on(
    campaign, other_account, deliver, clock, smtp_sink, account
):
    """The refused sender's mails are older, and in the same batch."""
    schedule(campaign, clock.now - timedelta(hours=1), number=30)
    schedule(campaign_of(other_account, campaign), clock.now, number=30, prefix="their")
    smtp_sink.answer("mail", REFUSAL, times=1)
    deliver()
    account.refresh_from_db()
    other_account.refresh_from_db()
    assert account.sending_paused_at == clock.now
    assert other_account.sending_paused_at is None
    theirs = SurveyEmail.objects.filter(account=other_account)
    assert set(theirs.values_list("status", flat=True)) == {Status.SENT}
    # What other connections had under way may have left before the refusal was read.
    ours = SurveyEmail.objects.filter(account=account)
    assert ours.filter(status=Status.SCHEDULED).count() >= 20
    assert ours.exclude(status__in=[Status.SCHEDULED, Status.SENT]).count() == 0


@pytest.mark.parametrize(
    ("reply", "pauses"),
    [
        ("553 5.1.8 no such sender", True),
        ("554 5.7.1 rejected", True),
        # The installation's business: nobody's mail can go.
        ("530 5.7.0 authentication required", False),
        ("503 5.5.1 bad sequence", False),
        ("451 4.3.0 not now", False),
    ],
)
def test_only_a_word_about_the_sender_pauses(
    account, campaign, deliver, clock, smtp_sink, reply, pauses
):
    schedule(campaign, clock.now)
    smtp_sink.answer("mail", reply)
    deliver()
    account.refresh_from_db()
    assert (account.sending_paused_at is not None) == pauses
    assert SurveyEmail.objects.get().error == reply


def test_a_mail_that_is_too_large_is_refused_alone(
    account, campaign, deliver, clock, smtp_sink
):
    schedule(campaign, clock.now, number=2)
    smtp_sink.answer("mail", "552 5.3.4 too large", times=1)
    deliver()
    account.refresh_from_db()
    assert account.sending_paused_at is None
    assert statuses() == {Status.FAILED: 1, Status.SENT: 1}
