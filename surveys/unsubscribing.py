"""Stop asking a person who said so."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from contacts.models import Suppression
from promoter.accounts.models import Account
from surveys.evidence import mail_arrived
from surveys.models import SkipReason, Survey, SurveyEmail
from surveys.telling import tell_unsubscribed

UNSENT = (
    *SurveyEmail.STOPPABLE,
    SurveyEmail.Status.FAILED,
    SurveyEmail.Status.CANCELLED,
)


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
        _withdraw(survey, set(addresses), now)
        mail_arrived(survey=survey)


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
                "detail": "" if email else "The address that was mailed",
                "created_at": now,
            },
        )
        news += created
    return news > 0


def _withdraw(survey: Survey, digests: set[str], now: datetime) -> None:
    """Cancel what waits for this person, in all campaigns of the account."""
    theirs = Q(address_digest__in=digests) | Q(contact__address_digest__in=digests)
    if survey.contact_id is not None:
        theirs |= Q(contact_id=survey.contact_id)
    surveys = Survey.objects.filter(theirs, account_id=survey.account_id)
    # The status stands on the row itself, not in the subquery: PostgreSQL looks at it
    # again when a worker claimed the row while we waited for it.
    SurveyEmail.objects.filter(
        survey__in=surveys.values("pk"), status__in=SurveyEmail.STOPPABLE
    ).update(status=SurveyEmail.Status.CANCELLED, lease_until=None, error="Unsubscribed")
    under_way = SurveyEmail.objects.filter(survey=OuterRef("pk")).exclude(status__in=UNSENT)
    never_asked = surveys.filter(~Exists(under_way), asked_at=None, skip_reason="")
    Survey.objects.filter(pk__in=never_asked.values("pk"), skip_reason="").update(
        skip_reason=SkipReason.SUPPRESSED, skipped_at=now
    )
