"""Show a case to somebody by mail: a colleague's address, or members whom a rule tells."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse

from campaigns.rendering import header_text
from promoter.accounts.models import User
from surveys.inbox.cases import happened
from surveys.models import Case, CaseEvent, CaseMail
from surveys.writing import MAX_SUBJECT


@transaction.atomic
def forward(*, case: Case, to: str, words: str, by: User, now: datetime) -> CaseMail:
    """Have the answer mailed to the address, below these words; an answer to it goes to
    who forwards."""
    event = happened(case, CaseEvent.Kind.FORWARDED, actor=by, about=to, now=now)
    return _mail(event, CaseMail.Kind.FORWARD, to=[to], words=words, by=by)


@transaction.atomic
def notify(*, case: Case, people: Sequence[User], now: datetime) -> CaseMail:
    """Tell the people of the case, because a rule says so."""
    named = ", ".join(person.get_full_name() for person in people)[:300]
    event = happened(case, CaseEvent.Kind.NOTIFIED, about=named, now=now)
    addresses = [person.email for person in people]
    return _mail(event, CaseMail.Kind.NOTICE, to=addresses, words="", by=None)


def _mail(
    event: CaseEvent, kind: str, *, to: list[str], words: str, by: User | None
) -> CaseMail:
    case = event.case
    response = case.response
    who = response.contact.name or str(response.contact) if response.contact else "somebody"
    subject = header_text(f"{response.score} of 10 from {who}: {response.campaign.name}")
    context = {
        "words": words,
        "by": by,
        "who": who,
        "response": response,
        "url": settings.SITE_URL + reverse("response", args=[case.pk]),
    }
    return CaseMail.objects.create(
        account_id=case.account_id,
        event=event,
        kind=kind,
        to=to,
        from_name=header_text(by.get_full_name() if by else response.account.name)[:200],
        reply_to=by.email if by else "",
        subject=subject[:MAX_SUBJECT],
        words=words,
        text=render_to_string("emails/case.txt", context),
        due_at=event.at,
    )
