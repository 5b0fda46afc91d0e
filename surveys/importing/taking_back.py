"""Delete the answers that one import brought, as if it had never been."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef

from campaigns.models import Campaign
from contacts.import_jobs import ImportJob
from surveys.importing.storing import figures_moved
from surveys.models import ImportedAnswer, Response, Survey

AT_ONCE = 500
"""As many as an import stores in one transaction."""


def take_back(job: ImportJob, now: datetime) -> int:
    """Some of them, with their notes and tags; how many. The people stay, for other things
    may be known of them by now. With the last answers their campaigns go, if nothing else
    is in them. In the caller's transaction.
    """
    ours = ImportedAnswer.objects.filter(job=job).order_by("pk")
    keys = list(ours.values_list("pk", flat=True)[:AT_ONCE])
    surveys = Survey.objects.filter(pk__in=keys)
    # Answering takes this lock, and so does erasing: neither happens in between.
    list(surveys.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    answers = list(
        Response.objects.filter(survey__in=keys)
        .order_by()
        .values_list("contact", "responded_at")
    )
    surveys.delete()
    if answers:
        contacts = {contact for contact, _ in answers if contact is not None}
        at = [moment for _, moment in answers]
        figures_moved(job.account, contacts=contacts, at=at, now=now)
    if len(keys) < AT_ONCE:
        is_empty = ~Exists(Survey.objects.filter(campaign=OuterRef("pk")))
        Campaign.objects.filter(
            is_empty, account=job.account, kind=Campaign.Kind.IMPORTED
        ).delete()
    return len(keys)
