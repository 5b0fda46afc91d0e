"""Which other asks speak against one: those of its mailbox, and that may still go out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from campaigns.models import Campaign, Throttle
from contacts.models import Contact, ContactList
from surveys.asking.asks import known_asks
from surveys.models import SkipReason, Survey, SurveyEmail
from surveys.proving.sending import make_due
from surveys.scheduling import Trigger, schedule
from tests.surveys.asked import ask, kate

Status = SurveyEmail.Status
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@pytest.fixture
def other(account, template, now) -> Campaign:
    """Another live campaign of the account."""
    return Campaign.objects.create(
        account=account,
        name="Other",
        status=Campaign.Status.ACTIVE,
        event_name="Signed Up",
        email_template=template,
        contact_list=ContactList.objects.create(account=account, name="Other"),
        activated_at=now,
    )


def moves(contact, address: str) -> None:
    contact.set_email(address)
    contact.save()


def trigger(contact, campaign, now):
    """What an event of this contact comes to."""
    wish = Trigger(
        campaign=campaign,
        contact=contact,
        trigger_id="new",
        triggered_at=now,
        email=contact.email,
        address_digest=contact.address_digest,
        attributes={},
    )
    [decision] = schedule(account=campaign.account, triggers=[wish], now=now)
    return decision


# --- Whose address changed --------------------------------------------------------------


@pytest.mark.parametrize("moved_is_first", [True, False])
@pytest.mark.parametrize("both_moved", [True, False])
def test_a_mailbox_is_mailed_once_also_when_it_was_another_ones_at_scheduling(
    account, campaign, other, deliver, clock, smtp_sink, moved_is_first, both_moved
):
    joe, mary = kate(account, "joe@example.com"), kate(account, "mary@example.com")
    dues = [clock.now - 2 * MINUTE, clock.now - MINUTE]
    if not moved_is_first:
        dues.reverse()
    ask(joe, campaign, dues[0], invitation=Status.SCHEDULED)
    ask(mary, other, dues[1], invitation=Status.SCHEDULED)
    box = "mary@example.com"
    if both_moved:
        box = "kate@example.com"
        moves(mary, box)
    moves(joe, box)
    deliver()
    deliver()
    assert smtp_sink.recipients == [box]
    skipped = Survey.objects.get(asked_at=None)
    assert skipped.skip_reason == SkipReason.THROTTLED


def test_who_waits_for_a_new_address_is_planned_for_it(account, campaign, other, now):
    joe, mary = kate(account, "joe@example.com"), kate(account, "mary@example.com")
    ask(joe, campaign, now + timedelta(hours=2), invitation=Status.SCHEDULED)
    moves(joe, "mary@example.com")
    assert trigger(mary, other, now).skip_reason == SkipReason.THROTTLED


def test_and_no_more_for_the_old_one(account, campaign, other, now):
    joe, mary = kate(account, "joe@example.com"), kate(account, "mary@example.com")
    ask(joe, campaign, now + timedelta(hours=2), invitation=Status.SCHEDULED)
    moves(joe, "new@example.com")
    moves(mary, "joe@example.com")
    assert trigger(mary, other, now).survey is not None


@pytest.mark.parametrize("status", [Status.SENT, Status.UNCERTAIN, Status.HANDOFF])
def test_what_has_left_counts_at_the_address_it_went_to(
    account, campaign, other, now, status
):
    joe, mary = kate(account, "joe@example.com"), kate(account, "mary@example.com")
    ask(joe, campaign, now, invitation=status)
    moves(joe, "new@example.com")
    moves(mary, "joe@example.com")
    assert trigger(mary, other, now).skip_reason == SkipReason.THROTTLED


# --- What may have left -----------------------------------------------------------------


def test_who_may_have_been_asked_a_moment_ago_is_not_asked_by_a_mail_that_was_due_before(
    account, campaign, other, deliver, clock, smtp_sink
):
    """Greylisted at ten, and meanwhile another campaign's mail got no answer."""
    someone = kate(account)
    ask(someone, campaign, clock.now - timedelta(hours=2), invitation=Status.SCHEDULED)
    doubtful = ask(someone, other, clock.now - MINUTE, invitation=Status.UNCERTAIN)
    doubtful.emails.update(sent_at=clock.now - MINUTE)
    deliver()
    assert smtp_sink.envelopes == []


def test_it_counts_from_when_it_may_have_left(
    account, campaign, other, deliver, clock, smtp_sink
):
    """Due two days ago, when the mail server was away."""
    someone = kate(account)
    doubtful = ask(someone, other, clock.now - 2 * DAY, invitation=Status.UNCERTAIN)
    doubtful.emails.update(sent_at=clock.now - MINUTE)
    ask(someone, campaign, clock.now, invitation=Status.SCHEDULED)
    deliver()
    assert smtp_sink.envelopes == []


@pytest.mark.parametrize("goes", ["now", "when the window opens"])
def test_a_repeated_mail_goes_before_one_that_was_due_before_it(
    account, campaign, other, deliver, clock, smtp_sink, goes
):
    """Both wait in one batch; whoever repeats is not forgotten while it waits."""
    someone = kate(account)
    late = ask(someone, campaign, clock.now - 2 * MINUTE, invitation=Status.SCHEDULED)
    if goes != "now":
        other.send_days = [(clock.now.weekday() + 2) % 7]
        other.save()
    repeated = ask(someone, other, clock.now - MINUTE, invitation=Status.SCHEDULED)
    repeated.emails.update(sent_at=clock.now - MINUTE, attempt=1)
    deliver()
    sent = [mail["X-Survey-Email"] for mail in smtp_sink.mails]
    assert sent == ([str(repeated.emails.get().pk)] if goes == "now" else [])
    late.refresh_from_db()
    assert late.skip_reason == SkipReason.THROTTLED


