"""Mail by a provider's HTTP API: each answer, and none, ends in the right state."""

from __future__ import annotations

import json
import re
import socket
import warnings
from datetime import timedelta

import pytest
from django.core.mail import get_connection

from contacts.models import Suppression
from promoter.accounts.models import Account
from promoter.accounts.notices import tell_owners
from promoter.lib.mail_providers import PROVIDERS
from surveys.delivery import deliver_due
from surveys.models import Survey, SurveyEmail
from surveys.sending import transport
from surveys.sending.batches import TOO_LATE_TO_REPEAT
from surveys.sending.claiming import STOPPED_WITHIN, Turns, claim_due, lease, sweep_expired
from surveys.sending.composing import compose
from surveys.sending.pausing import PROBE_AFTER
from surveys.sending.settling import hand_off
from tests.harness.mail_api import HANG_UP, MailApi
from tests.surveys.outbox import hand_over, prepare, schedule, statuses
from tests.surveys.test_pacing import campaign_of

Status = SurveyEmail.Status
LIMIT = timedelta(seconds=20)
INACTIVE = "Found inactive addresses: person0@example.com. Inactive recipients are"
TRIED = {
    "postmark": {"POSTMARK_SERVER_TOKEN": "secret-token"},
    "sendgrid": {"SENDGRID_API_KEY": "secret-token"},
    "resend": {"RESEND_API_KEY": "secret-token"},
    "brevo": {"BREVO_API_KEY": "secret-token"},
}
pytestmark = [
    pytest.mark.either_database,
    pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailNotSupportedWarning"),
]


@pytest.fixture
def api():
    server = MailApi()
    yield server
    server.close()


@pytest.fixture
def use(settings, api):
    """Mail goes to that provider, played by `api`."""

    def _use(name: str, **more: object) -> None:
        settings.EMAIL_BACKEND = f"anymail.backends.{name}.EmailBackend"
        settings.ANYMAIL = {
            **TRIED[name],
            f"{name.upper()}_API_URL": api.url,
            "REQUESTS_TIMEOUT": 5,
            **more,
        }

    return _use


@pytest.fixture
def deliver():
    def _deliver(now) -> bool:
        with transport.connection() as way_out:
            return deliver_due(clock=lambda: now, transport=way_out, limit=LIMIT)

    return _deliver


def the_mail() -> SurveyEmail:
    return SurveyEmail.objects.get(kind=SurveyEmail.Kind.INVITATION)


# --- What they take ---------------------------------------------------------------------


@pytest.mark.parametrize("name", TRIED)
def test_mails_go_out_once_over_one_session(name, campaign, use, deliver, api, now):
    use(name)
    schedule(campaign, now, number=30)
    deliver(now)
    deliver(now)
    assert statuses() == {Status.SENT: 30}
    sent = json.dumps([asked.body for asked in api.requests])
    assert len(set(re.findall(r"person\d+@example.com", sent))) == len(api.requests) == 30
    assert len({asked.peer for asked in api.requests}) == 1
    ids = set(SurveyEmail.objects.values_list("provider_message_id", flat=True))
    assert len(ids) == 30
    assert "" not in ids
    if name != "sendgrid":  # its ids are made by anymail and travel as metadata
        assert ids == set(api.mails)


@pytest.mark.parametrize("name", TRIED)
def test_the_mail_carries_what_unsubscribing_and_events_need(
    name, campaign, use, deliver, api, now
):
    use(name)
    schedule(campaign, now)
    deliver(now)
    [asked] = api.requests
    body = json.dumps(asked.body)
    assert "List-Unsubscribe=One-Click" in body
    assert the_mail().event_token in body
    # The provider writes these, and the second attempt must not differ from the first.
    assert '"Date"' not in body
    assert '"Message-ID"' not in body


@pytest.mark.parametrize("name", [name for name in PROVIDERS if name != "amazon_ses"])
def test_every_provider_can_say_our_mail(name, campaign, settings, now):
    """Amazon SES is spoken to by boto3, which writes the request itself."""
    provider = PROVIDERS[name]
    settings.EMAIL_BACKEND = f"anymail.backends.{name}.EmailBackend"
    settings.ANYMAIL = dict.fromkeys(provider.needs, "example.com") | {
        "SEND_DEFAULTS": {"track_opens": False, "track_clicks": False}
        if provider.can_switch_tracking
        else {}
    }
    [email] = schedule(campaign, now)
    message = compose(SurveyEmail.objects.get(pk=email.pk), now=now)
    backend = get_connection()
    way_out = transport.ProviderTransport(backend)
    prepare(way_out, message)
    payload = backend.build_message_payload(message, backend.send_defaults)
    params = payload.get_request_params("https://api.test/")
    way_out.close()
    assert (email.event_token in str(params)) is provider.carries_metadata
    assert "person0@example.com" in str(params)


