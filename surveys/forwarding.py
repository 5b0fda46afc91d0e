"""Mail each answer to the people whom the campaign names.

Not at once: score and comment come minutes apart, and one mail says more than two. The
row waits a minute after the last change, then goes the way of every outbox row here.
A dead worker's row is sent again, under the same Message-ID: unlike a survey, a copy
harms nobody.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse

from campaigns.models import Campaign
from campaigns.rendering import header_text
from surveys.composing import sender
from surveys.message_ids import message_id_domain
from surveys.models import ForwardedResponse, Response, ResponseChange
from surveys.nps import Band
from surveys.retrying import MAX_ERROR, wait_after
from surveys.writing import MAX_SUBJECT

# As app.css has them; white stands out on each.
COLORS = {Band.PROMOTER: "#0f766e", Band.PASSIVE: "#66552f", Band.DETRACTOR: "#96330f"}
SETTLE = timedelta(minutes=1)
LEASE = timedelta(minutes=5)
BATCH = 20

log = logging.getLogger(__name__)
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


def forward_due(*, clock: Callable[[], datetime]) -> int:
    """Mail what is due; how many mails left. Whoever comes second finds nothing."""
    sent = 0
    connection = get_connection()
    try:
        while claimed := _claim(now=clock()):
            try:
                connection.open()
            except Exception as error:  # whatever a mail service's client may raise
                for forward in claimed:
                    _try_later(forward, error, now=clock())
                break
            for forward in claimed:
                sent += _forward(forward, connection=connection, clock=clock)
    finally:
        connection.close()
    return sent


def is_wanted(response: Response, *, campaign: Campaign) -> bool:
    """Whether the campaign's people want to read this answer."""
    if not campaign.forward_to or response.contact is None:
        return False
    if campaign.forward_when == When.DETRACTORS:
        return response.band is Band.DETRACTOR
    return campaign.forward_when == When.ALWAYS or bool(response.comment)


def _claim(*, now: datetime) -> list[ForwardedResponse]:
    due = Q(status=Status.WAITING, due_at__lte=now)
    dead = Q(status=Status.SENDING, lease_until__lt=now)
    with transaction.atomic():
        rows = ForwardedResponse.objects.select_for_update(skip_locked=True)
        ids = list(rows.filter(due | dead).order_by("due_at").values_list("pk")[:BATCH])
        pks = [pk for (pk,) in ids]
        ForwardedResponse.objects.filter(pk__in=pks).update(
            status=Status.SENDING, attempt=F("attempt") + 1, lease_until=now + LEASE
        )
    return list(
        ForwardedResponse.objects.filter(pk__in=pks, status=Status.SENDING).select_related(
            "account", "response__contact", "response__campaign"
        )
    )


def _forward(
    forward: ForwardedResponse,
    *,
    connection: BaseEmailBackend,
    clock: Callable[[], datetime],
) -> int:
    response = forward.response
    if not is_wanted(response, campaign=response.campaign):
        _ours(forward).delete()
        return 0
    try:
        _compose(response, forward, connection=connection).send()
    except Exception as error:
        _try_later(forward, error, now=clock())
        return 0
    _ours(forward).update(
        status=Status.SENT,
        sent_at=clock(),
        lease_until=None,
        failing_since=None,
        error="",
    )
    return 1


def _try_later(forward: ForwardedResponse, error: Exception, *, now: datetime) -> None:
    log.warning("An answer could not be forwarded: %s", error)
    since = forward.failing_since or now
    wait = wait_after(since=since, now=now)
    _ours(forward).update(
        status=Status.FAILED if wait is None else Status.WAITING,
        due_at=forward.due_at if wait is None else now + wait,
        failing_since=since,
        lease_until=None,
        error=f"{type(error).__name__}: {error}"[:MAX_ERROR],
    )


def _ours(forward: ForwardedResponse) -> QuerySet[ForwardedResponse]:
    """The row, unless the answer has changed or another worker has taken it since."""
    return ForwardedResponse.objects.filter(
        pk=forward.pk, status=Status.SENDING, attempt=forward.attempt
    )


def _compose(
    response: Response, forward: ForwardedResponse, *, connection: BaseEmailBackend
) -> EmailMessage:
    contact, campaign = response.contact, response.campaign
    assert contact is not None  # noqa: S101  # is_wanted
    who = contact.name or str(contact)
    subject = header_text(f"{response.score} of 10 from {who}: {campaign.name}")
    moment = int(response.updated_at.timestamp())
    context = {
        "subject": subject,
        "response": response,
        "contact": contact,
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
