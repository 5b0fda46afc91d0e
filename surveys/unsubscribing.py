"""Stop asking a person who said so."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from contacts.models import Suppression
from contacts.suppression import suppress
from surveys.evidence import mail_arrived
from surveys.models import SkipReason, Survey, SurveyEmail

UNSENT = (
    SurveyEmail.Status.SCHEDULED,
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
        digests = _suppress_addresses(survey, now)
        _withdraw(survey, digests, now)
        mail_arrived(survey=survey)


def _suppress_addresses(survey: Survey, now: datetime) -> set[str]:
    reason = Suppression.Reason.UNSUBSCRIBED
    contact = survey.contact
    digests = {survey.address_digest}
    if contact is not None and contact.email:
        suppress(account=survey.account, email=contact.email, reason=reason, now=now)
        digests.add(contact.address_digest)
    digests.discard("")
    if survey.address_digest:
        Suppression.objects.get_or_create(
            account=survey.account,
            address_digest=survey.address_digest,
            defaults={
                "reason": reason,
                "detail": "An earlier address of a contact",
                "created_at": now,
            },
        )
    # A person's own word outlasts a full mailbox and a team-mate's entry.
    Suppression.objects.filter(
        account=survey.account,
        address_digest__in=digests,
        reason__in=[Suppression.Reason.BOUNCED, Suppression.Reason.MANUAL],
    ).update(reason=reason)
    return digests


def _withdraw(survey: Survey, digests: set[str], now: datetime) -> None:
    """Cancel what waits for this person, in all campaigns of the account."""
    theirs = Q(address_digest__in=digests) | Q(contact__address_digest__in=digests)
    if survey.contact_id is not None:
        theirs |= Q(contact_id=survey.contact_id)
    surveys = Survey.objects.filter(theirs, account_id=survey.account_id)
    # The status stands on the row itself, not in the subquery: PostgreSQL looks at it
    # again when a worker claimed the row while we waited for it.
    SurveyEmail.objects.filter(
        survey__in=surveys.values("pk"), status=SurveyEmail.Status.SCHEDULED
    ).update(status=SurveyEmail.Status.CANCELLED, error="Unsubscribed")
    under_way = SurveyEmail.objects.filter(survey=OuterRef("pk")).exclude(status__in=UNSENT)
    never_asked = surveys.filter(~Exists(under_way), asked_at=None, skip_reason="")
    Survey.objects.filter(pk__in=never_asked.values("pk"), skip_reason="").update(
        skip_reason=SkipReason.SUPPRESSED, skipped_at=now
    )
