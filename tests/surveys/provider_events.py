"""What providers post of a mail, in the shapes of their documentation."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from surveys.models import SurveyEmail

WHEN = 1795435200
"""2026-11-23 12:00 UTC, as the tests' clock has it."""
AT = "2026-11-23T12:00:00Z"
SECRET = "name:password"
TO = "person0@example.com"


@dataclass
class Post:
    """One request of a provider: the body, and what proves it."""

    provider: str
    body: str
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


def post_to_us(client, post: Post, *, secret: str = SECRET):
    """The provider's POST, with the password that stands in its address."""
    basic = {"Authorization": "Basic " + b64encode(secret.encode()).decode()}
    return client.post(
        f"/mail/events/{post.provider}/",
        post.body,
        content_type=post.content_type,
        headers=basic | post.headers,
    )


def _json(provider: str, body: Any) -> Post:
    return Post(provider, json.dumps(body))


def postmark(email: SurveyEmail, event: str) -> Post:
    kind, more = {
        "delivered": ("Delivery", {"DeliveredAt": AT, "Details": "250 OK"}),
        "bounced": ("Bounce", {"Type": "HardBounce", "TypeCode": 1}),
        "soft": ("Bounce", {"Type": "SoftBounce", "TypeCode": 4096}),
        "deferred": ("Bounce", {"Type": "Transient", "TypeCode": 2}),
        "complained": ("SpamComplaint", {"Type": "SpamComplaint", "TypeCode": 512}),
        "unsubscribed": (
            "SubscriptionChange",
            {
                "SuppressSending": True,
                "SuppressionReason": "ManualSuppression",
                "ChangedAt": AT,
            },
        ),
    }[event]
    who = {"Email": TO} if kind in {"Bounce", "SpamComplaint"} else {"Recipient": TO}
    return _json(
        "postmark",
        {
            "RecordType": kind,
            "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483",
            "Metadata": {"promoter": email.event_token},
            "Description": "The server was unable to deliver your message",
            "Details": "smtp;550 5.1.1 unknown",
            **who,
            **more,
        },
    )


def sendgrid(email: SurveyEmail, event: str) -> Post:
    name, more = {
        "delivered": ("delivered", {"response": "250 OK"}),
        "bounced": ("bounce", {"type": "bounce", "reason": "550 5.1.1 unknown"}),
        "soft": ("bounce", {"type": "blocked", "reason": "552 5.7.1 policy"}),
        "deferred": ("deferred", {"response": "400 try again later"}),
        "complained": ("spamreport", {}),
        "unsubscribed": ("unsubscribe", {}),
        "rejected": ("dropped", {"reason": "Bounced Address"}),
    }[event]
    return _json(
        "sendgrid",
        [
            {
                "email": TO,
                "timestamp": WHEN,
                "event": name,
                "sg_event_id": "ZGVsaXZlcmVkLTA",
                "sg_message_id": "14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0",
                "promoter": email.event_token,
                **more,
            }
        ],
    )


def brevo(email: SurveyEmail, event: str) -> Post:
    name = {
        "delivered": "delivered",
        "bounced": "hard_bounce",
        "soft": "soft_bounce",
        "deferred": "deferred",
        "complained": "spam",
        "unsubscribed": "unsubscribe",
    }[event]
    return _json(
        "brevo",
        {
            "event": name,
            "email": TO,
            "ts_epoch": WHEN * 1000,
            "message-id": "<201798300811.5787683@smtp-relay.example>",
            "X-Mailin-custom": json.dumps({"promoter": email.event_token}),
            "reason": "550 5.1.1 unknown",
        },
    )


def resend(email: SurveyEmail, event: str) -> Post:
    name, more = {
        "delivered": ("email.delivered", {}),
        "deferred": ("email.delivery_delayed", {}),
        "complained": ("email.complained", {}),
        "bounced": ("email.bounced", {"bounce": _resend_bounce("Permanent")}),
        "soft": ("email.bounced", {"bounce": _resend_bounce("Transient")}),
    }[event]
    headers = [{"name": "X-Metadata", "value": json.dumps({"promoter": email.event_token})}]
    data = {"email_id": "56761188-7520-42d8-8898", "to": [TO], "headers": headers, **more}
    return _json("resend", {"type": name, "created_at": AT, "data": data})


def _resend_bounce(kind: str) -> dict[str, str]:
    message = "The recipient's email provider sent a bounce message, 5.1.1 unknown."
    return {"type": kind, "message": message}