# --- What they answer ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "status", "body", "becomes", "says"),
    [
        ("postmark", 401, {"ErrorCode": 10}, Status.SCHEDULED, "401"),
        ("postmark", 429, {"ErrorCode": 1}, Status.SCHEDULED, "429"),
        ("postmark", 500, {"ErrorCode": 1}, Status.SCHEDULED, "500"),
        ("postmark", 503, {"ErrorCode": 100}, Status.SCHEDULED, "503"),
        # The sender's signature is not confirmed: mended in time, the mail goes.
        ("postmark", 422, {"ErrorCode": 400, "Message": "no"}, Status.SCHEDULED, "422"),
        ("sendgrid", 400, {"errors": [{"message": "bad"}]}, Status.SCHEDULED, "bad"),
        ("sendgrid", 403, {"errors": []}, Status.SCHEDULED, "403"),
        ("sendgrid", 413, {"errors": []}, Status.FAILED, "413"),
        ("sendgrid", 502, b"<html>", Status.UNCERTAIN, "502"),
        ("postmark", 504, b"<html>", Status.UNCERTAIN, "504"),
        ("postmark", 200, b"not JSON", Status.UNCERTAIN, "No clear answer"),
        ("postmark", HANG_UP, None, Status.UNCERTAIN, "No answer"),
        (
            *("postmark", 422),
            {"ErrorCode": 406, "Message": INACTIVE},
            *(Status.FAILED, "refused the address"),
        ),
        (
            *("postmark", 422),
            {"ErrorCode": 406, "Message": "inactive, in words not seen before"},
            *(Status.SCHEDULED, "not seen before"),
        ),
        (
            *("postmark", 422),
            {"ErrorCode": 300, "Message": "Invalid 'To' address: 'person0@example.com'."},
            *(Status.FAILED, "refused the address"),
        ),
    ],
)  # fmt: skip
def test_what_an_answer_means(
    name, status, body, becomes, says, campaign, use, deliver, api, now
):
    use(name)
    schedule(campaign, now)
    api.say(status, body)
    deliver(now)
    email = the_mail()
    assert (email.status, says in email.error) == (becomes, True), email.error
    assert "secret-token" not in email.error
    assert email.lease_until is None
    invalid = isinstance(body, dict) and body.get("ErrorCode") == 300
    assert Suppression.objects.filter(reason="bounced").exists() is invalid


@pytest.mark.parametrize(("status", "asked"), [(401, 1), (429, 1), (503, 1), (400, 5)])
def test_a_word_about_the_account_stops_the_run(
    status, asked, campaign, use, deliver, api, now
):
    use("sendgrid")
    schedule(campaign, now, number=5)
    for _ in range(5):
        api.say(status, {"errors": [{"message": "no"}]})
    deliver(now)
    assert len(api.requests) == asked
    assert statuses() == {Status.SCHEDULED: 5}


@pytest.mark.parametrize("status", [401, 402, 403])
def test_a_refused_key_pauses_every_account_that_waits_with_one_try_an_hour(
    status, campaign, account, other_account, use, deliver, api, now
):
    use("resend")
    schedule(campaign, now, number=2)
    schedule(campaign_of(other_account, campaign), now, prefix="their")
    for _ in range(2):
        api.say(status, {"name": "restricted_api_key", "message": "no"})
    deliver(now)
    deliver(now + PROBE_AFTER - timedelta(minutes=1))
    assert len(api.requests) == 1
    for each in (account, other_account):
        each.refresh_from_db()
        assert (each.sending_paused_at, str(status) in each.sending_paused_because) == (
            now,
            True,
        )
    # Nothing has left, no mail is to blame, and all are as due as before.
    assert statuses() == {Status.SCHEDULED: 3}
    assert SurveyEmail.objects.due(now=now).count() == 3
    rows = SurveyEmail.objects.filter(
        failing_since=None, repeating_since=None, sent_at=None
    )
    assert rows.count() == 3
    deliver(now + PROBE_AFTER)
    assert len(api.requests) == 2
    for _ in range(2):
        deliver(now + 2 * PROBE_AFTER)
    assert statuses() == {Status.SENT: 3}
    assert not Account.objects.exclude(sending_paused_at=None).exists()


@pytest.mark.parametrize("status", [429, 500])
def test_what_passes_by_itself_pauses_nobody(
    status, campaign, account, use, deliver, api, now
):
    use("resend")
    schedule(campaign, now)
    api.say(status, {"message": "no"})
    deliver(now)
    account.refresh_from_db()
    assert account.sending_paused_at is None
    assert the_mail().failing_since == now


def test_no_provider_at_all_is_no_reason_to_doubt(campaign, use, deliver, now):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    use("postmark", POSTMARK_API_URL=f"http://127.0.0.1:{port}/")
    schedule(campaign, now, number=2)
    deliver(now)
    assert statuses() == {Status.SCHEDULED: 2}
    assert SurveyEmail.objects.filter(error__contains="No connection").count() == 1


