"""From due to sent: every fault ends in the right state, and nobody is mailed twice."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from campaigns.models import Campaign, Throttle
from contacts.models import Contact, Suppression
from contacts.suppression import suppress
from promoter.accounts.models import Account
from surveys.delivery import deliver_due
from surveys.erasing import forget_surveys
from surveys.models import SkipReason, Survey, SurveyEmail
from surveys.responding import record_response
from surveys.sending import transport
from surveys.sending.claiming import (
    BATCH,
    STOPPED_BEFORE,
    Turns,
    claim_due,
    give_back,
    lease,
    sweep_expired,
)
from surveys.sending.settling import Sent, hand_off, record_sent
from surveys.sending.smtp_transport import SmtpTransport
from surveys.unsubscribing import unsubscribe
from tests.harness.processes import wait_until
from tests.surveys.outbox import LIMIT, schedule, statuses

Status = SurveyEmail.Status


def the_mail() -> SurveyEmail:
    return SurveyEmail.objects.get(kind=SurveyEmail.Kind.INVITATION)


# --- What is due goes out -----------------------------------------------------


def test_what_is_due_goes_out_once(campaign, deliver, clock, smtp_sink):
    schedule(campaign, clock.now, number=3)
    deliver()
    deliver()
    assert sorted(smtp_sink.recipients) == [f"person{n}@example.com" for n in range(3)]
    assert statuses() == {Status.SENT: 3}
    for email in SurveyEmail.objects.select_related("survey"):
        assert email.sent_at == email.survey.asked_at == clock.now
        assert (email.lease_until, email.error) == (None, "")
    ids = {mail["Message-ID"] for mail in smtp_sink.mails}
    assert ids == set(SurveyEmail.objects.values_list("email_message_id", flat=True))
    assert all(mail["List-Unsubscribe-Post"] for mail in smtp_sink.mails)


def test_what_is_due_later_waits(campaign, deliver, clock, smtp_sink):
    schedule(campaign, clock.now + timedelta(seconds=1))
    deliver()
    assert smtp_sink.envelopes == []
    clock.now += timedelta(seconds=1)
    deliver()
    assert len(smtp_sink.envelopes) == 1


def test_more_than_a_batch_goes_out_over_few_connections(
    campaign, deliver, clock, smtp_sink, settings
):
    schedule(campaign, clock.now, number=120)
    assert deliver() is False
    assert len(set(smtp_sink.recipients)) == len(smtp_sink.recipients) == 120
    assert smtp_sink.connections == settings.EMAIL_CONNECTIONS


def test_any_backend_of_django_will_do(campaign, deliver, clock, mailoutbox):
    schedule(campaign, clock.now, number=2)
    deliver()
    assert statuses() == {Status.SENT: 2}
    assert len(mailoutbox) == 2


def test_nothing_due_costs_one_query_and_no_connection(campaign, deliver, clock, smtp_sink):
    schedule(campaign, clock.now + timedelta(days=1), number=5)
    with CaptureQueriesContext(
        database,
    ) as queries:
        deliver()
    assert len(queries) == 1
    assert smtp_sink.connections == 0


def test_the_due_query_reads_its_partial_index(campaign, clock):
    query = SurveyEmail.objects.due(now=clock.now)
    if database.vendor == "sqlite":
        assert "surveys_email_due" in query.explain()
    else:
        with database.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
        assert "surveys_email_due" in query.order_by("due_at", "id").explain()


def test_a_round_costs_the_same_queries_however_many_mails_it_carries(
    campaign, deliver, clock, smtp_sink, settings
):
    def queries_for(number: int, prefix: str) -> int:
        schedule(campaign, clock.now, number=number, prefix=prefix)
        with CaptureQueriesContext(database) as queries:
            deliver()
        return len(queries)

    # With the first mail of all, the wording it leaves with is kept.
    queries_for(1, "first-")
    for connections in (1, 5):
        settings.EMAIL_CONNECTIONS = connections
        five, ten, fifteen = (
            queries_for(rounds * connections, f"{connections}x{rounds}-")
            for rounds in (5, 10, 15)
        )
        assert ten - five == fifteen - ten
        # The rows locked, the ones before sent, their surveys asked, these handed off; and
        # the savepoint around, in production the commit.
        assert (ten - five) / 5 == 6


def test_the_run_ends_when_its_time_is_up(campaign, deliver, clock, smtp_sink):
    schedule(campaign, clock.now, number=60)
    clock.step = timedelta(seconds=1)
    assert deliver() is True
    assert 0 < len(smtp_sink.envelopes) < 60
    counted = statuses()
    assert set(counted) == {Status.SENT, Status.SCHEDULED}
    assert counted[Status.SENT] == len(smtp_sink.envelopes)


def test_a_slow_server_does_not_keep_a_batch_from_others(
    campaign, deliver, clock, smtp_sink, settings
):
    settings.DELIVERY_LEASE_SECONDS = 40
    schedule(campaign, clock.now, number=30)
    clock.step = timedelta(seconds=1)
    deliver()
    assert SurveyEmail.objects.filter(status__in=SurveyEmail.CLAIMED).count() == 0


def campaign_of(name: str, like: Campaign) -> Campaign:
    """A live campaign of an account of its own."""
    account = Account.objects.create(name=name)
    return Campaign.objects.create(
        account=account,
        name=name,
        status=Campaign.Status.ACTIVE,
        event_name="x",
        email_template=like.email_template,
        contact_list=like.contact_list,
        activated_at=like.activated_at,
    )


def test_a_busy_account_does_not_starve_a_quiet_one(campaign, clock):
    schedule(campaign, clock.now - timedelta(hours=1), number=200)
    quiet = campaign_of("Quiet", campaign)
    schedule(quiet, clock.now, number=3, prefix="quiet")
    claimed = claim_due(now=clock.now, turns=Turns())
    assert Counter(email.account_id for email in claimed)[quiet.account_id] == 3


def test_many_busy_accounts_take_turns(campaign, clock):
    for number in range(2 * BATCH - 5):
        busy = campaign_of(f"Busy {number}", campaign)
        schedule(busy, clock.now, number=3, prefix=f"of-{number}-")
    turns = Turns()
    served = {
        email.account_id
        for _ in range(2)
        for email in claim_due(now=clock.now, turns=turns)
    }
    assert len(served) == 2 * BATCH - 5


# --- The reminder -------------------------------------------------------------


def test_a_sent_invitation_plans_its_reminder(campaign, deliver, clock, smtp_sink):
    Campaign.objects.update(reminder_after=3)
    schedule(campaign, clock.now)
    deliver()
    reminder = SurveyEmail.objects.get(kind=SurveyEmail.Kind.REMINDER)
    assert (reminder.status, reminder.due_at) == (
        Status.SCHEDULED,
        clock.now + timedelta(days=3),
    )
    clock.now += timedelta(days=3)
    deliver()
    deliver()
    subjects = [mail["Subject"] for mail in smtp_sink.mails]
    assert subjects == ["How did we do?", "Reminder: How did we do?"]
    assert SurveyEmail.objects.count() == 2


def test_without_a_reminder_setting_none_is_planned(campaign, deliver, clock, smtp_sink):
    schedule(campaign, clock.now)
    deliver()
    assert SurveyEmail.objects.count() == 1


def test_who_has_answered_is_not_reminded(campaign, deliver, clock, smtp_sink):
    Campaign.objects.update(reminder_after=3)
    schedule(campaign, clock.now)
    deliver()
    record_response(survey=Survey.objects.get(), score=9, comment="", now=clock.now)
    # As if the answer had come in the very moment in which the reminder was claimed.
    SurveyEmail.objects.filter(kind="reminder").update(status=Status.SCHEDULED, error="")
    clock.now += timedelta(days=3)
    deliver()
    reminder = SurveyEmail.objects.get(kind=SurveyEmail.Kind.REMINDER)
    assert (reminder.status, reminder.error) == (Status.CANCELLED, "Answered")
    assert Survey.objects.get().skip_reason == ""


# --- Looking again before sending ---------------------------------------------


def refused(reason: SkipReason, clock) -> None:
    """Nobody was mailed, and the survey says why."""
    email, survey = the_mail(), Survey.objects.get()
    assert (email.status, email.error) == (Status.CANCELLED, reason.label)
    assert (survey.skip_reason, survey.skipped_at) == (reason, clock.now)
    assert survey.asked_at is None


def test_a_paused_campaign_sends_nothing(campaign, deliver, clock, smtp_sink):
    schedule(campaign, clock.now)
    Campaign.objects.update(status=Campaign.Status.PAUSED)
    deliver()
    refused(SkipReason.CAMPAIGN_INACTIVE, clock)
    assert smtp_sink.envelopes == []


def test_a_suppressed_address_gets_nothing(campaign, account, deliver, clock, smtp_sink):
    schedule(campaign, clock.now)
    suppress(account=account, email="Person0@Example.com", reason="manual", now=clock.now)
    deliver()
    refused(SkipReason.SUPPRESSED, clock)
    assert smtp_sink.envelopes == []


def test_another_accounts_suppression_is_not_ours(
    campaign, other_account, deliver, clock, smtp_sink
):
    schedule(campaign, clock.now)
    suppress(
        account=other_account, email="person0@example.com", reason="manual", now=clock.now
    )
    deliver()
    assert smtp_sink.recipients == ["person0@example.com"]


def test_an_erased_person_gets_nothing(campaign, deliver, clock, smtp_sink):
    schedule(campaign, clock.now)
    Contact.objects.all().delete()
    deliver()
    refused(SkipReason.ERASED, clock)
    assert smtp_sink.envelopes == []


@pytest.mark.parametrize("address", ["", "not an address", "a@x.io, b@x.io"])
def test_an_unusable_address_gets_nothing(campaign, deliver, clock, smtp_sink, address):
    schedule(campaign, clock.now)
    contact = Contact.objects.get()
    contact.set_email(address)
    contact.save()
    deliver()
    refused(SkipReason.NO_ADDRESS, clock)
    assert smtp_sink.envelopes == []


def test_a_new_address_gets_the_mail(campaign, deliver, clock, smtp_sink):
    schedule(campaign, clock.now)
    contact = Contact.objects.get()
    contact.set_email("new@example.com")
    contact.save()
    deliver()
    assert smtp_sink.recipients == ["new@example.com"]
    assert Survey.objects.get().address_digest == contact.address_digest


def test_a_new_address_is_looked_up_again(campaign, account, deliver, clock, smtp_sink):
    schedule(campaign, clock.now)
    contact = Contact.objects.get()
    contact.set_email("gone@example.com")
    contact.save()
    suppress(account=account, email="gone@example.com", reason="bounced", now=clock.now)
    deliver()
    refused(SkipReason.SUPPRESSED, clock)


def second_ask(campaign, contact, due_at) -> Survey:
    """Another survey of the same contact, as a race or a long outage may leave it."""
    survey = Survey.objects.create(
        account=campaign.account,
        campaign=campaign,
        contact=contact,
        trigger_id=f"second-{due_at}",
        address_digest=contact.address_digest,
        triggered_at=due_at,
        due_at=due_at,
    )
    SurveyEmail.objects.create(
        account=campaign.account, survey=survey, kind="invitation", due_at=due_at
    )
    return survey


def test_after_an_outage_a_person_is_asked_once(campaign, deliver, clock, smtp_sink):
    """Two surveys a day apart were right; both at once, after two days off, are not."""
    [first] = schedule(campaign, clock.now - timedelta(hours=48))
    later = second_ask(campaign, Contact.objects.get(), clock.now - timedelta(hours=24))
    deliver()
    assert smtp_sink.recipients == ["person0@example.com"]
    first.refresh_from_db()
    later.refresh_from_db()
    assert (first.status, later.skip_reason) == (Status.SENT, SkipReason.THROTTLED)


def test_one_mailbox_in_two_contacts_is_asked_once(campaign, deliver, clock, smtp_sink):
    schedule(campaign, clock.now - timedelta(minutes=1))
    twin = Contact(account=campaign.account, user_id="twin")
    twin.set_email("PERSON0@example.com")
    twin.save()
    second_ask(campaign, twin, clock.now)
    deliver()
    assert len(smtp_sink.envelopes) == 1


@pytest.mark.parametrize(("days", "asked"), [(29, 1), (30, 2)])
def test_the_throttle_counts_from_when_a_person_was_asked(
    campaign, account, deliver, clock, smtp_sink, days, asked
):
    campaign.throttle = Throttle.objects.create(account=account, name="Monthly", days=30)
    campaign.save()
    schedule(campaign, clock.now - timedelta(days=20))
    deliver()
    clock.now += timedelta(days=days)
    second_ask(campaign, Contact.objects.get(), clock.now)
    deliver()
    assert len(smtp_sink.envelopes) == asked


def test_a_withdrawn_ask_does_not_count(campaign, template, deliver, clock, smtp_sink):
    paused = Campaign.objects.create(
        account=campaign.account,
        name="Paused",
        status=Campaign.Status.PAUSED,
        event_name="x",
        email_template=template,
        contact_list=campaign.contact_list,
        activated_at=clock.now,
    )
    schedule(paused, clock.now - timedelta(minutes=5))
    second_ask(campaign, Contact.objects.get(), clock.now)
    deliver()
    assert len(smtp_sink.envelopes) == 1


def test_a_failed_ask_does_not_count(campaign, deliver, clock, smtp_sink):
    [failed] = schedule(campaign, clock.now - timedelta(minutes=5))
    SurveyEmail.objects.filter(pk=failed.pk).update(status=Status.FAILED)
    second_ask(campaign, Contact.objects.get(), clock.now)
    deliver()
    assert len(smtp_sink.envelopes) == 1


# --- Faults of the mail server ------------------------------------------------


def test_a_greylisted_mail_goes_out_later(campaign, deliver, clock, smtp_sink):
    schedule(campaign, clock.now, number=3)
    smtp_sink.answer("rcpt", "451 4.7.1 later", to="person1@example.com", times=1)
    deliver()
    assert statuses() == {Status.SENT: 2, Status.SCHEDULED: 1}
    waiting = SurveyEmail.objects.get(status=Status.SCHEDULED)
    assert waiting.error == "451 4.7.1 later"
    assert waiting.due_at == clock.now + timedelta(minutes=1)
    clock.now = waiting.due_at
    deliver()
    waiting.refresh_from_db()
    assert (waiting.status, waiting.failing_since, waiting.error) == (Status.SENT, None, "")


def test_waits_double_up_to_four_hours_and_end_after_three_days(
    campaign, deliver, clock, smtp_sink
):
    schedule(campaign, clock.now)
    smtp_sink.answer("rcpt", "451 4.7.1 later")
    began, waits = clock.now, []
    while True:
        deliver()
        email = the_mail()
        if email.status != Status.SCHEDULED:
            break
        waits.append((email.due_at - clock.now) // timedelta(minutes=1))
        clock.now = email.due_at
    assert waits[:9] == [1, 2, 4, 8, 16, 32, 64, 128, 240]
    assert set(waits[9:]) == {240}
    assert email.status == Status.FAILED
    assert "72 hours" in email.error
    assert "451 4.7.1 later" in email.error
    assert timedelta(hours=72) <= clock.now - began < timedelta(hours=76)
    assert Suppression.objects.count() == 0


def test_an_address_that_does_not_exist_is_suppressed(
    campaign, account, deliver, clock, smtp_sink
):
    schedule(campaign, clock.now, number=2)
    smtp_sink.answer("rcpt", "550 5.1.1 no such user", to="person0@example.com")
    deliver()
    assert statuses() == {Status.FAILED: 1, Status.SENT: 1}
    row = Suppression.objects.get()
    assert (row.email, row.reason, row.account) == (
        "person0@example.com",
        Suppression.Reason.BOUNCED,
        account,
    )
    assert row.detail == "550 5.1.1 no such user"


@pytest.mark.parametrize(
    ("phase", "reply"),
    [
        ("mail", "451 4.3.0 not now"),
        ("rcpt", "554 5.7.1 Relay access denied"),
    ],
)
def test_a_server_that_refuses_us_costs_nobody_anything(
    campaign, deliver, clock, smtp_sink, phase, reply
):
    schedule(campaign, clock.now, number=5)
    smtp_sink.answer(phase, reply)
    assert deliver() is False
    assert statuses() == {Status.SCHEDULED: 5}
    assert Suppression.objects.count() == 0
    # One mail found out, and says so; the others are due as before.
    assert SurveyEmail.objects.filter(error=reply).count() == 1
    assert SurveyEmail.objects.due(now=clock.now).count() == 4
    smtp_sink.behave()
    clock.now += timedelta(minutes=1)
    deliver()
    assert statuses() == {Status.SENT: 5}


def test_without_a_server_everything_waits(campaign, deliver, clock, settings, caplog):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    schedule(campaign, clock.now, number=3)
    with caplog.at_level(logging.WARNING):
        assert deliver() is False
    assert "No connection to the mail server" in caplog.text
    assert statuses() == {Status.SCHEDULED: 3}
    assert SurveyEmail.objects.due(now=clock.now).count() == 2


def test_a_refused_sign_in_costs_nobody_anything(
    campaign, deliver, clock, smtp_sink, settings
):
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "us", "wrong"
    smtp_sink.answer("auth", "535 5.7.8 wrong password")
    schedule(campaign, clock.now, number=2)
    deliver()
    assert statuses() == {Status.SCHEDULED: 2}
    assert SurveyEmail.objects.filter(error="535 5.7.8 wrong password").count() == 1


@pytest.mark.parametrize("keep", [True, False])
def test_a_mail_without_an_answer_is_uncertain_and_not_repeated(
    campaign, deliver, clock, smtp_sink, keep
):
    Campaign.objects.update(reminder_after=3)
    schedule(campaign, clock.now, number=3)
    smtp_sink.drop("dot", keep=keep, times=1, to="person1@example.com")
    for _ in range(3):
        deliver()
        clock.now += timedelta(hours=1)
    invitations = SurveyEmail.objects.filter(kind=SurveyEmail.Kind.INVITATION)
    assert invitations.filter(status=Status.SENT).count() == 2
    uncertain = invitations.get(status=Status.UNCERTAIN)
    assert "No answer after the mail was sent" in uncertain.error
    assert uncertain.survey.asked_at is None
    assert smtp_sink.recipients.count("person1@example.com") == keep
    # The reminder is its second try.
    assert uncertain.survey.emails.filter(kind="reminder", status="scheduled").exists()


def test_a_mail_that_can_not_be_written_fails_and_stops_nobody(
    campaign, deliver, clock, smtp_sink
):
    schedule(campaign, clock.now, number=3)
    contact = Contact.objects.get(email="person1@example.com")
    SurveyEmail.objects.filter(survey__contact=contact).update(
        email_message_id="<1@example.com>\nBcc: eve@example.com"
    )
    deliver()
    assert statuses() == {Status.SENT: 2, Status.FAILED: 1}
    assert "can't be written" in SurveyEmail.objects.get(status=Status.FAILED).error
    assert "eve@example.com" not in smtp_sink.recipients


def test_our_own_mistake_is_tried_again(
    campaign, deliver, clock, smtp_sink, settings, caplog
):
    schedule(campaign, clock.now)
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [], "APP_DIRS": False}]
    campaign.email_template.intro = "Never rendered before."
    campaign.email_template.save()
    deliver()
    email = the_mail()
    assert email.status == Status.SCHEDULED
    assert "TemplateDoesNotExist" in email.error


# --- Fences and leases --------------------------------------------------------


def test_who_lost_the_lease_does_not_send(campaign, clock, smtp_sink):
    schedule(campaign, clock.now)
    [mine] = claim_due(now=clock.now, turns=Turns())
    clock.now += lease() + timedelta(seconds=1)
    assert sweep_expired(now=clock.now) == (1, 0)
    [theirs] = claim_due(now=clock.now, turns=Turns())
    assert theirs.pk == mine.pk
    assert hand_off([mine], now=clock.now) == []
    assert hand_off([theirs], now=clock.now) == [theirs]
    assert hand_off([theirs], now=clock.now) == []


def test_who_says_no_while_the_mail_waits_its_turn_does_not_get_it(
    campaign, clock, smtp_sink
):
    """Claimed and checked, but not handed over: the last word is the person's."""
    schedule(campaign, clock.now, number=3)
    unwilling, answered, erased = claim_due(now=clock.now, turns=Turns())
    unsubscribe(survey=unwilling.survey, now=clock.now)
    record_response(survey=answered.survey, score=9, comment="", now=clock.now)
    forget_surveys(contact=erased.survey.contact, now=clock.now)
    for mail in (unwilling, answered, erased):
        assert hand_off([mail], now=clock.now) == []
    assert statuses() == {"cancelled": 3}


