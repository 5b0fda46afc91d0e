"""Mail that comes due at the wrong moment waits: for its window, for its turn."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from campaigns.models import Campaign, Throttle
from contacts.models import Contact
from promoter.accounts.models import Account
from surveys.delivery import deliver_due
from surveys.models import Survey, SurveyEmail
from surveys.sending import transport
from surveys.sending.claiming import sweep_expired
from tests.surveys.outbox import schedule, statuses

DAY = timedelta(days=1)
MONDAY_NINE = datetime(2026, 11, 30, 9, tzinfo=UTC)


class Clock:
    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock(now) -> Clock:
    """A Monday noon."""
    return Clock(now)


@pytest.fixture
def deliver(clock):
    def run(at: datetime | None = None) -> None:
        clock.now = at or clock.now
        with transport.connection() as way_out:
            deliver_due(clock=clock, transport=way_out, limit=timedelta(seconds=20))

    return run


@pytest.fixture
def office_hours(account) -> None:
    Account.objects.update(
        send_days=[0, 1, 2, 3, 4], send_from=time(9), send_until=time(17)
    )


def again(contact: Contact, campaign: Campaign, due_at: datetime) -> Survey:
    """Another survey of the same contact, planned for then."""
    survey = Survey.objects.create(
        account=campaign.account,
        campaign=campaign,
        contact=contact,
        trigger_id=f"again {due_at}",
        address_digest=contact.address_digest,
        triggered_at=due_at,
        due_at=due_at,
    )
    SurveyEmail.objects.create(
        account=campaign.account, survey=survey, kind="invitation", due_at=due_at
    )
    return survey


def test_mail_that_comes_due_outside_the_window_goes_out_when_it_opens(
    campaign, office_hours, deliver, clock, smtp_sink
):
    saturday = clock.now + 5 * DAY
    schedule(campaign, saturday, number=25)
    deliver(saturday)
    assert smtp_sink.envelopes == []
    assert statuses() == {"scheduled": 25}
    dues = set(SurveyEmail.objects.values_list("due_at", "survey__due_at", "error"))
    assert dues == {(MONDAY_NINE, MONDAY_NINE, "")}
    deliver(MONDAY_NINE - timedelta(minutes=1))
    assert smtp_sink.envelopes == []
    deliver(MONDAY_NINE)
    assert len(set(smtp_sink.recipients)) == 25


def test_each_by_the_clock_of_who_gets_it(
    campaign, office_hours, deliver, clock, smtp_sink
):
    schedule(campaign, clock.now)
    Contact.objects.update(attributes={"timezone": "Asia/Tokyo"})
    deliver()  # 21:00 in Tokyo
    assert SurveyEmail.objects.get().due_at == datetime(2026, 11, 24, tzinfo=UTC)
    Contact.objects.update(attributes={"timezone": "Europe/London"})
    deliver(datetime(2026, 11, 24, tzinfo=UTC))
    assert SurveyEmail.objects.get().due_at == datetime(2026, 11, 24, 9, tzinfo=UTC)


def test_who_must_not_be_asked_is_told_at_once_also_while_it_is_closed(
    campaign, office_hours, deliver, clock
):
    saturday = clock.now + 5 * DAY
    schedule(campaign, saturday)
    Campaign.objects.update(status="paused")
    deliver(saturday)
    assert Survey.objects.get().skip_reason == "campaign_inactive"


def test_a_refused_mail_is_not_tried_again_at_night(
    campaign, office_hours, deliver, clock, smtp_sink
):
    friday = datetime(2026, 11, 27, 16, 59, 30, tzinfo=UTC)
    schedule(campaign, friday)
    smtp_sink.answer("rcpt", "451 4.7.1 later", to="person0@example.com", times=1)
    deliver(friday)
    deliver(friday + timedelta(minutes=1))
    mail = SurveyEmail.objects.get()
    assert mail.due_at == MONDAY_NINE
    # The weekend is no part of the 72 hours in which it is tried.
    assert mail.failing_since == MONDAY_NINE - timedelta(minutes=1)
    deliver(MONDAY_NINE)
    assert statuses() == {"sent": 1}


@pytest.mark.parametrize("uncertain", [False, True])
def test_a_reminder_is_planned_within_the_window_and_looked_at_again(
    campaign, office_hours, deliver, clock, smtp_sink, uncertain
):
    Campaign.objects.update(reminder_after=5)
    [mail] = schedule(campaign, clock.now)
    if uncertain:
        SurveyEmail.objects.update(status="handoff", lease_until=clock.now - DAY)
        sweep_expired(now=clock.now)
    else:
        deliver()
    reminder = SurveyEmail.objects.get(kind="reminder")
    assert reminder.due_at == MONDAY_NINE
    Account.objects.update(send_days=[3])
    deliver(MONDAY_NINE)
    reminder.refresh_from_db()
    assert (reminder.status, reminder.due_at) == ("scheduled", MONDAY_NINE + 3 * DAY)
    # What throttles count is the invitation.
    assert Survey.objects.get().due_at == mail.due_at


def test_at_its_turn_by_a_throttle_that_lets_it_wait(
    campaign, account, deliver, clock, smtp_sink
):
    """An ask came in between: the earlier one went out ten days late."""
    campaign.throttle = Throttle.objects.create(
        account=account, name="Month", days=30, defer_days=12
    )
    campaign.save()
    schedule(campaign, clock.now)
    later = again(Contact.objects.get(), campaign, clock.now + 30 * DAY)
    first_sent = clock.now + 10 * DAY
    deliver(first_sent)
    deliver(clock.now + 20 * DAY)
    later.refresh_from_db()
    assert (later.skip_reason, later.due_at) == ("", first_sent + 30 * DAY)
    deliver(first_sent + 30 * DAY)
    assert len(smtp_sink.envelopes) == 2


@pytest.mark.parametrize("defer_days", [0, 9])
def test_beyond_what_the_throttle_lets_it_wait_it_is_skipped(
    campaign, account, deliver, clock, smtp_sink, defer_days
):
    campaign.throttle = Throttle.objects.create(
        account=account, name="Month", days=30, defer_days=defer_days
    )
    campaign.save()
    schedule(campaign, clock.now)
    later = again(Contact.objects.get(), campaign, clock.now + 30 * DAY)
    deliver(clock.now + 10 * DAY)
    deliver(clock.now + 20 * DAY)
    later.refresh_from_db()
    assert later.skip_reason == "throttled"


def test_a_minute_in_a_queue_skips_nobody_who_was_planned_a_day_later(
    campaign, office_hours, deliver, clock, smtp_sink
):
    nine = clock.now - timedelta(hours=3)
    schedule(campaign, nine)
    tomorrow = again(Contact.objects.get(), campaign, nine + DAY)
    deliver(nine + timedelta(minutes=1))
    deliver(nine + DAY)
    tomorrow.refresh_from_db()
    assert (tomorrow.skip_reason, tomorrow.due_at) == (
        "",
        nine + DAY + timedelta(minutes=1),
    )
    deliver(tomorrow.due_at)
    assert len(smtp_sink.envelopes) == 2


def test_of_two_that_wait_the_one_that_may_go_goes(
    campaign, template, account, deliver, clock, smtp_sink
):
    """The first of them is outside its window: it gives way, and is throttled then."""
    Campaign.objects.update(send_days=[5])
    schedule(campaign, clock.now - timedelta(hours=1))
    other = Campaign.objects.create(
        account=account,
        name="Other",
        status="active",
        event_name="Signed Up",
        email_template=template,
        contact_list=campaign.contact_list,
        activated_at=clock.now,
    )
    again(Contact.objects.get(), other, clock.now)
    deliver()
    assert Survey.objects.get(asked_at__isnull=False).campaign == other
    assert Survey.objects.get(asked_at=None).due_at == datetime(2026, 11, 28, tzinfo=UTC)


def test_a_wait_of_days_is_no_part_of_the_72_hours_of_retries(
    campaign, clock, deliver, smtp_sink
):
    schedule(campaign, clock.now)
    Campaign.objects.update(send_days=[0])  # Mondays only
    smtp_sink.answer("rcpt", "451 4.7.1 later")
    deliver(clock.now.replace(hour=23, minute=59, second=30))
    for _ in range(5):
        deliver(SurveyEmail.objects.get().due_at)

    assert SurveyEmail.objects.get().status == SurveyEmail.Status.SCHEDULED