def test_a_wrong_kind_of_server_is_no_reason_to_doubt(campaign, use, deliver, api, now):
    use("postmark", POSTMARK_API_URL=api.url.replace("http:", "https:"))
    schedule(campaign, now)
    deliver(now)
    assert the_mail().status == Status.SCHEDULED


def test_silence_after_the_mail_is_uncertain(campaign, use, deliver, api, now):
    use("postmark", REQUESTS_TIMEOUT=0.2)
    api.delay = 1
    schedule(campaign, now)
    deliver(now)
    assert (the_mail().status, len(api.mails)) == (Status.UNCERTAIN, 1)
    assert not Survey.objects.exclude(asked_at=None).exists()


def test_a_refused_notice_or_test_mail_is_no_error_of_ours(
    campaign, use, api, account, alice_client
):
    use("postmark")
    for _ in range(2):
        api.say(422, {"ErrorCode": 406, "Message": INACTIVE.replace("person0", "alice")})
    assert tell_owners(account=account, write=lambda: ("Quota", "80 %")) is False
    address = f"/campaigns/templates/{campaign.email_template_id}/test-mail/"
    answer = alice_client.post(address, follow=True)
    assert "did not take the test mail" in answer.content.decode()
    assert len(api.requests) == 2


# --- Keys ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["resend", "brevo"])
@pytest.mark.parametrize("status", [HANG_UP, 502])
def test_no_answer_is_asked_again_with_the_same_key(
    name, status, campaign, use, deliver, api, now
):
    use(name)
    schedule(campaign, now)
    api.say(status, b"" if status else None)
    deliver(now)
    email = the_mail()
    assert (email.status, email.repeating_since) == (Status.SCHEDULED, now)
    deliver(now + timedelta(minutes=2))
    email.refresh_from_db()
    assert (email.status, email.repeating_since, email.error) == (Status.SENT, None, "")
    assert len(api.requests) == 2
    assert len(api.mails) == 1
    assert len({json.dumps(asked.body) for asked in api.requests}) == 1
    assert api.requests[0].key == api.requests[1].key != ""


@pytest.mark.parametrize(("name", "repeated"), [("resend", True), ("postmark", False)])
def test_a_dead_workers_handoff_is_repeated_where_keys_count(
    name, repeated, campaign, use, deliver, api, now
):
    use(name)
    schedule(campaign, now)
    [email] = claim_due(now=now, turns=Turns())
    with transport.connection() as way_out:
        prepare(way_out, compose(email, now=now))
        assert hand_off([email], now=now)
        hand_over(way_out)  # and here the worker dies
    later = now + lease() + timedelta(seconds=1)
    assert sweep_expired(now=later) == ((1, 0) if repeated else (0, 1))
    assert the_mail().error == STOPPED_WITHIN
    deliver(later)
    assert len(api.mails) == 1
    assert the_mail().status == (Status.SENT if repeated else Status.UNCERTAIN)
    assert the_mail().provider_message_id == ("id-1" if repeated else "")


def test_a_key_that_is_forgotten_is_not_used(campaign, use, deliver, api, now):
    use("brevo")
    schedule(campaign, now)
    api.say(HANG_UP)
    deliver(now)
    deliver(now + PROVIDERS["brevo"].key_life)
    email = the_mail()
    assert (email.status, email.error) == (Status.UNCERTAIN, TOO_LATE_TO_REPEAT)
    assert email.repeating_since is None
    assert len(api.requests) == 1


def test_a_key_counts_only_with_its_own_provider(campaign, use, deliver, api, now):
    use("resend")
    schedule(campaign, now)
    api.say(HANG_UP)
    deliver(now)
    use("postmark")
    deliver(now + timedelta(minutes=2))
    assert (the_mail().status, len(api.requests)) == (Status.UNCERTAIN, 1)


@pytest.mark.parametrize(
    ("name", "becomes"),
    [
        ("concurrent_idempotent_requests", Status.SCHEDULED),
        # Said of a key that came with another text: the first was taken.
        ("invalid_idempotent_request", Status.UNCERTAIN),
    ],
)
def test_a_key_that_is_known_already(name, becomes, campaign, use, deliver, api, now):
    use("resend")
    schedule(campaign, now)
    api.say(409, {"name": name, "message": "…"})
    deliver(now)
    assert the_mail().status == becomes


def test_a_refusal_of_a_repeat_says_nothing_of_the_first(campaign, use, deliver, api, now):
    use("resend")
    schedule(campaign, now)
    api.say(HANG_UP)
    deliver(now)
    api.say(413, {"message": "too large"})
    deliver(now + timedelta(minutes=2))
    assert the_mail().status == Status.UNCERTAIN


def test_the_warning_about_sendgrid_is_still_anymails(use):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        use("sendgrid")
        get_connection()
    assert "dropped official support" in str(caught[0].message)