def test_a_batch_whose_lease_ended_on_the_way_is_left_alone(
    campaign, clock, smtp_sink, deliver
):
    """The worker sleeps after its claim; another one does the work meanwhile."""
    schedule(campaign, clock.now, number=3)

    class Sleepy(transport.SmtpTransport):
        slept = False

        def prepare(self) -> None:
            super().prepare()
            if not self.slept:
                self.slept = True
                clock.now += lease() + timedelta(seconds=1)
                sweep_expired(now=clock.now)
                deliver()

    way_out = transport.WaysOut(Sleepy(transport.get_connection()))
    deliver_due(clock=clock, transport=way_out, limit=LIMIT)
    way_out.close()
    assert Counter(smtp_sink.recipients) == {
        f"person{number}@example.com": 1 for number in range(3)
    }
    assert statuses() == {Status.SENT: 3}


def test_a_dead_workers_claim_goes_out_again(campaign, deliver, clock, smtp_sink):
    schedule(campaign, clock.now, number=2)
    claim_due(now=clock.now, turns=Turns())
    deliver()
    assert smtp_sink.envelopes == []
    assert sweep_expired(now=clock.now) == (0, 0)
    clock.now += lease() + timedelta(seconds=1)
    assert sweep_expired(now=clock.now) == (2, 0)
    assert sweep_expired(now=clock.now) == (0, 0)
    assert set(SurveyEmail.objects.values_list("error", flat=True)) == {STOPPED_BEFORE}
    deliver()
    assert statuses() == {Status.SENT: 2}
    assert len(smtp_sink.envelopes) == 2


