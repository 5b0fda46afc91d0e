"""A campaign that would suddenly ask everybody stops, and asks its owners."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import count

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Campaign
from campaigns.tasks import tell_owners_of_pauses
from contacts.models import Contact
from promoter.accounts.models import Membership
from surveys.models import Survey, SurveyEmail
from surveys.sending.transport import close_kept_connection
from surveys.tasks import deliver_due_emails
from tests.conftest import NOW
from tests.segment_ingest.conftest import process

pytestmark = pytest.mark.django_db

Status = Campaign.Status
_numbers = count()


@pytest.fixture(autouse=True)
def clock(settings):
    settings.SURVEY_BURST_FLOOR = 5
    with time_machine.travel(NOW, tick=False) as travel:
        yield travel


@pytest.fixture(autouse=True)
def _hang_up():
    yield
    close_kept_connection()


@pytest.fixture
def orders(segment, messages):
    """Orders of so many people nobody has heard of, processed; the verdicts, counted."""

    def arrive(number: int) -> Counter[str]:
        events = []
        for _ in range(number):
            user = f"u{next(_numbers)}"
            traits = {"email": f"{user}@example.com"}
            events.append({"type": "identify", "userId": user, "traits": traits})
            events.append({"type": "track", "userId": user, "event": "Order Completed"})
        last = messages.order_by("-pk").values_list("pk", flat=True).first() or 0
        assert segment.batch(*events).status_code == 200
        process()
        return Counter(
            messages.filter(pk__gt=last, type="track").values_list("verdict", flat=True)
        )

    return arrive


def press(client, act: str, campaign: Campaign) -> str:
    answer = client.post(reverse(f"campaign-{act}", args=[campaign.pk]), follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def now_of(campaign: Campaign) -> Campaign:
    return Campaign.objects.get(pk=campaign.pk)


def test_it_stops_at_its_line_and_says_why_on_every_page(
    orders, campaign, alice_client, smtp_sink
):
    assert orders(12) == {"scheduled": 5, "burst": 7}
    stopped = now_of(campaign)
    assert stopped.status == Status.PAUSED
    because = "12 surveys within an hour; it usually asks hardly anybody."
    assert stopped.pause_words == because
    deliver_due_emails()
    assert smtp_sink.envelopes == []
    assert SurveyEmail.objects.filter(status="scheduled").count() == 5

    page = alice_client.get(f"/campaigns/{campaign.pk}/").content.decode()
    assert because in page
    assert ">Go on<" in page
    assert ">replay</a> asks for them" in page
    assert ">Keep paused<" in page
    assert ">Resume<" not in page
    assert because in alice_client.get("/").content.decode()
    assert "It paused itself: decide" in alice_client.get("/campaigns/").content.decode()
    assert orders(1) == {"no_campaign": 1}


def test_the_owners_are_asked_once(orders, campaign, alice, bob, smtp_sink):
    tell_owners_of_pauses()
    assert smtp_sink.envelopes == []
    orders(6)
    tell_owners_of_pauses()
    tell_owners_of_pauses()
    (mail,) = smtp_sink.mails
    assert mail["To"] == "alice@example.com"
    assert mail["Subject"] == "After an order has paused itself: go on?"
    text = mail.get_body(("plain",)).get_content()
    assert "6 surveys within an hour" in text
    assert f"/campaigns/{campaign.pk}/" in text


def test_a_question_that_the_mail_server_does_not_take_is_asked_again(
    orders, campaign, alice, smtp_sink
):
    orders(6)
    smtp_sink.answer("mail", "451 4.3.0 later", times=1)
    tell_owners_of_pauses()
    tell_owners_of_pauses()
    assert smtp_sink.recipients == ["alice@example.com"]


def test_going_on_sends_what_waited_and_allows_a_day(
    orders, campaign, alice_client, smtp_sink, clock
):
    orders(6)
    deliver_due_emails()
    page = press(alice_client, "resume", campaign)
    assert "paused itself" not in page
    assert (now_of(campaign).status, now_of(campaign).paused_because) == ("active", "")
    clock.shift(timedelta(minutes=10))
    deliver_due_emails()
    assert len(smtp_sink.envelopes) == 5
    assert orders(20) == {"scheduled": 20}
    # The day is over, and what it brought has become usual: 25 in 29 hours, times ten.
    clock.shift(timedelta(hours=30))
    assert orders(20) == {"scheduled": 8, "burst": 12}


def test_keeping_it_paused_drops_what_falls_due(
    orders, campaign, alice_client, smtp_sink, clock
):
    orders(6)
    deliver_due_emails()
    page = press(alice_client, "keep-paused", campaign)
    assert ">Resume<" in page
    assert ">Go on<" not in page
    clock.shift(timedelta(minutes=10))
    deliver_due_emails()
    assert smtp_sink.envelopes == []
    reasons = set(Survey.objects.values_list("skip_reason", flat=True))
    assert reasons == {"campaign_inactive"}
    # Bob has the old page open.
    assert "has decided" in press(alice_client, "keep-paused", campaign)


def test_mail_waits_a_week_for_a_word(orders, campaign, alice, smtp_sink, clock):
    orders(6)
    # As long as nobody was asked, nobody can answer.
    clock.shift(timedelta(days=6))
    deliver_due_emails()
    tell_owners_of_pauses()
    clock.shift(timedelta(days=7))
    deliver_due_emails()
    assert SurveyEmail.objects.filter(status="scheduled").count() == 5
    clock.shift(timedelta(minutes=10))
    deliver_due_emails()
    assert smtp_sink.recipients == ["alice@example.com"]
    assert set(SurveyEmail.objects.values_list("status", flat=True)) == {"cancelled"}
    reasons = set(Survey.objects.values_list("skip_reason", flat=True))
    assert reasons == {"campaign_inactive"}


def test_mail_of_a_campaign_that_is_ended_instead_is_dropped(
    orders, campaign, alice_client, smtp_sink, clock
):
    orders(6)
    deliver_due_emails()
    press(alice_client, "complete", campaign)
    assert now_of(campaign).paused_because == ""
    clock.shift(timedelta(minutes=10))
    deliver_due_emails()
    assert smtp_sink.envelopes == []
    assert set(SurveyEmail.objects.values_list("status", flat=True)) == {"cancelled"}


def asked_before(campaign: Campaign, at, number: int) -> None:
    contact = Contact.objects.create(account=campaign.account)
    Survey.objects.bulk_create(
        Survey(
            account=campaign.account,
            campaign=campaign,
            contact=contact,
            trigger_id=f"old-{next(_numbers)}",
            triggered_at=at,
            due_at=at,
            skip_reason="campaign_inactive",
            skipped_at=at,
        )
        for _ in range(number)
    )


@pytest.mark.parametrize(
    ("days_ago", "hours_ago", "number", "scheduled"),
    [
        # 4 of them within 13 days and 23 hours: hardly any an hour, the floor holds.
        (3, 5, 4, 5),
        # 335 hours with 335 surveys: one an hour, ten times that are let through.
        (3, 5, 335, 10),
        # At the same hour of another day: what comes each night is no burst.
        (7, 0, 2, 20),
        # Too long ago to say what is usual.
        (15, 0, 400, 5),
    ],
)
def test_what_is_usual_is_seen_from_two_weeks(
    orders, campaign, days_ago, hours_ago, number, scheduled
):
    Campaign.objects.update(activated_at=NOW - timedelta(days=40))
    asked_before(
        campaign, NOW - timedelta(days=days_ago, hours=hours_ago, minutes=5), number
    )
    assert orders(25) == {"scheduled": scheduled, "burst": 25 - scheduled}


def test_an_hour_is_counted_over_batches_and_slides(orders, campaign, clock, settings):
    settings.SURVEY_BURST_FACTOR = 1
    assert orders(3) == {"scheduled": 3}
    clock.shift(timedelta(minutes=59))
    assert orders(2) == {"scheduled": 2}
    clock.shift(timedelta(minutes=1))
    assert orders(3) == {"scheduled": 3}
    assert now_of(campaign).status == Status.ACTIVE
    assert orders(1) == {"burst": 1}


def test_a_worker_that_catches_up_makes_no_burst(segment, orders, campaign, clock):
    for hour in range(4):
        for number in range(4):
            user = f"late-{hour}-{number}"
            segment.identify(user, traits={"email": f"{user}@example.com"})
            segment.track(userId=user, messageId=user)
        clock.shift(timedelta(hours=1))
    process()
    assert Survey.objects.count() == 16
    assert now_of(campaign).status == Status.ACTIVE


def test_another_campaign_goes_on(orders, campaign, account, template, clock):
    Campaign.objects.create(
        account=account,
        name="Other",
        status=Status.ACTIVE,
        event_name="Order Completed",
        email_template=template,
        contact_list=campaign.contact_list,
        delivery_delay=10,
        activated_at=NOW,
        burst_allowed_until=NOW + timedelta(hours=1),
    )
    assert orders(7) == {"scheduled": 7}
    assert Survey.objects.filter(campaign=campaign).count() == 5
    assert Campaign.objects.exclude(pk=campaign.pk).get().status == Status.ACTIVE


def test_a_factor_of_0_turns_it_off(orders, campaign, settings):
    settings.SURVEY_BURST_FACTOR = 0
    assert orders(30) == {"scheduled": 30}


def test_who_only_looks_decides_nothing(orders, campaign, bob, client):
    orders(6)
    Membership.objects.filter(user=bob).update(role=Membership.Role.VIEWER)
    client.force_login(bob)
    page = client.get(f"/campaigns/{campaign.pk}/").content.decode()
    assert "paused itself" in page
    assert ">Go on<" not in page
    answer = client.post(reverse("campaign-keep-paused", args=[campaign.pk]))
    assert answer.status_code == 403
    assert now_of(campaign).paused_because
    assert timezone.now() == NOW
