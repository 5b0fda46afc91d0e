"""Mail each answer to the people whom the campaign names.

Not at once: score and comment come minutes apart, and one mail says more than two. The
row waits a minute after the last change, then goes the way of every outbox row here.
A dead worker's row is sent again, under the same Message-ID: unlike a survey, a copy
harms nobody.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import F
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.html import format_html
from django.utils.translation import gettext

from campaigns.models import Campaign
from campaigns.rendering import header_text
from contacts.models import Contact
from promoter.accounts.language import language_for_all
from surveys.chart_words import BAND_WORDS
from surveys.models import ForwardedResponse, Response, ResponseChange
from surveys.nps import Band
from surveys.sending.composing import sender
from surveys.sending.message_ids import message_id_domain
from surveys.sending.posting import Clock, Outbox, post_due
from surveys.sending.writing import MAX_SUBJECT

# As app.css has them; white stands out on each.
COLORS = {Band.PROMOTER: "#0f766e", Band.PASSIVE: "#66552f", Band.DETRACTOR: "#96330f"}
SETTLE = timedelta(minutes=1)
Status = ForwardedResponse.Status
When = Campaign.ForwardWhen


def plan_forward(response: Response, *, campaign: Campaign, now: datetime) -> None:
    """Have the new or changed answer mailed in a minute. In the caller's transaction.

    Whether it is one that is wanted is decided then: a comment may still come.
    """
    if not campaign.forward_to:
        return
    waiting = {
        "status": Status.WAITING,
        "due_at": now + SETTLE,
        "lease_until": None,
        "failing_since": None,
        "error": "",
    }
    # The attempt fences: a worker that is sending what was said before doesn't get to
    # call this sent.
    changed = ForwardedResponse.objects.filter(response=response).update(
        attempt=F("attempt") + 1, **waiting
    )
    if not changed:
        ForwardedResponse.objects.create(
            account_id=response.account_id, response=response, **waiting
        )


def forward_due(*, clock: Clock) -> int:
    """Mail what is due; how many mails left."""
    rows = ForwardedResponse.objects.select_related(
        "account", "response__contact", "response__campaign"
    )
    return post_due(Outbox(rows, _compose), clock=clock)


def is_wanted(response: Response, *, campaign: Campaign) -> bool:
    """Whether the campaign's people want to read this answer."""
    if not campaign.forward_to or response.contact is None:
        return False
    if campaign.forward_when == When.DETRACTORS:
        return response.band is Band.DETRACTOR
    return campaign.forward_when == When.ALWAYS or bool(response.comment)


def _compose(
    forward: ForwardedResponse, connection: BaseEmailBackend
) -> EmailMessage | None:
    response = forward.response
    contact, campaign = response.contact, response.campaign
    if contact is None or not is_wanted(response, campaign=campaign):
        return None
    with translation.override(language_for_all(campaign.forward_to)):
        return _written(forward, contact, campaign, connection)


def _written(
    forward: ForwardedResponse,
    contact: Contact,
    campaign: Campaign,
    connection: BaseEmailBackend,
) -> EmailMessage:
    """In the language that is on."""
    response, who = forward.response, contact.name or str(contact)
    words = gettext("%(score)s of 10 from %(contact)s: %(campaign)s")
    subject = header_text(
        words % {"score": response.score, "contact": who, "campaign": campaign.name}
    )
    moment = int(response.updated_at.timestamp())
    context = {
        "subject": subject,
        "response": response,
        "band": BAND_WORDS[response.band],
        "contact": contact,
        "who": who,
        "bold_who": format_html("<strong>{}</strong>", who),
        "campaign": campaign,
        "contact_url": settings.SITE_URL + reverse("contact", args=[contact.pk]),
        "color": COLORS[response.band],
        # Only to who was mailed what it was before.
        "is_changed": forward.sent_at is not None,
        "before": _mailed_before(forward),
    }
    mail = EmailMultiAlternatives(
        subject=subject[:MAX_SUBJECT],
        body=render_to_string("emails/answer.txt", context),
        from_email=sender(header_text(forward.account.name)),
        to=list(campaign.forward_to),
        # The point of it: pressing "reply" answers the person.
        reply_to=[contact.email] if contact.email else None,
        headers={
            "Message-ID": f"<answer-{response.pk}-{moment}@{message_id_domain()}>",
            "Auto-Submitted": "auto-generated",
        },
        connection=connection,
    )
    mail.attach_alternative(render_to_string("emails/answer.html", context), "text/html")
    return mail


def _mailed_before(forward: ForwardedResponse) -> ResponseChange | None:
    """What the answer was in the mail before this one."""
    if forward.sent_at is None:
        return None
    changes = forward.response.changes.filter(changed_at__gte=forward.sent_at)
    return changes.order_by("changed_at", "pk").first()