def test_a_mail_that_kills_its_worker_again_and_again_ends(campaign, clock):
    schedule(campaign, clock.now)
    deaths = 0
    while the_mail().status != Status.FAILED:
        clock.now = max(clock.now, the_mail().due_at)
        assert claim_due(now=clock.now, turns=Turns())
        clock.now += lease() + timedelta(seconds=1)
        sweep_expired(now=clock.now)
        deaths += 1
        assert deaths < 100
    assert "72 hours" in the_mail().error


def test_a_dead_workers_handoff_is_uncertain_and_stays_so(
    campaign, deliver, clock, smtp_sink
):
    Campaign.objects.update(reminder_after=2)
    schedule(campaign, clock.now)
    [email] = claim_due(now=clock.now, turns=Turns())
    assert hand_off([email], now=clock.now)
    clock.now += lease() + timedelta(seconds=1)
    assert sweep_expired(now=clock.now) == (0, 1)
    deliver()
    assert the_mail().status == Status.UNCERTAIN
    assert smtp_sink.envelopes == []
    reminder = SurveyEmail.objects.get(kind=SurveyEmail.Kind.REMINDER)
    assert reminder.due_at == clock.now + timedelta(days=2)
    clock.now = reminder.due_at
    deliver()
    assert len(smtp_sink.envelopes) == 1
    # Now the person was asked, whatever became of the first mail.
    assert Survey.objects.get().asked_at == clock.now


