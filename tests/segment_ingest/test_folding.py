"""Segment's rules: what an identify and a track of which user come to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from campaigns.models import Campaign, Throttle
from contacts.models import Contact, ContactList, ContactListMembership
from contacts.suppression import suppress
from promoter.accounts.models import ApiKey
from segment_ingest.outcomes import BEFORE
from segment_ingest.processing import process_round
from surveys.models import Survey, SurveyEmail
from tests.segment_ingest.conftest import Segment, contact, process

# --- identify -------------------------------------------------------------------


def test_an_identify_makes_a_contact_with_every_trait(segment, account, verdict):
    traits = {
        "email": "Ada@Example.COM",
        "firstName": "Ada",
        "last_name": "Lovelace",
        "plan": "pro",
        "seats": 3,
        "price": 12.5,
        "trial": False,
        "tags": ["a", "b"],
        "address": {"city": "London"},
        "left": None,
    }
    segment.identify(traits=traits)
    process()
    ada = contact()
    assert ada.account == account
    assert ada.attributes == traits
    assert (ada.email, ada.first_name, ada.last_name) == (
        "Ada@example.com",
        "Ada",
        "Lovelace",
    )
    assert verdict() == "contact_saved"
    catalogue = dict(account.attributes.values_list("name", "type"))
    assert (catalogue["seats"], catalogue["trial"]) == ("number", "boolean")


@pytest.mark.parametrize(
    ("traits", "context", "attributes"),
    [
        ({}, {"timezone": "Asia/Tokyo"}, {"timezone": "Asia/Tokyo"}),
        ({"time_zone": "UTC"}, {"timezone": "Asia/Tokyo"}, {"time_zone": "UTC"}),
        ({"plan": "pro"}, {"timezone": "Etc/Unknown"}, {"plan": "pro"}),
        ({"plan": "pro"}, {"timezone": 9}, {"plan": "pro"}),
        ({}, {"locale": "de-AT"}, {"locale": "de-AT"}),
        ({"language": "fr"}, {"locale": "de-AT"}, {"language": "fr"}),
        ({"plan": "pro"}, {"locale": "xx"}, {"plan": "pro"}),
        ({"plan": "pro"}, {"locale": ["de"]}, {"plan": "pro"}),
    ],
)
def test_zone_and_language_of_the_device_are_kept_unless_the_traits_name_one(
    segment, traits, context, attributes
):
    segment.identify(traits=traits, context=context)
    process()
    assert contact().attributes == attributes


def test_a_second_identify_updates_and_keeps_what_it_does_not_mention(segment):
    segment.identify(traits={"email": "ada@example.com", "plan": "free", "seats": 1})
    segment.identify(traits={"plan": "pro"})
    process()
    ada = contact()
    assert ada.attributes == {"email": "ada@example.com", "plan": "pro", "seats": 1}
    assert ada.email == "ada@example.com"


@pytest.mark.parametrize("at_once", [True, False])
def test_a_changed_address_is_found_under_its_new_digest(segment, account, at_once):
    segment.identify(traits={"email": "old@example.com"})
    if not at_once:
        process()
    segment.identify(traits={"email": "new@example.com"})
    process()
    suppress(account=account, email="new@example.com", reason="manual", now=timezone.now())
    assert contact().email == "new@example.com"
    assert contact().address_digest == account.suppressions.get().address_digest


def test_an_unusable_address_leaves_the_email_and_says_so(segment, verdict):
    segment.identify(traits={"email": "ada@example.com"})
    segment.identify(traits={"email": "a@x.io, b@x.io", "plan": "pro"})
    process()
    assert contact().email == "ada@example.com"
    assert contact().attributes == {"email": "a@x.io, b@x.io", "plan": "pro"}
    assert verdict().startswith("contact_saved: The email address is not usable")


def test_an_identify_without_user_id_keeps_nothing(segment, messages, verdict):
    segment.post("/v1/identify", {"anonymousId": "a", "traits": {"email": "ada@x.io"}})
    process()
    assert verdict() == "no_user_id"
    assert messages.get().body is None
    assert not Contact.objects.exists()


def test_traits_in_the_context_lie_under_the_traits(segment):
    segment.identify(
        traits={"plan": "pro"}, context={"traits": {"plan": "free", "email": "a@x.io"}}
    )
    process()
    assert contact().attributes == {"plan": "pro", "email": "a@x.io"}
    assert contact().email == "a@x.io"


def test_numeric_user_ids_are_text(segment, campaign, verdict):
    segment.post("/v1/identify", {"userId": 42, "traits": {"email": "a@x.io"}})
    segment.post("/v1/track", {"userId": "42", "event": "Order Completed"})
    process()
    assert contact("42").email == "a@x.io"
    assert verdict() == "scheduled"


def test_an_older_identify_that_arrives_late_undoes_nothing(segment):
    segment.identify(traits={"plan": "pro"}, timestamp="2026-11-23T10:00:00Z")
    process()
    segment.identify(traits={"plan": "free", "seats": 1}, timestamp="2026-11-23T09:00:00Z")
    process()
    assert contact().attributes == {"plan": "pro", "seats": 1}


def test_another_account_s_contact_of_the_same_user_id_is_another_person(
    segment, account, other_account, now
):
    key = ApiKey.objects.issue(account=other_account, name="S", now=now)[1]
    segment.identify(traits={"plan": "pro"})
    Segment(key).identify(traits={"plan": "free"})
    process()
    assert other_account.contacts.get().attributes == {"plan": "free"}
    assert account.contacts.get().attributes == {"plan": "pro"}


# --- track ----------------------------------------------------------------------


def test_a_matching_track_of_an_identified_user_schedules_a_survey(
    segment, campaign, messages, verdict
):
    segment.identify(traits={"email": "ada@example.com", "plan": "pro"})
    segment.track(messageId="order-1")
    process()
    survey = Survey.objects.get()
    message = messages.last()
    assert verdict() == "scheduled"
    assert message.survey == survey
    assert (survey.campaign, survey.contact) == (campaign, contact())
    assert (survey.trigger_id, survey.attributes["plan"]) == ("order-1", "pro")
    assert survey.address_digest == contact().address_digest
    assert survey.triggered_at == message.received_at
    email = survey.emails.get()
    assert (email.kind, email.status) == ("invitation", "scheduled")
    assert email.due_at == survey.due_at == message.received_at
    assert list(campaign.contact_list.contacts.all()) == [contact()]


def test_a_delay_counts_from_the_receipt(segment, campaign, messages):
    Campaign.objects.update(delivery_delay=30)
    segment.identify()
    segment.track()
    assert process_round(now=timezone.now()).mail_due is False
    email = SurveyEmail.objects.get()
    assert email.due_at == messages.last().received_at + timedelta(days=30)


def test_without_delay_mail_is_due_at_once(segment, campaign):
    segment.identify()
    segment.track()
    assert process_round(now=timezone.now()).mail_due is True


def test_the_first_valid_event_makes_a_ready_campaign_active(segment, campaign):
    segment.track("Order Completed")
    segment.identify(traits={"email": "ada@example.com"})
    segment.track("Something else")
    process()
    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.READY
    segment.track("Order Completed", messageId="1")
    process()
    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.ACTIVE
    first = campaign.first_event_at
    segment.track("Order Completed", messageId="2")
    process()
    campaign.refresh_from_db()
    assert first is not None
    assert campaign.first_event_at == first


def test_a_track_before_its_identify_sends_nothing_in_one_batch_or_two(
    segment, campaign, verdict
):
    segment.track(messageId="t")
    segment.identify()
    process()
    assert verdict("t") == "not_identified"
    assert not Survey.objects.exists()


@pytest.mark.parametrize(
    "name", ["Order Completed", " Order Completed ", "\tOrder Completed\n"]
)
def test_event_names_match_after_trimming(segment, campaign, verdict, name):
    segment.identify()
    segment.track(name)
    process()
    assert verdict() == "scheduled"


@pytest.mark.parametrize(
    "name", ["order completed", "Order  Completed", "Order Completed!"]
)
def test_event_names_match_exactly(segment, campaign, verdict, name):
    segment.identify()
    segment.track(name)
    process()
    assert verdict() == "no_campaign"


@pytest.mark.parametrize("status", ["draft", "paused", "complete"])
def test_a_campaign_that_is_not_live_asks_nobody(segment, campaign, verdict, status):
    Campaign.objects.update(status=status)
    segment.identify()
    segment.track()
    process()
    assert verdict() == "no_campaign"


def test_a_campaign_of_another_account_does_not_listen(
    segment, campaign, other_account, now
):
    key = ApiKey.objects.issue(account=other_account, name="S", now=now)[1]
    stranger = Segment(key)
    stranger.identify()
    stranger.track()
    process()
    assert other_account.segment_messages.latest("id").verdict == "no_campaign"
    assert not Survey.objects.exists()


def test_an_event_older_than_two_days_surveys_nobody(segment, campaign, verdict):
    now = timezone.now()
    segment.identify()
    segment.track(timestamp=(now - timedelta(hours=48, minutes=1)).isoformat())
    process()
    assert verdict() == "late"
    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.READY
    segment.track(timestamp=(now - timedelta(hours=47, minutes=59)).isoformat())
    process()
    assert verdict() == "scheduled"


def test_a_worker_that_was_down_makes_no_event_late(segment, campaign, verdict):
    with time_machine.travel(datetime(2026, 11, 20, tzinfo=UTC)):
        segment.identify()
        segment.track()
    with time_machine.travel(datetime(2026, 11, 24, tzinfo=UTC)):
        process()
    assert verdict() == "scheduled"


def test_without_an_address_nobody_is_asked(segment, campaign, verdict):
    segment.identify(traits={"plan": "pro"})
    segment.track()
    process()
    assert verdict() == "no_address"
    assert not Survey.objects.exists()


def test_who_unsubscribed_is_not_asked_under_another_spelling(
    segment, campaign, account, verdict
):
    suppress(
        account=account, email="ADA@example.com", reason="unsubscribed", now=timezone.now()
    )
    segment.identify()
    segment.track()
    process()
    assert verdict() == "suppressed"


def test_a_second_event_within_the_throttle_is_throttled(
    segment, campaign, account, verdict
):
    campaign.throttle = Throttle.objects.create(account=account, name="Month", days=30)
    campaign.save()
    with time_machine.travel(datetime(2026, 11, 1, tzinfo=UTC), tick=False):
        segment.identify()
        segment.track(messageId="1")
        segment.track(messageId="2")
        process()
    with time_machine.travel(datetime(2026, 11, 30, 23, 59, tzinfo=UTC), tick=False):
        segment.track(messageId="3")
        process()
    with time_machine.travel(datetime(2026, 12, 1, 0, 0, tzinfo=UTC), tick=False):
        segment.track(messageId="4")
        process()
    found = [verdict("1"), verdict("2"), verdict("3"), verdict("4")]
    assert found == ["scheduled", "throttled", "throttled", "scheduled"]


def test_two_contacts_with_one_mailbox_are_one_person_to_the_throttle(
    segment, campaign, verdict
):
    segment.identify("a", traits={"email": "ada@example.com"})
    segment.identify("b", traits={"email": "Ada@Example.com"})
    segment.track(userId="a")
    process()
    segment.track(userId="b")
    process()
    assert verdict() == "throttled"


def test_every_campaign_that_listens_is_told_of_separately(
    segment, campaign, account, template, now, verdict
):
    twin = Campaign.objects.create(
        account=account,
        name="Twin",
        status=Campaign.Status.READY,
        event_name="Order Completed",
        email_template=template,
        contact_list=ContactList.objects.create(account=account, name="Twins"),
        delivery_delay=60,
        activated_at=now,
    )
    segment.identify()
    segment.track(messageId="1")
    process()
    assert Survey.objects.count() == 2
    assert (
        verdict() == "scheduled: After an order: Survey scheduled; Twin: Survey scheduled"
    )
    Campaign.objects.filter(pk=twin.pk).update(delivery_delay=0)
    segment.track(messageId="2")
    process()
    assert verdict() == "throttled: After an order: Throttled; Twin: Throttled"


def test_an_event_never_starts_a_second_survey_even_after_pruning(
    segment, campaign, messages, verdict
):
    segment.identify()
    with time_machine.travel(datetime(2026, 1, 1, tzinfo=UTC)):
        segment.identify()
        segment.track(messageId="once")
        process()
    messages.delete()
    segment.track(messageId="once")
    process()
    assert verdict() == f"ignored: {BEFORE}"
    assert Survey.objects.count() == 1


def test_a_survey_keeps_the_contact_as_it_was_at_its_event(segment, campaign):
    segment.identify(traits={"email": "ada@example.com", "plan": "free"})
    segment.track()
    segment.identify(traits={"plan": "pro"})
    process()
    assert Survey.objects.get().attributes["plan"] == "free"
    assert contact().attributes["plan"] == "pro"


def test_who_is_in_the_list_already_stays_in_it_once(segment, campaign):
    segment.identify()
    segment.track(messageId="1")
    process()
    SurveyEmail.objects.all().delete()
    Survey.objects.all().delete()
    segment.track(messageId="2")
    process()
    assert ContactListMembership.objects.count() == 1


@pytest.mark.parametrize("kind", ["page", "screen", "group", "alias"])
def test_other_calls_are_stored_and_ignored(segment, verdict, kind):
    segment.post(f"/v1/{kind}", {"userId": "user-42", "name": "Home"})
    assert verdict() == "ignored"
    assert process() == 0
