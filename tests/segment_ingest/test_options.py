"""A campaign's options: holding, conditions, sampling, withdrawing."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from campaigns.models import Campaign
from contacts.models import Contact
from promoter.accounts.models import Account
from segment_ingest.erasing import erase_user
from segment_ingest.holding import let_go
from segment_ingest.models import SegmentMessage
from segment_ingest.processing import process_account
from surveys.models import Survey, SurveyEmail
from surveys.sending.settling import hand_off
from tests.conftest import NOW
from tests.segment_ingest.conftest import contact, process

REFUND = "Order Refunded"


@pytest.fixture(autouse=True)
def clock():
    """Noon, until a test moves it."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def option(campaign: Campaign, **values) -> None:
    Campaign.objects.filter(pk=campaign.pk).update(**values)


def second(campaign: Campaign, **values) -> Campaign:
    """Another live campaign that listens to the same event."""
    fields = {"name": "Second", "delivery_delay": 3, "event_name": campaign.event_name}
    return Campaign.objects.create(
        account=campaign.account,
        status=Campaign.Status.READY,
        email_template=campaign.email_template,
        contact_list=campaign.contact_list,
        activated_at=NOW,
        **fields | values,
    )


def condition(name: str, value: str, of: str = "contact", op: str = "is") -> list[dict]:
    return [{"of": of, "name": name, "op": op, "value": value}]


# --- Hold -----------------------------------------------------------------------


@pytest.mark.parametrize("limit", [1, 2, 500])
@pytest.mark.parametrize("at_once", [True, False])
def test_a_held_event_is_surveyed_when_the_identify_follows(
    segment, campaign, verdict, messages, clock, limit, at_once
):
    option(campaign, hold_hours=6, delivery_delay=2)
    segment.track(messageId="early")
    if not at_once:
        process()
        assert verdict("early") == "held"
        assert messages.get().held_until == NOW + timedelta(hours=6)
        assert not Survey.objects.exists()
    clock.shift(timedelta(hours=6))
    segment.identify()
    segment.track(messageId="next")
    process(limit)
    survey = Survey.objects.get()
    assert verdict("early") == "scheduled"
    assert verdict("next") == "throttled"
    assert survey.triggered_at == NOW
    assert survey.due_at == NOW + timedelta(days=2)
    assert messages.get(message_id="early").survey == survey
    assert messages.get(message_id="early").held_until is None
    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.ACTIVE


def test_without_the_option_the_seed_s_rule_holds(segment, campaign, verdict):
    segment.track(messageId="early")
    segment.identify()
    process()
    assert verdict("early") == "not_identified"


def test_an_identify_that_comes_too_late_brings_no_survey(
    segment, campaign, verdict, clock
):
    option(campaign, hold_hours=6)
    segment.track(messageId="early")
    process()
    clock.shift(timedelta(hours=6, seconds=1))
    segment.identify()
    process()
    assert verdict("early") == "not_identified"
    assert not Survey.objects.exists()


def test_held_events_run_out_once_the_inbox_is_read(segment, campaign, verdict, clock):
    option(campaign, hold_hours=1)
    segment.track(messageId="forgotten")
    segment.track(messageId="in time", userId="late")
    process()
    clock.shift(timedelta(minutes=59))
    segment.identify("late", traits={"email": "late@example.com"})
    # No worker looked for two hours. The identify counts by its receipt.
    clock.shift(timedelta(hours=2))
    let_go(now=timezone.now())
    process()
    let_go(now=timezone.now())
    assert verdict("in time") == "scheduled"
    assert verdict("forgotten") == "not_identified: No identify came in time."


def test_each_campaign_holds_as_long_as_it_says(segment, campaign, verdict, clock):
    option(campaign, hold_hours=1)
    patient = second(campaign, hold_hours=24)
    segment.track(messageId="early")
    process()
    clock.shift(timedelta(hours=5))
    segment.identify()
    process()
    assert Survey.objects.get().campaign == patient
    assert verdict("early") == (
        "scheduled: After an order: Not identified before; Second: Survey scheduled"
    )
    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.READY


def test_who_does_not_hold_asks_nobody_identified_a_moment_later(segment, campaign):
    patient = second(campaign, hold_hours=1)
    track = {"type": "track", "event": "Order Completed"}
    identify = {"type": "identify", "traits": {"email": "ada@example.com"}}
    segment.batch({**track, "userId": "u"}, {**identify, "userId": "u"})
    process()
    assert Survey.objects.get().campaign == patient


def test_an_event_that_is_too_old_is_not_held(segment, campaign, verdict):
    option(campaign, hold_hours=24)
    segment.track(timestamp=(NOW - timedelta(days=3)).isoformat())
    process()
    assert verdict() == "not_identified"


