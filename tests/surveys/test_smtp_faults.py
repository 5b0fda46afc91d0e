"""Each fault of a mail server at each step of SMTP: what becomes of the mail and of its
address, and when it is tried again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from campaigns.models import Campaign
from contacts.models import ContactList, Suppression
from promoter.accounts.models import Account
from surveys.delivery import deliver_due
from surveys.models import SurveyEmail
from surveys.sending import transport
from surveys.sending.pausing import PROBE_AFTER
from tests.surveys.outbox import schedule

pytestmark = pytest.mark.either_database

Status = SurveyEmail.Status
Case = tuple[str, str, str]

# What the server says instead of the right thing; of the two others one hangs up, one
# says nothing for longer than we wait.
REPLIES = {
    "4xx": {"rcpt": "451 4.7.1 greylisted", "": "421 4.3.2 not now"},
    "5xx": {"rcpt": "550 5.1.1 no such user", "": "554 5.7.1 not you"},
    "nonsense": {"": "hello"},
}
OFFERS_TLS = "250-sink\r\n250-STARTTLS\r\n250 AUTH PLAIN"
PATIENCE_SECONDS = 0.2
LATER, PAUSED = "later", "the account is paused"
UNCERTAIN, FAILED, SUPPRESSED = "uncertain", "failed", "suppressed"
# Outcome -> the mail's status, in how many minutes it is due; None: never again.
MEANING = {
    LATER: (Status.SCHEDULED, 1),
    PAUSED: (Status.SCHEDULED, 0),
    UNCERTAIN: (Status.UNCERTAIN, None),
    FAILED: (Status.FAILED, None),
    SUPPRESSED: (Status.FAILED, None),
}

# Before the mail itself nothing can have left, and nobody but the recipient's own server
# can say anything about the recipient.
EARLY = {
    step: dict.fromkeys(("4xx", "5xx", "nonsense", "hang up", "silence"), LATER)
    for step in ("connect", "ehlo", "starttls", "auth", "mail", "rcpt", "data")
}
OUTCOMES = EARLY | {
    "auth": EARLY["auth"] | {"5xx": PAUSED},
    "mail": EARLY["mail"] | {"5xx": PAUSED},
    "rcpt": EARLY["rcpt"] | {"5xx": SUPPRESSED},
    "data": EARLY["data"] | {"5xx": FAILED},
    # The final dot was written, and who knows whether it was read.
    "body": {"hang up": UNCERTAIN, "silence": UNCERTAIN},
    "dot": {
        "4xx": LATER,
        "5xx": FAILED,
        "nonsense": UNCERTAIN,
        "hang up": UNCERTAIN,
        "silence": UNCERTAIN,
    },
}
CASES: list[Case] = [
    (step, fault, outcome)
    for step, faults in OUTCOMES.items()
    for fault, outcome in faults.items()
]


@pytest.fixture(autouse=True)
def _mail_settings(smtp_sink, settings) -> None:
    settings.EMAIL_TIMEOUT = PATIENCE_SECONDS
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "us", "secret"


def misbehave(smtp_sink, settings, step: str, fault: str) -> None:
    if step == "starttls":
        settings.EMAIL_USE_TLS = True
        smtp_sink.answer("ehlo", OFFERS_TLS)
    if fault == "hang up":
        smtp_sink.drop(step)
    elif fault == "silence":
        smtp_sink.delay(step, 5)
    else:
        replies = REPLIES[fault]
        smtp_sink.answer(step, replies.get(step, replies[""]))


def run(now) -> None:
    with transport.connection() as way_out:
        deliver_due(clock=lambda: now, transport=way_out, limit=timedelta(seconds=20))


@pytest.mark.parametrize(("step", "fault", "outcome"), CASES)
def test_what_becomes_of_the_mail(campaign, now, smtp_sink, settings, step, fault, outcome):
    [email] = schedule(campaign, now)
    misbehave(smtp_sink, settings, step, fault)
    run(now)
    email = SurveyEmail.objects.select_related("account").get()
    status, minutes = MEANING[outcome]
    assert email.status == status
    assert email.error
    assert bool(email.account.sending_paused_because) is (outcome == PAUSED)
    assert Suppression.objects.filter(reason="bounced").exists() is (outcome == SUPPRESSED)
    if minutes is not None:
        assert email.due_at == now + timedelta(minutes=minutes)
    taken = len(smtp_sink.envelopes)

    smtp_sink.behave()
    settings.EMAIL_USE_TLS = False
    run(now + (PROBE_AFTER if outcome == PAUSED else timedelta(minutes=1)))
    email.refresh_from_db()
    comes_back = minutes is not None
    assert (email.status == Status.SENT) is comes_back
    # Nobody has it twice, whatever the server did not say.
    assert len(smtp_sink.envelopes) == taken + comes_back <= 1


@pytest.mark.parametrize("offered", [True, False])
def test_a_way_that_can_not_be_encrypted_carries_nothing(
    campaign, now, smtp_sink, settings, offered
):
    """The server offers TLS and speaks none, or doesn't offer it at all."""
    [email] = schedule(campaign, now)
    settings.EMAIL_USE_TLS = True
    if offered:
        smtp_sink.answer("ehlo", OFFERS_TLS)
        smtp_sink.answer("starttls", "220 go ahead")
    run(now)
    email.refresh_from_db()
    assert email.status == Status.SCHEDULED
    assert "No connection to the mail server" in email.error
    assert smtp_sink.envelopes == []


def test_a_refused_sign_in_pauses_every_account_with_one_try(
    campaign, other_account, template, now, smtp_sink
):
    """A try for each account would lock us out of the mail server."""
    schedule(campaign, now)
    theirs = Campaign.objects.create(
        account=other_account,
        name="Theirs",
        status=Campaign.Status.READY,
        event_name="Order Completed",
        email_template=template,
        contact_list=ContactList.objects.create(account=other_account, name="L"),
        activated_at=now,
    )
    schedule(theirs, now)
    smtp_sink.answer("auth", "535 5.7.8 Wrong password")
    run(now)
    reasons = set(Account.objects.values_list("sending_paused_because", flat=True))
    assert reasons == {"535 5.7.8 Wrong password"}
