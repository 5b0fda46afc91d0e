"""A contact list becomes surveys: each member once, or again and again."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Campaign, Throttle
from contacts.models import Contact, ContactListMembership
from contacts.suppression import suppress
from surveys.asking import enrolling
from surveys.models import Survey, SurveyEmail
from surveys.responding import record_response
from surveys.sending.transport import close_kept_connection
from surveys.tasks import (
    complete_finished_campaigns,
    deliver_due_emails,
    enrol_list_members,
)
from tests.conftest import NOW
from tests.surveys.asked import ask
from tests.surveys.lists import join, list_campaign, people

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
BEFORE = NOW - DAY


@pytest.fixture(autouse=True)
def clock(valkey):
    with time_machine.travel(NOW, tick=False) as travel:
        yield travel


@pytest.fixture(autouse=True)
def _hang_up():
    yield
    close_kept_connection()


@pytest.fixture
def to_list(account, campaign):
    """A ready campaign of the kind to a list with these people; the campaign."""

    def make(names, kind="one_time", *, at=BEFORE, **columns) -> Campaign:
        join(campaign.contact_list, people(account, names), at=at)
        return list_campaign(campaign, kind, **columns)

    return make


def standing() -> dict[str, str]:
    """userId -> the reason for not asking, or "asked", for the latest turn of each."""
    rows = Survey.objects.order_by("pk").select_related("contact")
    return {row.contact.user_id: row.skip_reason or "asked" for row in rows}


def dues(campaign: Campaign) -> list[datetime]:
    surveys = Survey.objects.filter(campaign=campaign, skip_reason="")
    return list(surveys.order_by("pk").values_list("due_at", flat=True))


def turns_of(name: str) -> list[Survey]:
    return list(Survey.objects.filter(contact__user_id=name).order_by("pk"))


# --- One time -----------------------------------------------------------------------


def test_everybody_in_the_list_is_asked_once_by_mail(to_list, smtp_sink):
    campaign = to_list(["ada", "bea", "cat"])

    enrol_list_members()
    enrol_list_members()
    deliver_due_emails()

    assert sorted(smtp_sink.recipients) == [
        f"{name}@example.com" for name in ("ada", "bea", "cat")
    ]
    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.ACTIVE
    assert campaign.first_event_at == campaign.enrolled_at == NOW


def test_whoever_is_not_asked_has_a_reason_on_the_campaign_page(
    account, to_list, template, alice_client
):
    throttle = Throttle.objects.create(account=account, name="Month", days=30)
    campaign = to_list(["ada", "-bea", "cat", "dot"], throttle=throttle)
    suppress(account=account, email="cat@example.com", reason="manual", now=BEFORE)
    other = Campaign.objects.create(
        account=account,
        name="Other",
        status="active",
        event_name="Order Completed",
        email_template=template,
        contact_list=campaign.contact_list,
        activated_at=BEFORE,
    )
    ask(Contact.objects.get(user_id="dot"), other, NOW - 3 * DAY)
    Survey.objects.update(campaign=other)

    enrol_list_members()

    assert standing() == {
        "ada": "asked",
        "-bea": "no_address",
        "cat": "suppressed",
        "dot": "throttled",
    }
    page = alice_client.get(f"/campaigns/{campaign.pk}/").content.decode()
    assert "not asked: no usable email address" in page
    assert "not asked: asked too recently" in page
    assert SurveyEmail.objects.filter(survey__campaign=campaign).count() == 1


def test_two_contacts_with_one_address_get_one_mail(account, to_list):
    to_list(["ada"])
    twin = Contact(account=account, user_id="twin")
    twin.set_email("ada@example.com")
    twin.save()
    join(Campaign.objects.get().contact_list, [twin], at=BEFORE)

    enrol_list_members()

    assert standing() == {"ada": "asked", "twin": "throttled"}


def test_it_waits_for_its_date_and_takes_who_is_in_the_list_then(account, to_list, clock):
    campaign = to_list(["ada"], start_at=NOW + 2 * DAY)
    enrol_list_members()
    assert standing() == {}

    join(campaign.contact_list, people(account, ["bea"]), at=NOW + DAY)
    clock.move_to(NOW + 2 * DAY)
    join(campaign.contact_list, people(account, ["late"]), at=NOW + 2 * DAY + DAY)
    enrol_list_members()
    clock.move_to(NOW + 4 * DAY)
    enrol_list_members()

    assert standing() == {"ada": "asked", "bea": "asked"}


def test_a_spread_is_even_and_stays_so_when_others_join(account, to_list):
    campaign = to_list([f"p{n:02}" for n in range(10)], spread_days=5)
    enrolling.enrol_round(now=NOW, limit=3)
    join(
        campaign.contact_list, people(account, ["x", "y", "z"]), at=NOW + timedelta(hours=1)
    )

    enrol_list_members()

    assert dues(campaign) == [NOW + n * DAY / 2 for n in range(10)]


def test_somebody_unsubscribed_before_their_day_is_not_mailed(
    account, to_list, clock, smtp_sink
):
    to_list(["ada", "bea"], spread_days=2)
    enrol_list_members()
    suppress(account=account, email="bea@example.com", reason="unsubscribed", now=NOW)
    clock.move_to(NOW + DAY)

    deliver_due_emails()

    assert smtp_sink.recipients == ["ada@example.com"]
    assert standing() == {"ada": "asked", "bea": "suppressed"}


def test_who_was_taken_out_of_the_list_before_their_day_is_not_mailed(
    to_list, clock, alice_client, smtp_sink
):
    """Nobody loses their place who was put back in time, or was asked already."""
    campaign = to_list(["ada", "bea", "cid"], spread_days=3)
    Campaign.objects.filter(pk=campaign.pk).update(reminder_after=3)
    enrol_list_members()
    deliver_due_emails()
    members = ContactListMembership.objects.order_by("pk")
    ids = list(members.values_list("contact_id", flat=True))
    page = reverse("contact-list-remove", args=[campaign.contact_list_id])
    alice_client.post(page, {"contact": ids})
    back = reverse("contact-lists-join", args=[ids[2]])
    alice_client.post(back, {"list": campaign.contact_list_id})

    for days in (1, 2, 3):
        clock.move_to(NOW + days * DAY)
        deliver_due_emails()

    sent = [f"{name}@example.com" for name in ("ada", "cid", "ada")]
    assert smtp_sink.recipients == sent, "the last one is the reminder"
    assert standing() == {"ada": "asked", "bea": "left_list", "cid": "asked"}
    page = alice_client.get(reverse("campaign", args=[campaign.pk])).text
    assert "<strong>1</strong> not asked: taken out of the list" in page


def test_a_large_list_is_no_burst(to_list, settings):
    settings.SURVEY_BURST_FLOOR = 2
    campaign = to_list([f"p{n}" for n in range(20)])

    enrol_list_members()

    campaign.refresh_from_db()
    assert (campaign.status, len(dues(campaign))) == ("active", 20)


def test_pausing_stops_it_and_loses_nobody(to_list, clock, alice_client, smtp_sink):
    campaign = to_list(["ada", "bea"], spread_days=2)
    enrol_list_members()
    deliver_due_emails()
    alice_client.post(reverse("campaign-pause", args=[campaign.pk]))
    clock.move_to(NOW + DAY + timedelta(hours=1))
    deliver_due_emails()
    assert smtp_sink.recipients == ["ada@example.com"]

    alice_client.post(reverse("campaign-resume", args=[campaign.pk]))
    clock.shift(timedelta(minutes=10))
    deliver_due_emails()

    assert smtp_sink.recipients == ["ada@example.com", "bea@example.com"]


@pytest.mark.parametrize("status", ["draft", "paused", "complete"])
def test_a_campaign_that_is_not_live_enrols_nobody(to_list, status):
    to_list(["ada"], status=status)

    enrol_list_members()

    assert standing() == {}


def test_one_lists_trouble_is_not_anothers(account, to_list, template, now):
    first = to_list(["ada"])
    second = Campaign.objects.create(
        account=account,
        kind="one_time",
        name="Second",
        status="ready",
        email_template=template,
        contact_list=first.contact_list,
        activated_at=now,
    )
    # Its members' days end beyond the calendar: every batch of it fails.
    doomsday = datetime.max.replace(tzinfo=now.tzinfo) - DAY
    join(first.contact_list, people(account, ["zoe"]), at=BEFORE)
    Campaign.objects.filter(pk=first.pk).update(spread_days=365, activated_at=doomsday)

    enrol_list_members()

    assert set(Survey.objects.values_list("campaign", flat=True)) == {second.pk}


# --- Its end ------------------------------------------------------------------------


def test_it_is_complete_when_mails_and_reminders_are_settled(to_list, clock, smtp_sink):
    campaign = to_list(["ada", "bea"], reminder_after=3)

    def status() -> str:
        complete_finished_campaigns()
        return Campaign.objects.get(pk=campaign.pk).status

    assert status() == "ready"
    enrol_list_members()
    assert status() == "active"
    deliver_due_emails()
    assert status() == "active"
    survey = turns_of("ada")[0]
    record_response(survey=survey, score=9, comment="", now=timezone.now())
    clock.shift(3 * DAY)
    assert status() == "active"
    deliver_due_emails()
    assert smtp_sink.recipients.count("bea@example.com") == 2
    assert status() == "complete"


@pytest.mark.parametrize("state", ["uncertain", "failed"])
def test_it_waits_for_who_must_decide_on_a_mail(to_list, state):
    campaign = to_list(["ada"])
    enrol_list_members()
    SurveyEmail.objects.update(status=state)

    complete_finished_campaigns()
    campaign.refresh_from_db()
    assert campaign.status == "active"

    SurveyEmail.objects.update(left_at=NOW)
    complete_finished_campaigns()
    campaign.refresh_from_db()
    assert campaign.status == "complete"


def test_a_list_of_nobody_completes(to_list):
    campaign = to_list([])
    enrol_list_members()
    complete_finished_campaigns()
    campaign.refresh_from_db()
    assert campaign.status == "complete"


def test_other_kinds_never_complete_by_themselves(campaign, to_list):
    to_list([], "recurring")
    enrol_list_members()
    complete_finished_campaigns()
    campaign.refresh_from_db()
    assert campaign.status == "ready"


# --- Recurring ----------------------------------------------------------------------


def test_each_is_asked_again_at_their_own_pace(to_list, clock, smtp_sink):
    to_list(["ada", "bea"], "recurring", repeat_days=30, spread_days=2)
    enrol_list_members()
    for day in range(1, 64):
        clock.move_to(NOW + day * DAY)
        deliver_due_emails()
        enrol_list_members()
        deliver_due_emails()

    assert [survey.asked_at - NOW for survey in turns_of("ada")] == [
        DAY,
        31 * DAY,
        61 * DAY,
    ]
    assert [survey.asked_at - NOW for survey in turns_of("bea")] == [
        DAY,
        31 * DAY,
        61 * DAY,
    ]
    assert len(smtp_sink.recipients) == 6


def test_who_joins_later_is_asked_with_the_next_look(account, to_list, clock):
    campaign = to_list(["ada"], "recurring")
    enrol_list_members()
    join(campaign.contact_list, people(account, ["bea"]), at=NOW + DAY)
    clock.move_to(NOW + DAY + timedelta(minutes=2))

    enrol_list_members()

    (survey,) = turns_of("bea")
    assert survey.due_at == NOW + DAY + timedelta(minutes=2)


def test_who_has_left_the_list_is_not_asked_again_until_they_are_back(
    account, to_list, clock
):
    campaign = to_list(["ada"], "recurring", repeat_days=30)
    ada = Contact.objects.get()
    enrol_list_members()
    ContactListMembership.objects.all().delete()
    clock.move_to(NOW + 31 * DAY)
    enrol_list_members()
    assert len(turns_of("ada")) == 1

    join(campaign.contact_list, [ada], at=NOW + 31 * DAY)
    clock.move_to(NOW + 32 * DAY)
    enrol_list_members()
    enrol_list_members()
    assert [survey.trigger_id for survey in turns_of("ada")] == [
        f"recurring:{ada.pk}:1",
        f"recurring:{ada.pk}:2",
    ]


def test_the_throttle_is_for_the_first_ask_and_the_floor_for_all(
    account, to_list, template, clock, smtp_sink
):
    throttle = Throttle.objects.create(account=account, name="Long", days=300)
    campaign = to_list(["ada", "bea"], "recurring", repeat_days=30, throttle=throttle)
    enrol_list_members()
    deliver_due_emails()
    other = Campaign.objects.create(
        account=account,
        name="Other",
        status="active",
        event_name="Order Completed",
        email_template=template,
        contact_list=campaign.contact_list,
        activated_at=BEFORE,
    )
    ask(Contact.objects.get(user_id="bea"), other, NOW + 30 * DAY - timedelta(hours=2))
    clock.move_to(NOW + 30 * DAY)

    enrol_list_members()
    deliver_due_emails()

    assert smtp_sink.recipients.count("ada@example.com") == 2
    assert smtp_sink.recipients.count("bea@example.com") == 1
    assert standing()["bea"] == "throttled"


def test_a_late_mail_moves_the_next_one(to_list, clock, smtp_sink):
    to_list(["ada"], "recurring", repeat_days=30)
    enrol_list_members()
    clock.move_to(NOW + 10 * DAY)
    deliver_due_emails()
    clock.move_to(NOW + 31 * DAY)
    enrol_list_members()

    assert turns_of("ada")[1].due_at == NOW + 40 * DAY


def test_a_shorter_pace_finds_whose_turn_has_come(to_list, alice, client, clock):
    campaign = to_list(["ada"], "recurring", repeat_days=90)
    enrol_list_members()
    clock.move_to(NOW + 45 * DAY)
    enrol_list_members()
    assert len(turns_of("ada")) == 1

    client.force_login(alice)
    client.post(
        reverse("campaign-setup-step", args=[campaign.pk, "when"]), {"repeat_days": "30"}
    )
    enrol_list_members()

    assert len(turns_of("ada")) == 2


# --- How it goes about it -------------------------------------------------------------


def test_another_batch_goes_on_behind_the_last(to_list):
    to_list([f"p{n}" for n in range(7)], spread_days=7)
    seen = [enrolling.enrol_round(now=NOW, limit=3).members for _ in range(4)]
    assert seen == [3, 3, 1, 0]


@pytest.mark.parametrize("kind", ["one_time", "recurring"])
def test_looking_costs_the_same_for_any_number_of_members(
    account, to_list, kind, django_assert_max_num_queries
):
    campaign = to_list([f"p{n}" for n in range(30)], kind, spread_days=5)
    with django_assert_max_num_queries(24):
        enrolling.enrol_round(now=NOW)
    while enrolling.enrol_round(now=NOW).members:
        pass
    assert Survey.objects.filter(campaign=campaign).count() == 30
    with django_assert_max_num_queries(8):
        enrolling.enrol_round(now=NOW + timedelta(minutes=5))
