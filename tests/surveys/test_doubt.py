"""A mail that may have left or not: never twice, or at least once, as its account wants."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from campaigns.models import Campaign
from contacts.models import Contact
from contacts.suppression import suppress
from promoter.accounts.models import Account
from surveys.answering.evidence import mail_left
from surveys.erasing import forget_surveys
from surveys.models import SkipReason, Survey, SurveyEmail
from surveys.responding import record_response
from surveys.sending.claiming import Turns, claim_due, lease, sweep_expired
from surveys.sending.pausing import PROBE_AFTER
from surveys.sending.settling import Sent, hand_off, record_sent
from surveys.unsubscribing import unsubscribe
from surveys.withdrawing import Withdrawal, Withdrawn, withdraw
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
        assert hand_off([email], now=clock.now)
        clock.now += lease() + timedelta(seconds=1)
        sweep_expired(now=clock.now)
        deaths += 1
    assert deaths == 3


def test_a_worker_that_was_only_slow_says_that_it_left(
    persistent, campaign, deliver, clock, smtp_sink
):
    """After the sweeper has called it due once more."""
    schedule(campaign, clock.now)
    [email] = claim_due(now=clock.now, turns=Turns())
    assert hand_off([email], now=clock.now)
    clock.now += lease() + timedelta(seconds=1)
    sweep_expired(now=clock.now)
    record_sent([Sent(email, clock.now)])
    until_nothing_is_due(deliver, clock)
    assert statuses() == {Status.SENT: 1}
    assert smtp_sink.envelopes == []


@pytest.mark.parametrize("policy", Account.DeliveryPolicy.values)
def test_an_answer_before_the_worker_is_known_to_be_dead_settles_it(
    account, campaign, deliver, clock, smtp_sink, policy
):
    Account.objects.update(delivery_policy=policy)
    schedule(campaign, clock.now)
    [email] = claim_due(now=clock.now, turns=Turns())
    handed_over = clock.now
    assert hand_off([email], now=clock.now)
    clock.now += lease() / 2
    record_response(survey=email.survey, score=9, comment="", now=clock.now)
    clock.now += lease()
    sweep_expired(now=clock.now)
    until_nothing_is_due(deliver, clock)
    assert smtp_sink.envelopes == []
    assert statuses() == {Status.SENT: 1}
    assert Survey.objects.get().asked_at == handed_over


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


def test_so_it_does_when_the_providers_event_is_faster_than_we(campaign, clock):
    """And the account whose sender was refused sends again: this was its probe."""
    Campaign.objects.update(reminder_after=3)
    [invitation] = schedule(campaign, clock.now)
    SurveyEmail.objects.update(status=Status.UNCERTAIN, sent_at=clock.now)
    invitation.survey.emails.create(
        account=campaign.account, kind=SurveyEmail.Kind.REMINDER, due_at=clock.now
    )
    Account.objects.update(
        sending_paused_at=clock.now - PROBE_AFTER, sending_paused_because="550 no"
    )
    [reminder] = claim_due(now=clock.now, turns=Turns())
    assert hand_off([reminder], now=clock.now)
    mail_left(email=reminder, message_id="theirs-1", at=clock.now, now=clock.now)
    assert SurveyEmail.objects.unsettled().count() == 0
    record_sent([Sent(reminder, clock.now)])
    assert not Account.objects.exclude(sending_paused_at=None).exists()


@pytest.mark.parametrize("status", Campaign.Status.values)
def test_only_a_live_campaigns_mail_is_handed_over(campaign, clock, smtp_sink, status):
    """It may have been paused since the claim."""
    schedule(campaign, clock.now)
    [email] = claim_due(now=clock.now, turns=Turns())
    Campaign.objects.update(status=status)
    handed = hand_off([email], now=clock.now)
    assert (handed == [email]) is (status in Campaign.LIVE)


# --- Called off before its second try ---------------------------------------------------


@pytest.fixture
def doubtful(persistent, campaign, deliver, clock, smtp_sink) -> SurveyEmail:
    """An invitation that may have left at noon and goes once more in ten minutes."""
    Campaign.objects.update(reminder_after=3)
    schedule(campaign, clock.now)
    smtp_sink.drop("dot", keep=True, times=1)
    deliver()
    return SurveyEmail.objects.select_related("survey__contact").get()


def paused(mail, now) -> None:
    Campaign.objects.update(status=Campaign.Status.PAUSED)


def suppressed(mail, now) -> None:
    suppress(account=mail.account, email="person0@example.com", reason="manual", now=now)


def without_an_address(mail, now) -> None:
    Contact.objects.update(email="", address_digest="")


def stopped_elsewhere(mail, now) -> None:
    """Another survey of the same mailbox brings the word: it says nothing of this mail."""
    twin = Contact(account=mail.account, user_id="twin")
    twin.set_email("person0@example.com")
    twin.save()
    other = Survey.objects.create(
        account=mail.account,
        campaign=mail.survey.campaign,
        contact=twin,
        trigger_id="twin",
        address_digest=twin.address_digest,
        triggered_at=now,
        due_at=now,
        asked_at=now,
    )
    unsubscribe(survey=other, now=now)


def withdrawn(mail, now) -> None:
    wish = Withdrawal(mail.survey.campaign, mail.survey.contact)
    found = withdraw(account=mail.account, withdrawals=[wish], now=now)
    assert found == [Withdrawn()]


def erased(mail, now) -> None:
    forget_surveys(contact=mail.survey.contact, now=now)


@pytest.mark.parametrize("is_claimed", [False, True])
@pytest.mark.parametrize(
    ("act", "says", "is_shown"),
    [
        (paused, SkipReason.CAMPAIGN_INACTIVE.label, True),
        (suppressed, SkipReason.SUPPRESSED.label, False),
        (without_an_address, SkipReason.NO_ADDRESS.label, False),
        (stopped_elsewhere, "Unsubscribed", False),
        (withdrawn, SkipReason.WITHDRAWN.label, False),
        (erased, "", False),
    ],
)
def test_what_may_have_left_and_is_called_off_is_uncertain_again(
    doubtful, deliver, clock, smtp_sink, act, says, is_shown, is_claimed
):
    left = clock.now
    clock.now += timedelta(minutes=10)
    if is_claimed:
        claim_due(now=clock.now, turns=Turns())
    act(doubtful, clock.now)
    if is_claimed:
        SurveyEmail.objects.filter(status=Status.SENDING).update(
            status=Status.SCHEDULED, lease_until=None
        )
    deliver()
    doubtful.refresh_from_db()
    assert len(smtp_sink.envelopes) == 1
    assert (doubtful.status, doubtful.error) == (Status.UNCERTAIN, says)
    assert (doubtful.sent_at, doubtful.lease_until) == (left, None)
    # Throttles count on whom it may have asked; nobody must look where nothing is open.
    assert Survey.objects.get(pk=doubtful.survey_id).skip_reason == ""
    assert SurveyEmail.objects.unsettled().exists() is is_shown
    assert SurveyEmail.objects.filter(kind="reminder").exists() is is_shown


def test_another_campaigns_ask_meanwhile_makes_it_uncertain_again(
    doubtful, campaign, deliver, clock, smtp_sink
):
    Survey.objects.create(
        account=campaign.account,
        campaign=campaign,
        contact=doubtful.survey.contact,
        trigger_id="other",
        address_digest=doubtful.survey.address_digest,
        triggered_at=clock.now,
        due_at=clock.now,
        asked_at=clock.now,
    )
    clock.now += timedelta(hours=2)
    deliver()
    doubtful.refresh_from_db()
    assert (doubtful.status, doubtful.error) == (
        Status.UNCERTAIN,
        SkipReason.THROTTLED.label,
    )
    assert SurveyEmail.objects.unsettled().count() == 1


@pytest.mark.parametrize("act", ["answer", "unsubscribe"])
def test_a_word_while_a_worker_holds_the_second_try_proves_the_first(
    doubtful, deliver, clock, smtp_sink, act
):
    left = clock.now
    clock.now += timedelta(minutes=10)
    [email] = claim_due(now=clock.now, turns=Turns())
    if act == "answer":
        record_response(survey=doubtful.survey, score=9, comment="", now=clock.now)
    else:
        unsubscribe(survey=doubtful.survey, now=clock.now)
    assert hand_off([email], now=clock.now) == []
    doubtful.refresh_from_db()
    assert (doubtful.status, doubtful.error, doubtful.sent_at) == (Status.SENT, "", left)
    survey = Survey.objects.get()
    assert (survey.asked_at, survey.skip_reason) == (left, "")


# --- Given up ---------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["refused", "killed"])
def test_what_may_have_left_and_is_given_up_is_uncertain(
    doubtful, deliver, clock, smtp_sink, end
):
    left = clock.now
    smtp_sink.answer("rcpt", "451 4.7.1 later")
    for _ in range(60):
        clock.now += timedelta(hours=4)
        if end == "refused":
            deliver()
        elif claim_due(now=clock.now, turns=Turns()):
            clock.now += lease() + timedelta(seconds=1)
            sweep_expired(now=clock.now)
        doubtful.refresh_from_db()
        if doubtful.status != Status.SCHEDULED:
            break
    assert (doubtful.status, doubtful.sent_at) == (Status.UNCERTAIN, left)
    assert "72 hours" in doubtful.error
    assert SurveyEmail.objects.filter(kind="reminder", status="scheduled").count() == 1
