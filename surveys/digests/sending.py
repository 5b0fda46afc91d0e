"""Send the digests and alerts that are due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import translation

from campaigns.rendering import header_text
from promoter.accounts.language import language_for
from promoter.accounts.models import Account, Membership
from surveys.digests.alerting import is_alarming
from surveys.digests.content import Content
from surveys.digests.leaving import is_off, way_of
from surveys.digests.moves import Move, moves_of
from surveys.digests.periods import STEPS, Span
from surveys.digests.subscriptions import Frequency
from surveys.digests.writing import (
    Letter,
    write_detractors,
    write_digest,
    write_moves,
)
from surveys.models import Alert, AlertedAnswer, Response, Subscription, TeamMail
from surveys.sending.composing import sender
from surveys.sending.message_ids import message_id_domain
from surveys.sending.posting import Clock, Outbox, post_due

Kind = TeamMail.Kind
SHOWN = 20
"""Of a wave of detractors, so many are in the mail itself."""
KEPT = 50
"""Accounts whose figures are kept for their next member: bounds the worker's memory."""


def send_team_mails(*, clock: Clock) -> int:
    """Mail what is due; how many mails left. One that may have left is not sent again:
    a person who has read the morning's figures needs them no second time."""
    rows = TeamMail.objects.select_related("account", "alert", "membership__user")
    rows = rows.select_related("membership__subscription", "alert__account")
    composer = Composer(clock)
    outbox = Outbox(rows, composer.compose, may_repeat=False)
    return post_due(outbox, clock=clock)


@dataclass(slots=True)
class Composer:
    """Makes the mails of one run; what members share is read once for all of them."""

    clock: Clock
    _contents: dict[tuple[object, ...], Content] = field(default_factory=dict)
    _alarms: dict[int, tuple[list[Response], int]] = field(default_factory=dict)
    _moves: dict[int, list[Move]] = field(default_factory=dict)
    _owners: dict[int, list[str]] = field(default_factory=dict)

    def compose(self, mail: TeamMail, connection: BaseEmailBackend) -> EmailMessage | None:
        """None for what the member does not want any more, and where there is nothing to
        say."""
        if not is_wanted(mail):
            return None
        way = way_of(mail.kind)
        off_url = way.off_url(mail.membership_id)
        user = mail.membership.user
        with translation.override(language_for(user)):
            letter = self._letter(mail, off_url)
        if letter is None:
            return None
        message = EmailMultiAlternatives(
            subject=letter.subject,
            body=letter.text,
            from_email=sender(header_text(mail.account.name)),
            to=[user.email],
            reply_to=self._reply_to(mail),
            headers={
                "Message-ID": f"<team-{mail.pk}@{message_id_domain()}>",
                "Auto-Submitted": "auto-generated",
                # An absence note would reach the Reply-To, who may be a customer.
                "X-Auto-Response-Suppress": "OOF, AutoReply",
                "List-Unsubscribe": f"<{off_url}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            },
            connection=connection,
        )
        message.attach_alternative(letter.html, "text/html")
        return message

    def _letter(self, mail: TeamMail, off_url: str) -> Letter | None:
        account = mail.account
        if mail.alert is None:
            content = self._content(mail)
            if content.goes_without_saying and not mail.is_asked_for:
                return None
            return write_digest(content, account=account, off_url=off_url)
        if mail.kind == Kind.MOVED:
            moves = self._moves_of(mail.alert)
            return write_moves(moves, account=account, off_url=off_url) if moves else None
        responses, count = self._alarms_of(mail.alert)
        if not responses:
            return None
        return write_detractors(responses, account=account, count=count, off_url=off_url)

    def _content(self, mail: TeamMail) -> Content:
        span = span_of(mail)
        key = (mail.account_id, span)
        if key not in self._contents:
            if len(self._contents) >= KEPT:
                self._contents.clear()
            content = Content.of(mail.account, span, now=self.clock())
            self._contents[key] = content
        return self._contents[key]

    def _alarms_of(self, alert: Alert) -> tuple[list[Response], int]:
        if alert.pk not in self._alarms:
            self._alarms[alert.pk] = alarms_of(alert)
        return self._alarms[alert.pk]

    def _moves_of(self, alert: Alert) -> list[Move]:
        if alert.pk not in self._moves:
            self._moves[alert.pk] = moves_of(alert, now=self.clock())
        return self._moves[alert.pk]

    def _reply_to(self, mail: TeamMail) -> list[str] | None:
        """Who can do something about it: the one detractor who wrote, or the owners."""
        if mail.kind == Kind.DETRACTORS and mail.alert is not None:
            responses, count = self._alarms_of(mail.alert)
            contact = responses[0].contact
            if count == 1 and contact is not None and contact.email:
                return [contact.email]
        others = [
            address
            for address in self._owners_of(mail.account)
            if address != mail.membership.user.email
        ]
        return others[:3] or None

    def _owners_of(self, account: Account) -> Sequence[str]:
        if account.pk not in self._owners:
            owners = Membership.objects.filter(
                account=account, role=Membership.Role.OWNER, user__is_active=True
            )
            addresses = owners.order_by("pk").values_list("user__email", flat=True)
            self._owners[account.pk] = list(addresses[:4])
        return self._owners[account.pk]


def span_of(mail: TeamMail) -> Span:
    """The days that a digest's row is about."""
    assert mail.first is not None  # noqa: S101  # surveys_team_mail_about
    return Span.around(mail.first, STEPS[Frequency(mail.kind)])


def is_wanted(mail: TeamMail) -> bool:
    """As of now: the row may be older than the person's choice."""
    if not mail.membership.user.is_active:
        return False
    if mail.is_asked_for:
        return True
    subscription: Subscription = mail.membership.subscription
    if mail.alert_id is None:
        return subscription.frequency == mail.kind
    return not is_off(way_of(mail.kind), subscription=subscription)


def alarms_of(alert: Alert) -> tuple[list[Response], int]:
    """The worst first, and how many there are: without those who have changed their mind
    or were erased since, and whose case somebody has closed. 1 query."""
    rows = AlertedAnswer.objects.filter(alert=alert, response__case__closed_at=None)
    related = rows.select_related("response__contact", "response__campaign")
    ordered = related.order_by("response__score", "-response__responded_at")
    found = [row.response for row in ordered if is_alarming(row.response)]
    found = [response for response in found if response.contact is not None]
    return found[:SHOWN], len(found)


def look(subscription: Subscription, *, span: Span, now: datetime) -> Letter:
    """The digest as it would be now, for who wants to see it first."""
    member = subscription.membership
    content = Content.of(member.account, span, now=now)
    off_url = way_of(Kind.WEEKLY).off_url(member.pk)
    with translation.override(language_for(member.user)):
        return write_digest(content, account=member.account, off_url=off_url)
