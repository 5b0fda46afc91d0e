"""Triggers into surveys: who is asked, who is not, and what is written."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from campaigns.models import Campaign, Throttle
from contacts.models import Contact, ContactList
from contacts.suppression import suppress
from surveys.models import SkipReason, Survey, SurveyEmail
from surveys.scheduling import Decision, Trigger, free_from, schedule

DAY = timedelta(days=1)


@pytest.fixture
def person(account):
    def make(name: str = "ada", email: str | None = None) -> Contact:
        contact = Contact(account=account, user_id=name)
        contact.set_email(f"{name}@example.com" if email is None else email)
        contact.save()
        return contact

    return make


@pytest.fixture
def ask(account, campaign, now):
    """Trigger the campaign for these contacts, all at once; the decisions."""
    serial = iter(range(1_000_000))

    def run(*contacts: Contact, at=now, of: Campaign = campaign, trigger_id=None):
        triggers = [
            Trigger(
                campaign=of,
                contact=contact,
                trigger_id=trigger_id or f"m-{next(serial)}",
                triggered_at=at,
                email=contact.email,
                address_digest=contact.address_digest,
                attributes=contact.attributes,
            )
            for contact in contacts
        ]
        return schedule(account=account, triggers=triggers, now=at)

    return run


@pytest.fixture
def monthly(account, campaign):
    campaign.throttle = Throttle.objects.create(account=account, name="Month", days=30)
    campaign.save()


@pytest.fixture
def other_campaign(account, template, now):
    return Campaign.objects.create(
        account=account,
        name="Other",
        status=Campaign.Status.ACTIVE,
        event_name="Signed Up",
        email_template=template,
        contact_list=ContactList.objects.create(account=account, name="Other"),
        activated_at=now,
    )


def reasons(decisions: list[Decision]) -> list[str | None]:
    return [decision.skip_reason for decision in decisions]


def test_nothing_to_decide_asks_the_database_nothing(ask, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert ask() == []


def test_a_survey_its_invitation_and_a_place_in_the_list(ask, person, campaign, now):
    ada = person()
    (decision,) = ask(ada)
    survey = Survey.objects.get()
    assert decision == Decision(survey=survey)
    assert (survey.due_at, survey.asked_at, survey.skip_reason) == (now, None, "")
    email = SurveyEmail.objects.get()
    assert (email.survey, email.kind, email.status) == (survey, "invitation", "scheduled")
    assert list(campaign.contact_list.contacts.all()) == [ada]


def test_a_pending_survey_throttles(ask, person, monthly, campaign, now):
    Campaign.objects.update(delivery_delay=60)
    campaign.refresh_from_db()
    ada = person()
    assert reasons(ask(ada, at=now)) == [None]
    assert reasons(ask(ada, at=now + 29 * DAY)) == [SkipReason.THROTTLED]
    assert reasons(ask(ada, at=now + 30 * DAY)) == [None]


def test_a_skipped_survey_does_not_throttle(ask, person, monthly, now):
    ada = person()
    ask(ada)
    Survey.objects.update(skip_reason="suppressed", skipped_at=now)
    assert reasons(ask(ada, at=now + DAY)) == [None]


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_a_survey_given_up_before_it_was_sent_does_not_throttle(
    ask, person, monthly, now, status
):
    ada = person()
    ask(ada)
    SurveyEmail.objects.update(status=status)
    assert reasons(ask(ada, at=now + DAY)) == [None]


def test_a_survey_that_was_sent_throttles_whatever_its_reminder_came_to(
    ask, person, monthly, now
):
    ada = person()
    ask(ada)
    Survey.objects.update(asked_at=now)
    SurveyEmail.objects.update(status="sent", sent_at=now)
    SurveyEmail.objects.create(
        account=ada.account,
        survey=Survey.objects.get(),
        kind="reminder",
        status="cancelled",
        due_at=now,
    )
    assert reasons(ask(ada, at=now + DAY)) == [SkipReason.THROTTLED]


def test_a_survey_is_planned_for_the_next_opening_of_the_window(
    ask, person, campaign, account, now
):
    """Now is Monday noon, and 21:00 in Tokyo."""
    campaign.send_until = time(18)
    ada, yuki = person(), person("yuki")
    yuki.attributes = {"timezone": "Asia/Tokyo"}
    ask(ada, yuki)
    assert [survey.due_at for survey in Survey.objects.order_by("pk")] == [
        now,
        now + timedelta(hours=3),
    ]
    for email in SurveyEmail.objects.select_related("survey"):
        assert email.due_at == email.survey.due_at


def test_throttles_count_planned_mail(ask, person, monthly, campaign, now):
    campaign.send_days = [0]
    ada = person()
    # Tuesday's mail is planned for Monday; 30 days from then are a Wednesday.
    ask(ada, at=now + DAY)
    assert reasons(ask(ada, at=now + 31 * DAY)) == [SkipReason.THROTTLED]
    assert reasons(ask(ada, at=now + 37 * DAY)) == [None]


def test_a_throttled_survey_waits_for_its_turn_where_it_may(
    ask, person, monthly, campaign, now
):
    campaign.throttle.defer_days = 10
    ada = person()
    ask(ada)
    assert reasons(ask(ada, at=now + timedelta(days=19, hours=23))) == ["throttled"]
    [waits] = ask(ada, at=now + 20 * DAY)
    assert waits.survey is not None and waits.survey.due_at == now + 30 * DAY
    # It counts from when it is planned, also in one batch with others.
    assert reasons(ask(ada, at=now + 49 * DAY)) == ["throttled"]
    last, gone = ask(ada, ada, at=now + 51 * DAY)
    assert last.survey is not None and last.survey.due_at == now + 60 * DAY
    assert gone.skip_reason == "throttled"


def test_who_waits_for_a_turn_waits_for_the_window_too(ask, person, monthly, campaign, now):
    campaign.throttle.defer_days = 10
    campaign.send_days = [0]
    ada = person()
    ask(ada)
    # Free from a Wednesday on; the Monday after is within ten days, or it isn't.
    [waits] = ask(ada, at=now + 25 * DAY)
    assert (
        waits.survey is not None and waits.survey.due_at.date().isoformat() == "2026-12-28"
    )
    Survey.objects.filter(pk=waits.survey.pk).delete()
    assert reasons(ask(ada, at=now + 23 * DAY)) == ["throttled"]


def test_the_same_event_may_come_again_as_early_as_it_would_wait(
    ask, person, monthly, campaign, account, now
):
    campaign.throttle.defer_days = 10
    ada = person()
    ask(ada)
    late = Trigger(
        campaign=campaign,
        contact=ada,
        trigger_id="late",
        triggered_at=now + 5 * DAY,
        email=ada.email,
        address_digest=ada.address_digest,
        attributes={},
    )
    assert free_from(account=account, triggers=[late]) == [now + 20 * DAY]
    [waits] = ask(ada, at=now + 20 * DAY)
    assert waits.survey is not None


def test_no_waiting_mends_another_reason(ask, person, monthly, campaign):
    campaign.throttle.defer_days = 10
    nobody = person("nobody", "")
    assert reasons(ask(nobody, nobody)) == ["no_address", "no_address"]


def test_the_floor_holds_over_campaigns_without_a_throttle(
    ask, person, other_campaign, now
):
    ada = person()
    ask(ada)
    soon = now + timedelta(hours=23)
    assert reasons(ask(ada, of=other_campaign, at=soon)) == [SkipReason.THROTTLED]
    assert reasons(ask(ada, of=other_campaign, at=now + DAY)) == [None]


def test_the_throttle_s_scope_decides_over_other_campaigns(
    ask, person, monthly, campaign, other_campaign, now
):
    ada = person()
    ask(ada, of=other_campaign)
    assert reasons(ask(ada, at=now + 2 * DAY)) == [SkipReason.THROTTLED]
    campaign.throttle.scope = Throttle.Scope.CAMPAIGN
    assert reasons(ask(ada, at=now + 2 * DAY)) == [None]


def test_one_mailbox_in_two_contacts_is_one_person_in_one_batch_or_two(
    ask, person, monthly, now
):
    first, second = person("a", "Ada@x.io"), person("b", "ada@X.io")
    assert reasons(ask(first, second)) == [None, SkipReason.THROTTLED]
    third = person("c", "ADA@x.io")
    assert reasons(ask(third, at=now + DAY)) == [SkipReason.THROTTLED]


def test_contacts_without_an_address_do_not_throttle_each_other(ask, person):
    found = reasons(ask(person("a", ""), person("b", "")))
    assert found == [SkipReason.NO_ADDRESS, SkipReason.NO_ADDRESS]


def test_a_new_address_does_not_free_a_contact_from_its_throttle(ask, person, monthly, now):
    ada = person()
    ask(ada)
    ada.set_email("new@example.com")
    ada.save()
    assert reasons(ask(ada, at=now + DAY)) == [SkipReason.THROTTLED]


def test_a_suppression_of_another_account_suppresses_nobody_here(
    ask, person, account, other_account, now
):
    suppress(account=other_account, email="ada@example.com", reason="manual", now=now)
    assert reasons(ask(person())) == [None]
    suppress(account=account, email="bob@example.com", reason="manual", now=now)
    assert reasons(ask(person("bob"))) == [SkipReason.SUPPRESSED]


def test_a_trigger_has_one_survey_for_ever(ask, person, now):
    ada = person()
    ask(ada, trigger_id="once")
    assert ask(ada, trigger_id="once", at=now + 1_000 * DAY) == [Decision()]
    assert ask(person("bob"), person("eve"), trigger_id="twin")[1] == Decision()


@pytest.mark.parametrize("people", [1, 40])
def test_nine_statements_for_any_number(ask, person, people, django_assert_num_queries):
    contacts = [person(f"p{number}") for number in range(people)]
    with django_assert_num_queries(9):
        assert reasons(ask(*contacts)) == [None] * people
