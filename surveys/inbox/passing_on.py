"""Show a case to somebody by mail: a colleague's address, or members whom a rule tells."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from campaigns.rendering import header_text
from promoter.accounts.language import language_for_all
from promoter.accounts.models import User
from surveys.chart_words import BAND_WORDS
from surveys.inbox.cases import happened
from surveys.models import Case, CaseEvent, CaseMail, Response
from surveys.sending.writing import MAX_SUBJECT


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
    with translation.override(language_for_all(to)):
        subject, text = _written(response, words=words, by=by)
    return CaseMail.objects.create(
        account_id=case.account_id,
        event=event,
        kind=kind,
        to=to,
        from_name=header_text(by.get_full_name() if by else response.account.name)[:200],
        reply_to=by.email if by else "",
        subject=subject[:MAX_SUBJECT],
        words=words,
        text=text,
        due_at=event.at,
    )


def _written(response: Response, *, words: str, by: User | None) -> tuple[str, str]:
    """Subject and text, in the language that is on."""
    contact, campaign = response.contact, response.campaign
    who = contact.name or str(contact) if contact else gettext("somebody")
    subject = gettext("%(score)s of 10 from %(contact)s: %(campaign)s") % {
        "score": response.score,
        "contact": who,
        "campaign": campaign.name,
    }
    context = {
        "words": words,
        "by": by,
        "who": who,
        "band": BAND_WORDS[response.band],
        "response": response,
        "url": settings.SITE_URL + reverse("response", args=[response.pk]),
    }
    return header_text(subject), render_to_string("emails/case.txt", context)
