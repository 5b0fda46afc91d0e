"""What a person does with a mail proves that it arrived."""

from __future__ import annotations

from django.db.models import F
from django.db.models.functions import Coalesce

from surveys.models import Survey, SurveyEmail


def mail_arrived(*, survey: Survey) -> None:
    """Somebody followed a link of the survey's mail: an uncertain one was sent after all.

    When another mail of the survey is known as sent, the link may be that one's, and the
    uncertain one stays so. The moment of sending is not known; the mail was due then.
    """
    status = SurveyEmail.Status
    emails = SurveyEmail.objects.filter(survey=survey)
    if emails.filter(status=status.SENT).exists():
        return
    uncertain = emails.filter(status=status.UNCERTAIN).order_by("due_at", "pk").first()
    if uncertain is None:
        return
    # The condition again: a person or a provider's event may have settled it meanwhile.
    settled = SurveyEmail.objects.filter(pk=uncertain.pk, status=status.UNCERTAIN).update(
        status=status.SENT, sent_at=Coalesce("sent_at", "due_at"), error=""
    )
    if settled:
        Survey.objects.filter(pk=survey.pk).update(
            asked_at=Coalesce(F("asked_at"), uncertain.due_at)
        )