def test_a_worker_that_was_only_slow_resolves_what_was_uncertain(campaign, clock):
    schedule(campaign, clock.now)
    [email] = claim_due(now=clock.now, turns=Turns())
    hand_off([email], now=clock.now)
    clock.now += lease() + timedelta(seconds=1)
    sweep_expired(now=clock.now)
    record_sent([Sent(email, clock.now)])
    assert the_mail().status == Status.SENT


def test_mails_that_are_given_back_are_due_at_once(campaign, deliver, clock, smtp_sink):
    schedule(campaign, clock.now, number=2)
    claimed = claim_due(now=clock.now, turns=Turns())
    assert give_back(claimed) == 2
    assert give_back(claimed) == 0
    deliver()
    assert statuses() == {Status.SENT: 2}


@pytest.mark.django_db(transaction=True)
def test_workers_at_the_same_time_send_each_mail_once(campaign, clock, smtp_sink):
    schedule(campaign, clock.now, number=150)
    failures: list[BaseException] = []
    start = threading.Barrier(4)

    def work() -> None:
        try:
            start.wait(60)
            with transport.connection() as way_out:
                for _ in range(3):
                    deliver_due(clock=clock, transport=way_out, limit=LIMIT)
        except BaseException as error:
            failures.append(error)
        finally:
            database.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert failures == []
    assert len(smtp_sink.recipients) == len(set(smtp_sink.recipients)) == 150
    assert statuses() == {Status.SENT: 150}


def test_a_fault_of_ours_after_the_handoff_sends_nothing_again(
    campaign, deliver, clock, smtp_sink, monkeypatch
):
    def broken(_: SmtpTransport) -> str:
        raise RuntimeError("a bug")

    schedule(campaign, clock.now)
    with monkeypatch.context() as patched:
        patched.setattr(SmtpTransport, "answer", broken)
        deliver()
    assert statuses() == {Status.UNCERTAIN: 1}
    # Nobody waited for the server's answer.
    wait_until(lambda: smtp_sink.envelopes)
    deliver()
    assert len(smtp_sink.envelopes) == 1
