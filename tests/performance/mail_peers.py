"""What draining is measured beside: two Django outboxes, and smtplib with mails made
before. All carry the words of a mail of ours, ready-made: peers render nothing.
"""

from __future__ import annotations

import smtplib
from collections.abc import Callable, Sequence

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

Drain = Callable[[], None]
"""Sends what was queued before, to the last."""


def post_office(likeness: EmailMultiAlternatives, people: Sequence[str]) -> Drain:
    """Five threads, a connection each, one UPDATE for 100 mails at their end."""
    from post_office import mail  # type: ignore[import-not-found] # noqa: PLC0415

    mail.send_many(
        [
            {
                "sender": likeness.from_email,
                "recipients": [person],
                "subject": likeness.subject,
                "message": likeness.body,
                "html_message": html(likeness),
                "headers": dict(likeness.extra_headers),
            }
            for person in people
        ]
    )

    def drain() -> None:
        while sum(mail.send_queued(log_level=0)):
            pass

    return drain


def mailer(likeness: EmailMultiAlternatives, people: Sequence[str]) -> Drain:
    """One by one: a transaction, a connection, a log entry for each."""
    from mailer import engine  # type: ignore[import-not-found] # noqa: PLC0415
    from mailer.models import Message  # type: ignore[import-not-found] # noqa: PLC0415

    def stored(person: str) -> Message:
        message = Message()
        message.email = addressed(likeness, person)
        return message

    Message.objects.bulk_create([stored(person) for person in people], batch_size=500)
    return engine.send_all  # type: ignore[no-any-return]


def floor(likeness: EmailMultiAlternatives, people: Sequence[str]) -> Drain:
    """Ready bytes over one kept connection, and nothing written down."""
    ready = [
        (person, addressed(likeness, person).message().as_bytes(linesep="\r\n"))  # type: ignore[call-arg]
        for person in people
    ]

    def drain() -> None:
        with smtplib.SMTP(settings.EMAIL_HOST, settings.EMAIL_PORT) as smtp:
            for person, raw in ready:
                smtp.sendmail("us@example.com", [person], raw)

    return drain


def addressed(likeness: EmailMultiAlternatives, person: str) -> EmailMultiAlternatives:
    message = EmailMultiAlternatives(
        likeness.subject,
        likeness.body,
        likeness.from_email,
        [person],
        headers=dict(likeness.extra_headers),
    )
    message.attach_alternative(html(likeness), "text/html")
    return message


def html(likeness: EmailMultiAlternatives) -> str:
    return str(likeness.alternatives[0][0])