def test_what_an_erased_person_did_is_not_held(segment, campaign, account, verdict):
    option(campaign, hold_hours=24)
    segment.track(messageId="early")
    process()
    erase_user(account=account, user_id="user-42", at=NOW, now=NOW)
    segment.identify(timestamp=(NOW + timedelta(minutes=1)).isoformat())
    process()
    assert verdict("early") == "ignored: The person was erased."
    assert Contact.objects.exists()
    assert not Survey.objects.exists()


@pytest.mark.parametrize("people", [2, 40])
def test_releasing_costs_the_same_statements_however_many_people(
    segment, campaign, account, clock, django_assert_max_num_queries, people
):
    option(campaign, hold_hours=6, cancel_event=REFUND)
    for number in range(people):
        segment.track(userId=str(number))
        clock.shift(timedelta(seconds=1))
    with django_assert_max_num_queries(40) as holding:
        process_account(account_id=account.pk, now=timezone.now())
    clock.shift(timedelta(hours=1))
    for number in range(people):
        segment.identify(str(number), traits={"email": f"{number}@example.com"})
        segment.track(REFUND, userId=str(number))
    with django_assert_max_num_queries(40) as releasing:
        process_account(account_id=account.pk, now=timezone.now())
    assert Survey.objects.filter(skip_reason="withdrawn").count() == people
    found = [
        len([each for each in step.captured_queries if "INSERT" not in each["sql"]])
        for step in (holding, releasing)
    ]
    assert found == [7, 28]


# --- Conditions and sample --------------------------------------------------------


def test_conditions_read_the_event_and_the_contact_as_it_was_then(
    segment, campaign, verdict
):
    option(
        campaign,
        conditions=condition("plan", "gold")
        + condition("revenue", "100", of="event", op="at_least"),
    )
    segment.identify(traits={"email": "ada@example.com", "plan": "free"})
    segment.track(messageId="free", properties={"revenue": 200})
    segment.identify(traits={"plan": "Gold"})
    segment.track(messageId="small", properties={"revenue": 99.5})
    process()
    assert verdict("free") == "conditions: After an order: “plan is gold” did not hold"
    assert verdict("small") == (
        "conditions: After an order: “revenue is at least 100” did not hold"
    )
    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.READY

    segment.track(messageId="big", properties={"revenue": "100.00"})
    process()
    assert verdict("big") == "scheduled"
    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.ACTIVE


def test_with_several_campaigns_each_says_its_own(segment, campaign, verdict):
    option(campaign, conditions=condition("plan", "gold"))
    second(campaign)
    segment.identify()
    segment.track()
    process()
    assert verdict() == (
        "scheduled: After an order: “plan is gold” did not hold; Second: Survey scheduled"
    )


def test_a_condition_may_name_what_only_the_contact_s_columns_have(
    segment, campaign, account, verdict
):
    option(campaign, conditions=condition("email", "@example.com", op="contains"))
    imported = Contact(account=account, user_id="user-42")
    imported.set_email("ada@example.com")
    imported.save()
    segment.track()
    process()
    assert verdict() == "scheduled"


def test_a_sample_asks_about_its_share_and_the_first_event_counts(
    segment, campaign, verdict, messages
):
    option(campaign, sample_percent=1)
    segment.identify()
    for number in range(20):
        segment.track(messageId=f"{campaign.pk}-{number}")
    process()
    out = messages.filter(verdict="sampled_out")
    assert out.count() >= 15
    assert out[0].detail == "After an order: asks about 1 % of its events"
    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.ACTIVE


# --- Cancel event -----------------------------------------------------------------


@pytest.mark.parametrize("limit", [1, 2, 3, 500])
def test_a_cancel_event_withdraws_what_was_triggered_before_it(
    segment, campaign, verdict, limit
):
    option(campaign, cancel_event=REFUND, delivery_delay=3)
    segment.identify()
    segment.track(REFUND, messageId="nothing yet")
    segment.track(messageId="first")
    segment.track(REFUND, messageId="refund")
    segment.track(messageId="second")
    segment.track(REFUND, messageId="again")
    segment.track(REFUND, messageId="once more")
    segment.track(messageId="third")
    process(limit)
    assert verdict("nothing yet") == "ignored: There was no survey to withdraw."
    # Withdrawn, it makes room under the throttle.
    assert [verdict(each) for each in ("first", "second", "third")] == ["scheduled"] * 3
    assert verdict("refund") == "withdrew: After an order: 1 survey withdrawn"
    assert verdict("again") == "withdrew: After an order: 1 survey withdrawn"
    assert verdict("once more") == "ignored: There was no survey to withdraw."
    states = {
        survey.trigger_id: (survey.skip_reason, survey.emails.get().status)
        for survey in Survey.objects.all()
    }
    assert states == {
        "first": ("withdrawn", "cancelled"),
        "second": ("withdrawn", "cancelled"),
        "third": ("", "scheduled"),
    }


