"""Stop asking a person who said so."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from contacts.models import Suppression
from promoter.accounts.models import Account
from surveys.answering.evidence import mail_arrived
from surveys.models import Survey
from surveys.stopping import stop
from surveys.telling import tell_unsubscribed


def unsubscribe(*, survey: Survey, now: datetime) -> None:
    """No survey of this account goes to this person again. Doing it twice changes nothing.

    Holds for the address that was mailed and, when the contact has another one by now,
    for that too: it is the person who asks. Waiting mail is cancelled at once; a worker
    that has just claimed one meets the suppression when it checks again.
    """
    with transaction.atomic():
        addresses = _addresses(survey)
        if _suppress(survey.account, addresses, now=now):
            tell_unsubscribed(survey, now=now)
        stop(theirs(survey, digests=set(addresses)), why="Unsubscribed", now=now)
        # Then: one that was to go once more is uncertain now, and has arrived.
        mail_arrived(survey=survey, now=now)


def _addresses(survey: Survey) -> dict[str, str]:
    """Digest -> address; the address that was mailed may be known by its digest alone."""
    addresses = {survey.address_digest: ""}
    if survey.contact is not None:
        addresses[survey.contact.address_digest] = survey.contact.email
    addresses.pop("", None)
    return addresses


def _suppress(account: Account, addresses: dict[str, str], *, now: datetime) -> bool:
    """True when this says something new, for one of two who say it at once."""
    reason = Suppression.Reason.UNSUBSCRIBED
    # A person's own word outlasts a full mailbox and a team-mate's entry.
    news = Suppression.objects.filter(
        account=account,
        address_digest__in=addresses,
        reason__in=Suppression.LIFTABLE,
    ).update(reason=reason)
    for digest, email in sorted(addresses.items()):
        _, created = Suppression.objects.get_or_create(
            account=account,
            address_digest=digest,
            defaults={
                "email": email,
                "reason": reason,
                "detail": "" if email else Suppression.MAILED,
                "created_at": now,
            },
        )
        news += created
    return news > 0


def theirs(survey: Survey, *, digests: Iterable[str]) -> QuerySet[Survey]:
    """All surveys of the account for the survey's person, or to one of the addresses."""
    found = Q(address_digest__in=digests) | Q(contact__address_digest__in=digests)
    if survey.contact_id is not None:
        found |= Q(contact_id=survey.contact_id)
    return Survey.objects.filter(found, account_id=survey.account_id)
