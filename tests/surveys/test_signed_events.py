"""Events that a signature proves, without a password in the address, for each provider
that signs; what is signed wrongly, or says something else than was signed, is refused."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from base64 import b64decode, b64encode
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from promoter.lib.mail_providers import PROVIDERS
from surveys.models import SurveyEmail
from tests.surveys.outbox import schedule
from tests.surveys.provider_events import (
    SAYS,
    TO,
    WHEN,
    Post,
    mailersend,
    mailgun,
    post_to_us,
    resend,
    sendgrid,
)

pytestmark = [
    pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailNotSupportedWarning"),
    pytest.mark.either_database,
]
EC_KEY = ec.generate_private_key(ec.SECP256R1())
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
SVIX_SECRET = b64encode(b"a secret of twenty-four.").decode()


def public(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    """As providers show it: the lines between BEGIN and END."""
    pem = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return "".join(pem.decode().strip().splitlines()[1:-1])


SECRETS = {
    "MAILGUN_API_KEY": "key",
    "MAILGUN_WEBHOOK_SIGNING_KEY": "signing-key",
    "MAILERSEND_SIGNING_SECRET": "signing-secret",
    "MAILTRAP_TRACKING_SECRET": "signing-secret",
    "MANDRILL_API_KEY": "key",
    "MANDRILL_WEBHOOK_KEY": "signing-key",
    "MANDRILL_WEBHOOK_URL": "https://nps.example.com/mail/events/mandrill/",
    "POSTAL_WEBHOOK_KEY": public(RSA_KEY),
    "RESEND_SIGNING_SECRET": f"whsec_{SVIX_SECRET}",
    "SENDGRID_TRACKING_WEBHOOK_VERIFICATION_KEY": public(EC_KEY),
    "UNISENDER_GO_API_KEY": "api-key",
}


def signed_resend(email: SurveyEmail) -> Post:
    post = resend(email, "delivered")
    at = str(int(time.time()))
    text = f"msg_1.{at}.{post.body}".encode()
    proof = hmac.new(b64decode(SVIX_SECRET), text, hashlib.sha256).digest()
    post.headers |= {
        "svix-id": "msg_1",
        "svix-timestamp": at,
        "svix-signature": f"v1,{b64encode(proof).decode()}",
    }
    return post


def signed_sendgrid(email: SurveyEmail) -> Post:
    post = sendgrid(email, "delivered")
    proof = EC_KEY.sign(f"{WHEN}{post.body}".encode(), ec.ECDSA(hashes.SHA256()))
    post.headers |= {
        "X-Twilio-Email-Event-Webhook-Timestamp": str(WHEN),
        "X-Twilio-Email-Event-Webhook-Signature": b64encode(proof).decode(),
    }
    return post


def signed_postal(email: SurveyEmail) -> Post:
    """Knows no metadata: the mail is found by the provider's id."""
    message = {"id": email.provider_message_id, "to": TO, "direction": "outgoing"}
    payload = {"status": "Sent", "message": message, "details": "delivered"}
    body = json.dumps({"event": "MessageSent", "timestamp": WHEN, "payload": payload})
    proof = RSA_KEY.sign(body.encode(), padding.PKCS1v15(), hashes.SHA1())  # noqa: S303
    headers = {"X-Postal-Signature": b64encode(proof).decode()}
    return Post("postal", body, headers=headers)


def signed_mailtrap(email: SurveyEmail) -> Post:
    event = {
        "event": "delivery",
        "timestamp": WHEN,
        "message_id": "1df37d17-0286-4d8b-8edf-bc4ec5be86e6",
        "email": TO,
        "response": "delivered",
        "custom_variables": {"promoter": email.event_token},
    }
    body = json.dumps({"events": [event]})
    proof = hmac.new(b"signing-secret", body.encode(), hashlib.sha256).hexdigest()
    return Post("mailtrap", body, headers={"Mailtrap-Signature": proof})


