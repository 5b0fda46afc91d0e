"""Forget a person in surveys and answers, and keep what counts."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from contacts.models import Contact
from promoter.webhooks.models import Delivery
from surveys.daily_sums.rolling_up import forget_days
from surveys.models import (
    CaseEvent,
    CaseMail,
    ForwardedResponse,
    LinkVisit,
    Response,
    ResponseChange,
    SkipReason,
    Survey,
    SurveyEmail,
    SuspectAnswer,
)
from surveys.stopping import call_off

Status = SurveyEmail.Status


def forget_surveys(*, contact: Contact, now: datetime) -> None:
    """Scores and dates stay, so that the NPS of last year is the same tomorrow; comments,
    attributes, the address's digest and the link to the person go. Mail that waits is
    called off, and taken from the worker that holds it, unless it is being handed over.

    Call it in the transaction of the whole act.
    """
    surveys = Survey.objects.filter(account=contact.account_id, contact=contact)
    # Answering takes this lock: no answer arrives between what follows.
    list(surveys.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    mails = SurveyEmail.objects.filter(survey__in=surveys.values("pk"))
    call_off(mails, why="", now=now)
    # What a mail server answers often repeats the address.
    mails.exclude(error="", outcome_detail="").update(error="", outcome_detail="")
    under_way = SurveyEmail.objects.filter(survey=OuterRef("pk")).exclude(
        status__in=[Status.FAILED, Status.CANCELLED]
    )
    never_asked = surveys.filter(~Exists(under_way), asked_at=None, skip_reason="")
    Survey.objects.filter(pk__in=list(never_asked.values_list("pk", flat=True))).update(
        skip_reason=SkipReason.ERASED, skipped_at=now
    )
    Response.objects.filter(survey__in=surveys.values("pk")).update(
        contact=None, comment="", attributes={}
    )
    answers = Response.objects.filter(survey__in=surveys.values("pk"))
    ResponseChange.objects.filter(response__in=answers.values("pk")).update(comment="")
    CaseMail.objects.filter(event__case__in=answers.values("pk")).delete()
    CaseEvent.objects.filter(case__in=answers.values("pk")).update(text="")
    LinkVisit.objects.filter(survey__in=surveys.values("pk")).delete()
    SuspectAnswer.objects.filter(survey__in=surveys.values("pk")).delete()
    ForwardedResponse.objects.filter(response__survey__in=surveys.values("pk")).delete()
    _forget_deliveries(contact)
    forget_days(account=contact.account, at=_dates_of(surveys), now=now)
    surveys.update(contact=None, attributes={}, address_digest="")


def _dates_of(surveys: QuerySet[Survey]) -> list[datetime | None]:
    """When these were sent and answered: the days whose sums hold their attributes."""
    dates = surveys.values_list("asked_at", "response__responded_at")
    return [at for pair in dates for at in pair]


def _forget_deliveries(contact: Contact) -> None:
    """What other systems were told, or are about to be: the body names the person, in
    the exact text that surveys.telling makes."""
    mark = f'"contact":{{"id":{contact.pk},'
    Delivery.objects.filter(account=contact.account_id, payload__contains=mark).delete()
