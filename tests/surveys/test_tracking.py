"""Providers' events: posted to our address, they become rows, in whatever order."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from anymail.signals import AnymailTrackingEvent
from django.test import Client
from django.utils import timezone

from contacts.models import Suppression
from contacts.suppression import suppress
from promoter.webhooks.models import Endpoint
from surveys.erasing import forget_surveys
from surveys.models import SkipReason, Survey, SurveyEmail
from surveys.tracking import record_event
from tests.surveys.outbox import schedule
from tests.surveys.provider_events import SAYS, Post, post_to_us, postmark, sendgrid

Status = SurveyEmail.Status
pytestmark = pytest.mark.filterwarnings(
    "ignore::anymail.exceptions.AnymailNotSupportedWarning"
)
CAN_SAY = [
    (name, event)
    for name in SAYS
    for event in (
        *("delivered", "deferred", "bounced", "soft", "complained", "unsubscribed"),
    )
    if (name, event)
    not in {
        ("amazon_ses", "deferred"),
        ("amazon_ses", "unsubscribed"),
        ("resend", "unsubscribed"),
        ("sparkpost", "deferred"),
        ("sparkpost", "unsubscribed"),
        ("mailjet", "deferred"),
        ("mailgun", "soft"),
        ("mailersend", "deferred"),
    }
]


@pytest.fixture(autouse=True)
def _secrets(settings) -> None:
    settings.ANYMAIL = {
        "WEBHOOK_SECRET": "name:password",
        "MAILGUN_API_KEY": "key",
        "MAILGUN_WEBHOOK_SIGNING_KEY": "signing-key",
        "MAILERSEND_SIGNING_SECRET": "signing-secret",
    }


@pytest.fixture
def sent(campaign, now) -> SurveyEmail:
    """An invitation to person0 that was sent, with its reminder waiting."""
    [email] = schedule(campaign, now)
    SurveyEmail.objects.filter(pk=email.pk).update(
        status=Status.SENT, sent_at=now, attempt=1, provider_message_id="theirs-1"
    )
    Survey.objects.update(asked_at=now)
    SurveyEmail.objects.create(
        account=email.account,
        survey=email.survey,
        kind=SurveyEmail.Kind.REMINDER,
        due_at=now + timedelta(days=3),
    )
    return SurveyEmail.objects.get(pk=email.pk)


def after(email: SurveyEmail) -> SurveyEmail:
    return SurveyEmail.objects.select_related("survey").get(pk=email.pk)


def reminder() -> SurveyEmail:
    return SurveyEmail.objects.get(kind=SurveyEmail.Kind.REMINDER)


def reasons() -> dict[str, str]:
    return dict(Suppression.objects.values_list("email", "reason"))


# --- Every provider, every event ---------------------------------------------------------


@pytest.mark.either_database
@pytest.mark.parametrize(("name", "event"), CAN_SAY)
def test_what_a_provider_tells_becomes_rows(name, event, sent, client):
    post = SAYS[name](sent, event)
    assert post_to_us(client, post).status_code == 200
    assert post_to_us(client, post).status_code == 200  # they come twice
    email = after(sent)
    assert email.outcome == ("bounced" if event == "soft" else event)
    assert email.outcome_at <= timezone.now()
    assert email.status == Status.SENT
    suppressed = event if event in {"bounced", "complained", "unsubscribed"} else None
    assert reasons() == ({"person0@example.com": suppressed} if suppressed else {})
    goes_on = event in {"delivered", "deferred"}
    assert (reminder().status == Status.SCHEDULED) is goes_on
    if name == "postmark" and event == "bounced":
        assert "5.1.1" in email.outcome_detail


# --- Order -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "order", list(permutations(["deferred", "delivered", "bounced", "complained"]))
)
def test_a_later_word_never_takes_back_a_graver_one(order, sent, client):
    for event in order:
        post_to_us(client, postmark(sent, event))
    assert after(sent).outcome == "complained"
    # The bounce may have come first; the person's own word outlasts it.
    assert reasons() == {"person0@example.com": "complained"}
    assert reminder().status == Status.CANCELLED


def test_a_hard_bounce_follows_a_soft_one(sent, client):
    post_to_us(client, postmark(sent, "soft"))
    assert reasons() == {}
    post_to_us(client, postmark(sent, "bounced"))
    assert reasons() == {"person0@example.com": "bounced"}


@pytest.mark.parametrize("event", ["delivered", "deferred", "bounced", "complained"])
@pytest.mark.parametrize("status", [Status.UNCERTAIN, Status.HANDOFF, Status.SCHEDULED])
def test_an_event_proves_that_a_mail_left(event, status, campaign, now, client):
    """Before we wrote it down, or after we gave up knowing."""
    campaign.reminder_after = 3
    campaign.save()
    [email] = schedule(campaign, now)
    lease = now + timedelta(minutes=1) if status == Status.HANDOFF else None
    SurveyEmail.objects.update(status=status, lease_until=lease, attempt=1)
    post_to_us(client, postmark(email, event))
    email = after(email)
    assert (email.status, email.lease_until, email.error) == (Status.SENT, None, "")
    assert email.survey.asked_at == email.sent_at
    assert email.provider_message_id.startswith("883953f4")
    expected = Status.SCHEDULED if event in {"delivered", "deferred"} else Status.CANCELLED
    assert reminder().status == expected
    assert after(email).survey.skip_reason == ""


def test_a_refused_mail_is_known_not_to_have_arrived(campaign, now, client):
    [email] = schedule(campaign, now)
    SurveyEmail.objects.update(status=Status.UNCERTAIN, attempt=1)
    post_to_us(client, sendgrid(email, "rejected"))
    assert after(email).status == Status.FAILED
    assert after(email).outcome == "rejected"
    assert reasons() == {"person0@example.com": "bounced"}


def test_a_cancelled_mail_stays_cancelled(campaign, now, client):
    [email] = schedule(campaign, now)
    SurveyEmail.objects.update(status=Status.CANCELLED)
    post_to_us(client, postmark(email, "delivered"))
    assert after(email).status == Status.CANCELLED


# --- Whom it stops ------------------------------------------------------------------------


def test_a_complaint_is_the_persons_at_every_address(sent, campaign, now, client):
    contact = sent.survey.contact
    contact.set_email("new@example.com")
    contact.save()
    [other] = SurveyEmail.objects.bulk_create(
        [
            SurveyEmail(
                account=campaign.account,
                survey=Survey.objects.create(
                    account=campaign.account,
                    campaign=campaign,
                    contact=contact,
                    trigger_id="another",
                    triggered_at=now,
                    due_at=now,
                ),
                kind=SurveyEmail.Kind.INVITATION,
                due_at=now,
            )
        ]
    )
    post_to_us(client, postmark(sent, "complained"))
    assert set(reasons()) == {"person0@example.com", "new@example.com"}
    assert after(other).status == Status.CANCELLED
    assert after(other).survey.skip_reason == SkipReason.SUPPRESSED


def test_a_bounce_is_the_old_addresss_alone(sent, client):
    contact = sent.survey.contact
    contact.set_email("new@example.com")
    contact.save()
    post_to_us(client, postmark(sent, "bounced"))
    assert reasons() == {"person0@example.com": "bounced"}
    assert reminder().status == Status.CANCELLED


@pytest.mark.parametrize("bounces", ["invitation", "reminder"])
def test_a_bounce_is_the_address_of_that_mail(
    sent, deliver, clock, smtp_sink, client, bounces
):
    """The reminder went to a new address; the bounce of the invitation came late."""
    clock.now = reminder().due_at
    contact = sent.survey.contact
    contact.set_email("new@example.com")
    contact.save()
    deliver()
    assert smtp_sink.recipients == ["new@example.com"]
    post, dead = postmark(sent, "bounced"), "person0@example.com"
    if bounces == "reminder":
        post, dead = postmark(reminder(), "bounced"), "new@example.com"
        post.body = post.body.replace("person0@example.com", dead)
    post_to_us(client, post)
    assert reasons() == {dead: "bounced"}


def test_a_bounce_does_not_weaken_an_unsubscription(sent, account, now, client):
    suppress(account=account, email="person0@example.com", reason="unsubscribed", now=now)
    post_to_us(client, postmark(sent, "bounced"))
    assert reasons() == {"person0@example.com": "unsubscribed"}


def test_an_unsubscription_at_the_provider_is_told_like_our_own(sent, account, client):
    endpoint = Endpoint.objects.create(account=account, url="https://hooks.example.com/")
    post_to_us(client, postmark(sent, "unsubscribed"))
    post_to_us(client, postmark(sent, "unsubscribed"))
    assert [row.event_type for row in endpoint.deliveries.all()] == ["contact.unsubscribed"]


def test_nothing_of_an_erased_person_comes_back(sent, now, client):
    contact = sent.survey.contact
    forget_surveys(contact=contact, now=now)
    contact.delete()
    for event in ("bounced", "complained", "unsubscribed"):
        assert post_to_us(client, postmark(sent, event)).status_code == 200
    assert after(sent).outcome_detail == ""
    assert reasons() == {}


def test_erasing_takes_the_servers_words(sent, now, client):
    post_to_us(client, postmark(sent, "bounced"))
    forget_surveys(contact=sent.survey.contact, now=now)
    assert after(sent).outcome_detail == ""


# --- Whose it is -------------------------------------------------------------------------


def test_what_is_not_ours_is_taken_and_forgotten(sent, client, settings):
    theirs = postmark(sent, "bounced")
    settings.SECRET_KEY = "another installation on the same provider's account"
    assert post_to_us(client, theirs).status_code == 200
    unknown = json.dumps({"RecordType": "Delivery", "MessageID": "?", "Recipient": "x"})
    assert post_to_us(client, Post("postmark", unknown)).status_code == 200
    assert after(sent).outcome == ""
    assert reasons() == {}


def test_a_mail_without_our_token_is_found_by_the_providers_id(sent, client):
    body = json.dumps({"RecordType": "Delivery", "MessageID": "theirs-1"})
    post_to_us(client, Post("postmark", body))
    assert after(sent).outcome == "delivered"


@pytest.mark.parametrize("secret", ["name:wrong", "", ":"])
def test_who_does_not_know_the_password_changes_nothing(secret, sent, client):
    for name in SAYS:
        answer = post_to_us(client, SAYS[name](sent, "bounced"), secret=secret)
        assert answer.status_code == 400
    assert after(sent).outcome == ""


@pytest.mark.either_database
@pytest.mark.parametrize("name", ["postmark", "mailersend", "scaleway", "nobody"])
def test_without_a_secret_there_is_no_such_address(name, client, settings):
    settings.ANYMAIL = {}
    assert post_to_us(client, Post(name, "{}")).status_code == 404


@pytest.mark.either_database
@pytest.mark.parametrize("slash", ["", "/"])
def test_the_address_answers_a_providers_trial(slash, client):
    strict = Client(enforce_csrf_checks=True)
    assert strict.head(f"/mail/events/postmark{slash}").status_code == 200
    assert client.get(f"/mail/events/postmark{slash}").status_code == 405


@pytest.mark.either_database
@pytest.mark.parametrize("body", ["", "nonsense", "[]", "null", '"x"', "{}", "[1]", "[[]]"])
@pytest.mark.parametrize("name", SAYS)
def test_a_body_that_is_none_is_no_error_of_ours(name, body, db, client, caplog):
    answer = post_to_us(client, Post(name, body))
    assert answer.status_code in {200, 400}


def test_a_time_to_come_is_not_believed(sent, now):
    event = AnymailTrackingEvent(
        event_type="delivered",
        timestamp=datetime(2040, 1, 1, tzinfo=UTC),
        metadata={"promoter": sent.event_token},
    )
    record_event(event=event, provider="Postmark", now=now)
    assert after(sent).outcome_at == now
