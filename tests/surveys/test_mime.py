"""The quick way to a mail's bytes, beside the email package's: equal once they are read."""

from __future__ import annotations

from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage as Parsed
from email.policy import SMTP

import pytest
from django.core.mail import EmailMultiAlternatives
from hypothesis import given
from hypothesis import strategies as st

from campaigns.rendering import clean_text, header_text
from surveys.models import SurveyEmail
from surveys.sending import mime
from surveys.sending.composing import compose, sender
from surveys.sending.writing import MAX_SUBJECT
from tests.surveys.outbox import schedule

HOSTILE = [
    "Ann\r\nBcc: eve@example.com",
    "\u202eلون\u202c Zoë",
    "=?utf-8?q?not_encoded?=",
    '"O\'Neil, \\Pat" <b@x.io>',
    "日本語の名前" * 30,
    "a" * 1200,
    "  two  spaces,\tand a tab ",
    ".",
    "",
    " ".join(["word"] * 200),
    "\n.\r\n..\r.dots",
    "--boundary\n----",
]
texts = st.sampled_from(HOSTILE) | st.text(
    st.characters(exclude_categories=["Cs"]), max_size=300
)


def mail(subject: str, name: str, text: str, html: str) -> EmailMultiAlternatives:
    message = EmailMultiAlternatives(
        header_text(subject)[:MAX_SUBJECT],
        clean_text(text),
        sender(header_text(name)[:100]),
        ["ann@example.com"],
        reply_to=["team@example.com"],
        headers={
            "Date": "Wed, 25 Nov 2026 04:15:44 +0000",
            "Message-ID": "<1c44f3fa13974c76a2ba942061490759@example.com>",
            "List-Unsubscribe": f"<https://s.example.com/{'u' * 90}/>, "
            f"<mailto:out@example.com?subject={'s' * 40}>",
            "Feedback-ID": "1:1:invitation:promoter",
        },
    )
    message.attach_alternative(clean_text(html), "text/html")
    return message


def read(raw: bytes) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The headers and the parts, as a mail program sees them."""
    parsed = message_from_bytes(raw, _class=Parsed, policy=SMTP)
    # By the book a long value may begin on its second line.
    headers = [
        (key, str(value).strip()) for key, value in parsed.items() if key != "Content-Type"
    ]
    parts = [(part.get_content_type(), part.get_content()) for part in parsed.iter_parts()]
    assert not parsed.defects
    return headers, parts


def by_the_book(message: EmailMultiAlternatives) -> bytes:
    raw: bytes = message.message().as_bytes(linesep="\r\n")  # type: ignore[call-arg]
    return raw


@given(texts, texts, texts, texts)
def test_any_mail_reads_as_by_the_book(subject, name, text, html):
    message = mail(subject, name, text, html)
    raw = mime.as_bytes(message)
    assert read(raw) == read(by_the_book(message))
    lines = raw.split(b"\r\n")
    assert max(map(len, lines)) <= 998
    assert b"\r" not in b"".join(lines)
    assert b"\n" not in b"".join(lines)


def test_a_survey_mail_goes_the_quick_way(campaign, now):
    campaign.email_template.subject = "Wie war’s, {{ contact.first_name }}?"
    campaign.email_template.save()
    [email] = schedule(campaign, now)
    message = compose(SurveyEmail.objects.get(pk=email.pk), now=now)
    raw = mime.as_bytes(message)
    assert read(raw) == read(by_the_book(message))
    # Its lines are short enough to leave as they are.
    assert b"quoted-printable" not in raw
    assert datetime.strptime(message.extra_headers["Date"], "%a, %d %b %Y %H:%M:%S %z")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("subject", "a\nBcc: eve@example.com"),
        ("subject", "half \ud800"),
        ("body", "\ud800"),
    ],
)
def test_what_can_not_be_written_is_refused_as_by_the_book(name, value):
    message = mail("Hello", "Us", "Hi", "<p>Hi</p>")
    setattr(message, name, value)
    with pytest.raises(ValueError, match=r"(?i)newline|surrogate"):
        mime.as_bytes(message)


def test_a_mail_of_another_shape_is_written_by_the_book():
    message = mail("Hello", "Us", "Hi", "<p>Hi</p>")
    message.attach("a.txt", "attached", "text/plain")
    parsed = message_from_bytes(mime.as_bytes(message), _class=Parsed, policy=SMTP)
    assert [each.get_content() for each in parsed.iter_attachments()] == ["attached"]
