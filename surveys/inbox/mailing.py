"""Send what leaves the cases."""

from __future__ import annotations

from datetime import datetime

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from surveys.inbox.acting import reopen
from surveys.inbox.cases import happened
from surveys.inbox.replying import refusal
from surveys.models import CaseEvent, CaseMail
from surveys.sending.composing import sender
from surveys.sending.posting import Clock, MustNotLeave, Outbox, post_due

Kind = CaseMail.Kind


def send_case_mails(*, clock: Clock) -> int:
    """Mail what is due; how many mails left.

    A reply that may have left is not sent again, as a survey is not: nobody likes to be
    answered twice. What goes to the team may come twice.
    """
    rows = CaseMail.objects.select_related("event__case__response__contact__account")
    replies, others = rows.filter(kind=Kind.REPLY), rows.exclude(kind=Kind.REPLY)
    sent = post_due(
        Outbox(replies, _compose, may_repeat=False, failed=_failed), clock=clock
    )
    return sent + post_due(Outbox(others, _compose), clock=clock)


def send_again(*, mail: CaseMail, now: datetime) -> bool:
    """Somebody has looked at what did not leave, or may not have, and wants it sent. False
    when it is on its way, or out, meanwhile."""
    resting = CaseMail.objects.filter(pk=mail.pk, status__in=CaseMail.RESTING)
    return bool(resting.update(**CaseMail.anew(now=now)))


def _compose(mail: CaseMail, connection: BaseEmailBackend) -> EmailMessage:
    # Since it was written they may have complained, or their address may be dead.
    if mail.kind == Kind.REPLY and (why := refusal(mail.event.case.response.contact)):
        raise MustNotLeave(why)
    headers = {"Message-ID": mail.email_message_id}
    if mail.in_reply_to:
        headers |= {"In-Reply-To": mail.in_reply_to, "References": mail.in_reply_to}
    if mail.kind == Kind.NOTICE:
        headers["Auto-Submitted"] = "auto-generated"
    return EmailMessage(
        subject=mail.subject,
        body=mail.text,
        from_email=sender(mail.from_name),
        to=mail.to,
        reply_to=[mail.reply_to] if mail.reply_to else None,
        headers=headers,
        connection=connection,
    )


def _failed(mail: CaseMail, now: datetime) -> None:
    """Who closed the case with this reply believed that it would arrive."""
    case = mail.event.case
    happened(case, CaseEvent.Kind.NOT_SENT, now=now)
    reopen(cases=[case.pk], by=None, now=now)