# --- Campaigns that are not live --------------------------------------------------------


@pytest.fixture(params=["paused itself", "to a list"])
def stopped(request, other) -> Campaign:
    """A campaign whose mail waits until a person lets it go on."""
    other.status = Campaign.Status.PAUSED
    if request.param == "to a list":
        other.kind = Campaign.Kind.ONE_TIME
    else:
        other.paused_because = "900 surveys within an hour"
    other.save()
    return other


def member(stopped: Campaign) -> Contact:
    """Kate, who stands in its list."""
    someone = kate(stopped.account)
    stopped.contact_list.contacts.add(someone)
    return someone


def test_a_stopped_campaigns_mail_keeps_nobody_from_being_asked(
    account, campaign, stopped, deliver, clock, smtp_sink
):
    someone = member(stopped)
    waiting = ask(someone, stopped, clock.now - DAY, invitation=Status.SCHEDULED)
    asked = ask(someone, campaign, clock.now - MINUTE, invitation=Status.SCHEDULED)
    deliver()
    asked.refresh_from_db()
    assert (asked.skip_reason, len(smtp_sink.envelopes)) == ("", 1)
    # It goes on a day too early: its own look finds who was asked meanwhile.
    Campaign.objects.update(status=Campaign.Status.ACTIVE, paused_because="")
    clock.now += timedelta(hours=23)
    deliver()
    waiting.refresh_from_db()
    assert (waiting.skip_reason, len(smtp_sink.envelopes)) == (SkipReason.THROTTLED, 1)


def test_it_waits_for_its_turn_where_its_throttle_lets_it(
    account, campaign, stopped, deliver, clock, smtp_sink
):
    stopped.throttle = Throttle.objects.create(
        account=account, name="Week", days=7, defer_days=9
    )
    stopped.save()
    someone = member(stopped)
    waiting = ask(someone, stopped, clock.now - DAY, invitation=Status.SCHEDULED)
    ask(someone, campaign, clock.now - MINUTE, invitation=Status.SCHEDULED)
    deliver()
    asked_at = clock.now
    Campaign.objects.update(status=Campaign.Status.ACTIVE, paused_because="")
    clock.now += timedelta(hours=1)
    deliver()
    waiting.refresh_from_db()
    assert (waiting.skip_reason, waiting.due_at) == ("", asked_at + 7 * DAY)


def test_when_it_goes_on_first_its_mail_is_first_again(
    account, campaign, stopped, deliver, clock, smtp_sink
):
    someone = member(stopped)
    waiting = ask(someone, stopped, clock.now - DAY, invitation=Status.SCHEDULED)
    later = ask(someone, campaign, clock.now - MINUTE, invitation=Status.SCHEDULED)
    Campaign.objects.update(status=Campaign.Status.ACTIVE, paused_because="")
    deliver()
    waiting.refresh_from_db()
    later.refresh_from_db()
    assert (waiting.asked_at, later.skip_reason) == (clock.now, SkipReason.THROTTLED)


def test_an_event_meanwhile_asks(account, campaign, stopped, now):
    someone = kate(account)
    ask(someone, stopped, now, invitation=Status.SCHEDULED)
    assert trigger(someone, campaign, now).survey is not None
    Survey.objects.filter(campaign=campaign).delete()
    Campaign.objects.update(status=Campaign.Status.ACTIVE)
    assert trigger(someone, campaign, now).skip_reason == SkipReason.THROTTLED


@pytest.mark.parametrize("status", [Status.SENT, Status.UNCERTAIN, Status.HANDOFF])
def test_whom_it_has_asked_it_has_asked(account, campaign, stopped, now, status):
    someone = kate(account)
    ask(someone, stopped, now, invitation=status)
    assert trigger(someone, campaign, now).skip_reason == SkipReason.THROTTLED


# --- What it costs ----------------------------------------------------------------------


def test_both_looks_read_their_indexes(account, now):
    wanted = {"accounts": {account.pk}, "contacts": {1, 2}, "digests": {"x", "y"}}
    with database.cursor() as cursor, CaptureQueriesContext(database) as queries:
        if database.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
        assert known_asks(**wanted, since=now) == []
        plans = []
        for query in [one["sql"] for one in queries if "FROM" in one["sql"]]:
            explain = (
                "EXPLAIN " if database.vendor == "postgresql" else "EXPLAIN QUERY PLAN "
            )
            cursor.execute(explain + query)
            plans.append(str(cursor.fetchall()))
    contacts, asks = plans
    if database.vendor == "postgresql":
        # Which index it takes depends on how many rows there are.
        assert "Seq Scan" not in contacts + asks
        return
    assert "contacts_by_address" in contacts
    assert "surveys_ask_of_contact" in asks
    assert "surveys_ask_of_address" in asks


@pytest.mark.django_db
def test_a_look_is_short_in_tables_that_postgresql_has_not_counted_yet(now):
    make_due(2000, now=now)
    rows = list(Contact.objects.values_list("account_id", "pk", "address_digest")[:20])
    accounts, contacts, digests = (set(column) for column in zip(*rows, strict=True))
    with database.cursor() as cursor:
        if database.vendor == "postgresql":
            cursor.execute("SET LOCAL statement_timeout = 400")
        found = known_asks(
            accounts=accounts, contacts=contacts, digests=digests, since=now - DAY
        )
    assert {ask.contact_id for ask in found} == contacts