def test_nobody_else_s_survey_and_no_other_campaign_s_is_withdrawn(
    segment, campaign, verdict
):
    option(campaign, cancel_event=REFUND)
    second(campaign)
    segment.identify()
    segment.identify("user-43", traits={"email": "grace@example.com"})
    segment.track()
    segment.track(userId="user-43")
    segment.track(REFUND)
    process()
    withdrawn = Survey.objects.exclude(skip_reason="")
    assert [(each.campaign, each.contact) for each in withdrawn] == [
        (campaign, contact("user-42"))
    ]


def test_one_event_may_start_one_campaign_and_withdraw_from_another(
    segment, campaign, verdict
):
    option(campaign, cancel_event=REFUND, delivery_delay=3)
    second(campaign, event_name=REFUND, delivery_delay=9)
    segment.identify()
    segment.track()
    segment.track(REFUND)
    process()
    assert verdict() == (
        "scheduled: Second: Survey scheduled; After an order: 1 survey withdrawn"
    )


def test_what_a_held_event_started_a_held_cancel_event_withdraws(
    segment, campaign, verdict
):
    option(campaign, cancel_event=REFUND, hold_hours=6)
    segment.track(messageId="first")
    segment.track(REFUND, messageId="refund")
    process()
    segment.track(messageId="second")
    segment.identify()
    process()
    assert verdict("first") == "scheduled"
    assert verdict("refund") == "withdrew: After an order: 1 survey withdrawn"
    assert verdict("second") == "scheduled"
    assert Survey.objects.get(skip_reason="").trigger_id == "second"


def test_a_cancel_event_of_long_ago_withdraws_nothing(segment, campaign, verdict):
    option(campaign, cancel_event=REFUND)
    segment.identify()
    segment.track()
    segment.track(REFUND, timestamp=(NOW - timedelta(days=3)).isoformat())
    process()
    assert verdict() == "late"
    assert Survey.objects.get().skip_reason == ""


def test_mail_that_was_sent_stays_and_its_reminder_is_withdrawn(segment, campaign, verdict):
    option(campaign, cancel_event=REFUND)
    segment.identify()
    segment.track()
    process()
    survey = Survey.objects.get()
    survey.emails.update(status=SurveyEmail.Status.SENT, sent_at=NOW)
    Survey.objects.update(asked_at=NOW)
    reminder = SurveyEmail.objects.create(
        account=survey.account,
        survey=survey,
        kind=SurveyEmail.Kind.REMINDER,
        due_at=NOW + timedelta(days=3),
    )
    segment.track(REFUND)
    process()
    survey.refresh_from_db()
    reminder.refresh_from_db()
    assert verdict() == "withdrew: After an order: 1 reminder withdrawn"
    assert survey.skip_reason == ""
    assert (reminder.status, reminder.error) == ("cancelled", "Withdrawn by a later event")


@pytest.mark.parametrize(
    ("handed", "expected"),
    [
        (False, "withdrew: After an order: 1 survey withdrawn"),
        (True, "ignored: There was no survey to withdraw."),
    ],
)
def test_a_worker_that_has_claimed_the_mail_loses_it_until_it_hands_it_over(
    segment, campaign, verdict, handed, expected
):
    option(campaign, cancel_event=REFUND)
    segment.identify()
    segment.track()
    process()
    email = SurveyEmail.objects.select_related("survey").get()
    SurveyEmail.objects.update(
        status=SurveyEmail.Status.SENDING, lease_until=NOW + timedelta(minutes=5)
    )
    if handed:
        assert hand_off([email], now=NOW)
    segment.track(REFUND)
    process()
    assert verdict() == expected
    if not handed:
        assert not hand_off([email], now=NOW)


def test_the_options_of_one_account_touch_no_other(segment, campaign, other_account):
    option(campaign, cancel_event=REFUND)
    stranger = Account.objects.get(pk=other_account.pk)
    SegmentMessage.objects.create(
        account=stranger,
        message_id="theirs",
        type="track",
        user_id="user-42",
        event="Order Completed",
        body={},
        timestamp=NOW,
        received_at=NOW,
        processed_at=NOW,
        verdict="held",
        held_until=NOW + timedelta(hours=1),
    )
    segment.identify()
    process()
    assert SegmentMessage.objects.get(account=stranger).verdict == "held"
