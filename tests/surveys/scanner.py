"""Survey mails that were really sent, and their links as a scanner finds them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from email.message import EmailMessage
from html import unescape

from campaigns.models import Campaign
from contacts.models import Suppression
from surveys.delivery import deliver_due
from surveys.models import Response, SurveyEmail, SuspectAnswer
from surveys.sending import transport
from tests.surveys.outbox import schedule

# Eleven scores, the way out and the hidden one.
LINKS = 13
ADDRESS = re.compile(r"https?://[^\s<>\"]+")


def send(
    campaign: Campaign, now: datetime, smtp_sink, *, number: int
) -> list[EmailMessage]:
    """The mails, as the mail server took them."""
    schedule(campaign, now, number=number)
    with transport.connection() as way_out:
        deliver_due(clock=lambda: now, transport=way_out, limit=timedelta(minutes=1))
    mails: list[EmailMessage] = smtp_sink.mails
    assert len(mails) == number
    return mails


def html_of(mail: EmailMessage) -> str:
    part = mail.get_body(("html",))
    assert part is not None
    text: str = part.get_content()
    return text


def links(mail: EmailMessage) -> list[str]:
    """Every address in its headers and in both of its parts, each once."""
    plain = mail.get_body(("plain",))
    assert plain is not None
    found = [mail["List-Unsubscribe"].strip("<>")]
    found += re.findall(r'href="([^"]+)"', html_of(mail))
    found += ADDRESS.findall(plain.get_content())
    return list(dict.fromkeys(map(unescape, found)))


def nothing_was_recorded() -> bool:
    """No score, not even in quarantine; no unsubscribe."""
    return not any(
        rows.exists()
        for rows in (
            Response.objects,
            SuspectAnswer.objects,
            Suppression.objects,
            SurveyEmail.objects.exclude(status=SurveyEmail.Status.SENT),
        )
    )
