"""A mail that may have left or not: never twice, or at least once, as its account wants."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from campaigns.models import Campaign
from promoter.accounts.models import Account
from surveys.claiming import Turns, claim_due, lease, sweep_expired
from surveys.models import Survey, SurveyEmail
from surveys.responding import record_response
from surveys.settling import hand_off
from tests.surveys.outbox import schedule, statuses

Status = SurveyEmail.Status


@pytest.fixture
def persistent(account) -> Account:
    """Alice's account, which would rather send twice than not at all."""
    account.delivery_policy = Account.DeliveryPolicy.AT_LEAST_ONCE
    account.save()
    return account


def until_nothing_is_due(deliver, clock) -> None:
    for _ in range(24):
        deliver()
        clock.now += timedelta(minutes=10)


def test_it_is_tried_twice_more_with_the_same_message_id(
    persistent, campaign, deliver, clock, smtp_sink
):
    Campaign.objects.update(reminder_after=3)
    schedule(campaign, clock.now)
    smtp_sink.drop("dot", keep=True)
    until_nothing_is_due(deliver, clock)
    assert len(smtp_sink.envelopes) == 3
    assert len({mail["Message-ID"] for mail in smtp_sink.mails}) == 1
    # Only now, when nothing more is tried, is it uncertain and its reminder planned.
    assert statuses() == {Status.UNCERTAIN: 1, Status.SCHEDULED: 1}


def test_it_is_tried_once_more_when_that_is_taken(
    persistent, campaign, deliver, clock, smtp_sink
):
    schedule(campaign, clock.now, number=2)
    smtp_sink.drop("dot", times=1, to="person0@example.com")
    until_nothing_is_due(deliver, clock)
    assert Counter(smtp_sink.recipients) == {
        "person0@example.com": 1,
        "person1@example.com": 1,
    }
    assert statuses() == {Status.SENT: 2}


def test_a_dead_workers_handoff_is_tried_twice_more_too(persistent, campaign, clock):
    schedule(campaign, clock.now)
    deaths = 0
    while SurveyEmail.objects.get().status != Status.UNCERTAIN:
        clock.now = max(clock.now, SurveyEmail.objects.get().due_at)
        [email] = claim_due(now=clock.now, turns=Turns())
        assert hand_off(email, previous=None, now=clock.now)
        clock.now += lease() + timedelta(seconds=1)
        sweep_expired(now=clock.now)
        deaths += 1
    assert deaths == 3


def test_an_answer_meanwhile_settles_it(persistent, campaign, deliver, clock, smtp_sink):
    schedule(campaign, clock.now)
    handed_over = clock.now
    smtp_sink.drop("dot", keep=True, times=1)
    deliver()
    survey = Survey.objects.get()
    record_response(survey=survey, score=9, comment="", now=clock.now)
    until_nothing_is_due(deliver, clock)
    assert len(smtp_sink.envelopes) == 1
    email = SurveyEmail.objects.select_related("survey").get()
    assert (email.status, email.error) == (Status.SENT, "")
    assert email.sent_at == email.survey.asked_at == handed_over


def test_the_reminder_settles_an_uncertain_invitation(campaign, deliver, clock, smtp_sink):
    Campaign.objects.update(reminder_after=3)
    schedule(campaign, clock.now)
    smtp_sink.drop("dot", times=1)
    deliver()
    assert SurveyEmail.objects.unsettled().count() == 1
    clock.now += timedelta(days=3)
    deliver()
    assert SurveyEmail.objects.unsettled().count() == 0
    assert statuses() == {Status.UNCERTAIN: 1, Status.SENT: 1}


@pytest.mark.parametrize("status", Campaign.Status.values)
def test_only_a_live_campaigns_mail_is_handed_over(campaign, clock, smtp_sink, status):
    """It may have been paused since the claim."""
    schedule(campaign, clock.now)
    [email] = claim_due(now=clock.now, turns=Turns())
    Campaign.objects.update(status=status)
    handed = hand_off(email, previous=None, now=clock.now)
    assert handed == (status in Campaign.LIVE)