def signed_mandrill(email: SurveyEmail) -> Post:
    """It tells of no delivery; a delay is the least it says."""
    metadata = {"promoter": email.event_token}
    message = {"_id": "theirs-1", "email": TO, "diag": "delivered", "metadata": metadata}
    events = json.dumps([{"event": "deferral", "ts": WHEN, "msg": message}])
    url = SECRETS["MANDRILL_WEBHOOK_URL"]
    text = f"{url}mandrill_events{events}".encode()
    proof = hmac.new(b"signing-key", text, hashlib.sha1).digest()
    headers = {"X-Mandrill-Signature": b64encode(proof).decode()}
    form = "application/x-www-form-urlencoded"
    return Post("mandrill", urlencode({"mandrill_events": events}), form, headers)


def signed_unisender_go(email: SurveyEmail) -> Post:
    data = {
        "job_id": "1a3Q2V-0000OZ-S0",
        "metadata": {"promoter": email.event_token},
        "email": TO,
        "status": "delivered",
        "event_time": "2026-11-23 12:00:00",
    }
    event = {"event_name": "transactional_email_status", "event_data": data}
    body = json.dumps(
        {
            "auth": SECRETS["UNISENDER_GO_API_KEY"],
            "events_by_user": [{"user_id": 1, "events": [event]}],
        }
    )
    proof = hashlib.md5(body.encode()).hexdigest()  # noqa: S324
    return Post("unisender_go", body.replace(SECRETS["UNISENDER_GO_API_KEY"], proof))


SIGNED = {
    "mailersend": lambda email: mailersend(email, "delivered"),
    "mailgun": lambda email: mailgun(email, "delivered"),
    "mailtrap": signed_mailtrap,
    "mandrill": signed_mandrill,
    "postal": signed_postal,
    "resend": signed_resend,
    "sendgrid": signed_sendgrid,
    "unisender_go": signed_unisender_go,
}


def forged(post: Post) -> Post:
    """Another event under the same signature. Mailgun signs a token and not the event."""
    if post.provider == "mailgun":
        return replace(post, body=post.body.replace('"token"', '"other"'))
    if post.provider == "mandrill":
        [(name, events)] = parse_qsl(post.body)
        return replace(post, body=urlencode({name: events.replace("delivered", "spam")}))
    return replace(post, body=post.body.replace("delivered", "complained"))


@pytest.fixture
def sent(campaign, now) -> SurveyEmail:
    [email] = schedule(campaign, now)
    email.status, email.sent_at = SurveyEmail.Status.SENT, now
    email.provider_message_id = "theirs-1"
    email.save()
    return email


def test_every_provider_that_can_sign_is_tried():
    assert set(SIGNED) == {name for name, each in PROVIDERS.items() if each.signed_by}


@pytest.mark.parametrize("name", SIGNED)
def test_a_signature_is_enough_and_a_wrong_one_is_not(name, sent, client, settings):
    settings.ANYMAIL = SECRETS
    post = SIGNED[name](sent)
    assert forged(post).body != post.body

    refused = [forged(post)]
    if post.headers:
        refused.append(replace(post, headers={}))
    for each in refused:
        assert post_to_us(client, each, secret="").status_code == 400
        sent.refresh_from_db()
        assert sent.outcome == ""

    assert post_to_us(client, post, secret="").status_code == 200
    sent.refresh_from_db()
    assert sent.outcome == ("deferred" if name == "mandrill" else "delivered")


@pytest.mark.parametrize("name", set(SIGNED) & set(SAYS))
def test_where_a_secret_is_set_the_password_alone_proves_nothing(
    name, sent, client, settings
):
    settings.ANYMAIL = SECRETS | {"WEBHOOK_SECRET": "name:password"}
    post = replace(SIGNED[name](sent), headers={})
    if name == "mailgun":
        post = forged(post)

    assert post_to_us(client, post).status_code == 400
