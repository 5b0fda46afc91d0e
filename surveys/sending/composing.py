"""Make the mail of a survey, invitation or reminder: its words with all its headers."""

from __future__ import annotations

from datetime import datetime
from email.utils import format_datetime, formataddr, parseaddr
from functools import lru_cache
from urllib.parse import quote

from anymail.message import AnymailMessage
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse

from campaigns.languages import language_of
from campaigns.models import TemplateContent
from campaigns.rendering import contact_values
from surveys.models import SurveyEmail
from surveys.sending.writing import Texts, write

EVENT_TOKEN = "promoter"  # noqa: S105 - its name in the provider's metadata


def compose(email: SurveyEmail, *, now: datetime) -> EmailMultiAlternatives:
    """The mail of that row, as Django's backends take it; `now` becomes its date.

    Its Message-ID is the row's on every attempt. Raises ValueError when the campaign has
    no template or nobody to write to.
    """
    survey = email.survey
    template, contact = words_of(email), survey.contact
    if template is None or contact is None or not contact.email:
        raise ValueError("The campaign has no template, or the survey no recipient.")
    survey_url = settings.SITE_URL + _path("survey", survey.token)
    unsubscribe_token = survey.unsubscribe_token
    unsubscribe_url = settings.SITE_URL + _path("unsubscribe", unsubscribe_token)
    written = write(
        Texts.of(
            template,
            email.account,
            language=language_of(contact.attributes, otherwise=template.language),
            reminder=email.kind == SurveyEmail.Kind.REMINDER,
        ),
        contact_values(contact, brand=template.brand, account_name=email.account.name),
        survey_url=survey_url,
        unsubscribe_url=unsubscribe_url,
        logo_url=logo_url_of(template),
    )
    message: EmailMultiAlternatives = AnymailMessage(
        subject=written.subject,
        body=written.text,
        from_email=sender(written.from_name),
        to=[contact.email],
        reply_to=[template.reply_to] if template.reply_to else None,
        headers={
            "Date": format_datetime(now),
            "Message-ID": email.email_message_id,
            **_list_headers(unsubscribe_url, unsubscribe_token),
            **_our_headers(email),
        },
        # A provider gives it back with each event, and by SMTP nobody sees it.
        metadata={EVENT_TOKEN: email.event_token},
    )
    message.attach_alternative(written.html, "text/html")
    return message


def words_of(email: SurveyEmail) -> TemplateContent | None:
    """What the mail says: the template's words of now, unless it may have left with others.

    A provider refuses a key that comes back with another mail.
    """
    if email.repeating_since and email.template_version:
        return email.template_version
    return email.survey.campaign.email_template


def logo_url_of(template: TemplateContent) -> str:
    """Where mail programs fetch the logo; empty without one."""
    return settings.SITE_URL + template.logo.path if template.logo else ""


def sender(name: str) -> str:
    """The From header: our one sending address under the campaign's name."""
    return _named(name, settings.DEFAULT_FROM_EMAIL)


@lru_cache(maxsize=512)
def _named(name: str, own: str) -> str:
    own_name, address = parseaddr(own)
    return formataddr((name or own_name, address))


def _path(name: str, token: str) -> str:
    """As reverse() gives it."""
    before, after = _around_token(name)
    return before + token + after


@lru_cache
def _around_token(name: str) -> tuple[str, str]:
    before, _, after = reverse(name, args=["-"]).partition("-")
    return before, after


def _our_headers(email: SurveyEmail) -> dict[str, str]:
    campaign = email.survey.campaign_id
    return {
        # Gmail's feedback loop counts complaints by these.
        "Feedback-ID": f"{campaign}:{email.account_id}:{email.kind}:promoter",
        # A bounce that quotes nothing else quotes the headers.
        "X-Survey-Email": str(email.pk),
        # Exchange's absence notes would reach the Reply-To, a person.
        "X-Auto-Response-Suppress": "OOF, AutoReply",
    }


def _list_headers(unsubscribe_url: str, token: str) -> dict[str, str]:
    """RFC 2369 and RFC 8058: one click in the mail program, without opening a page."""
    ways = [f"<{unsubscribe_url}>"]
    if settings.LIST_UNSUBSCRIBE_EMAIL:
        subject = quote(f"unsubscribe {token}")
        ways.append(f"<mailto:{settings.LIST_UNSUBSCRIBE_EMAIL}?subject={subject}>")
    return {
        "List-Unsubscribe": ", ".join(ways),
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