def sparkpost(email: SurveyEmail, event: str) -> Post:
    name, more = {
        "delivered": ("delivery", {}),
        "bounced": ("bounce", {"bounce_class": "10", "raw_reason": "550 5.1.1 unknown"}),
        "soft": ("bounce", {"bounce_class": "22", "raw_reason": "552 5.2.2 full"}),
        "complained": ("spam_complaint", {}),
    }[event]
    kind = "message_event"
    inner = {
        "type": name,
        "timestamp": str(WHEN),
        "raw_rcpt_to": TO,
        "transmission_id": "65832150921904138",
        "rcpt_meta": {"promoter": email.event_token},
        **more,
    }
    return _json("sparkpost", [{"msys": {kind: inner}}])


def mailjet(email: SurveyEmail, event: str) -> Post:
    name, more = {
        "delivered": ("sent", {"smtp_reply": "250 OK"}),
        "bounced": ("bounce", {"hard_bounce": True, "error": "user unknown"}),
        "soft": ("bounce", {"hard_bounce": False, "error": "mailbox inactive"}),
        "complained": ("spam", {}),
        "unsubscribed": ("unsub", {}),
    }[event]
    body = {
        "event": name,
        "time": WHEN,
        "MessageID": 19421777835146490,
        "email": TO,
        "Payload": json.dumps({"promoter": email.event_token}),
        **more,
    }
    return _json("mailjet", body)


def mailgun(email: SurveyEmail, event: str) -> Post:
    name, more = {
        "delivered": ("delivered", {}),
        "bounced": ("failed", {"severity": "permanent", "reason": "bounce"}),
        "deferred": ("failed", {"severity": "temporary", "reason": "generic"}),
        "complained": ("complained", {}),
        "unsubscribed": ("unsubscribed", {}),
    }[event]
    signed = f"{WHEN}token".encode()
    signature = hmac.new(b"signing-key", signed, hashlib.sha256).hexdigest()
    data = {
        "event": name,
        "timestamp": WHEN,
        "recipient": TO,
        "user-variables": {"promoter": email.event_token},
        "delivery-status": {"message": "550 5.1.1 unknown"},
        **more,
    }
    proof = {"timestamp": str(WHEN), "token": "token", "signature": signature}
    return _json("mailgun", {"signature": proof, "event-data": data})


def mailersend(email: SurveyEmail, event: str) -> Post:
    """Knows no metadata: the mail is found by the provider's id."""
    name = {
        "delivered": "delivered",
        "bounced": "hard_bounced",
        "soft": "soft_bounced",
        "complained": "spam_complaint",
        "unsubscribed": "unsubscribed",
    }[event]
    data = {
        "type": name,
        "created_at": AT,
        "email": {
            "message": {"id": email.provider_message_id},
            "recipient": {"email": TO},
        },
        "morph": {"object": "recipient_bounce", "reason": "550 5.1.1 unknown"}
        if "bounced" in name
        else None,
    }
    post = _json("mailersend", {"type": f"activity.{name}", "data": data})
    signature = hmac.new(b"signing-secret", post.body.encode(), hashlib.sha256)
    post.headers["Signature"] = signature.hexdigest()
    return post


def amazon_ses(email: SurveyEmail, event: str) -> Post:
    """By way of Amazon SNS, which wraps each event in a message of its own."""
    name, key, more = {
        "delivered": ("Delivery", "delivery", {"recipients": [TO], "smtpResponse": "250"}),
        "bounced": ("Bounce", "bounce", _ses_bounce("Permanent", "General")),
        "soft": ("Bounce", "bounce", _ses_bounce("Transient", "MailboxFull")),
        "complained": ("Complaint", "complaint", {"complainedRecipients": [_SES_TO]}),
    }[event]
    said = {
        "eventType": name,
        "mail": {
            "messageId": "EXAMPLE7c191be45-e9aedb9a-02f9-4d12-a87d-dd0099a07f8a-000000",
            "destination": [TO],
            "headers": [
                {"name": "X-Metadata", "value": json.dumps({"promoter": email.event_token})}
            ],
        },
        key: more,
    }
    message = {"Type": "Notification", "MessageId": "sns-1", "Timestamp": AT}
    post = _json("amazon_ses", message | {"Message": json.dumps(said)})
    post.headers |= {
        "X-Amz-Sns-Message-Type": "Notification",
        "X-Amz-Sns-Message-Id": "sns-1",
    }
    return post


_SES_TO = {"emailAddress": TO, "diagnosticCode": "smtp; 550 5.1.1 unknown"}


def _ses_bounce(kind: str, more: str) -> dict[str, Any]:
    return {"bounceType": kind, "bounceSubType": more, "bouncedRecipients": [_SES_TO]}


SAYS: dict[str, Callable[[SurveyEmail, str], Post]] = {
    "amazon_ses": amazon_ses,
    "postmark": postmark,
    "sendgrid": sendgrid,
    "brevo": brevo,
    "resend": resend,
    "sparkpost": sparkpost,
    "mailjet": mailjet,
    "mailgun": mailgun,
    "mailersend": mailersend,
}
