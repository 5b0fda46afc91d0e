"""Undo an import of past answers; its other pages are those of all imports."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from contacts.import_jobs import ImportJob
from contacts.tasks import import_bell
from promoter.accounts.access import AccountRequest, account_required, for_account
from promoter.accounts.audit import note
from promoter.accounts.audit_actions import Action
from promoter.accounts.models import Membership
from surveys.models import ImportedAnswer


@account_required(Membership.Role.EDITOR)
@require_http_methods(["GET", "HEAD", "POST"])
def undo_import(request: AccountRequest, pk: int) -> HttpResponse:
    """GET asks once more; POST hands it to the workers."""
    jobs = for_account(ImportJob, request.account).filter(kind=ImportJob.Kind.ANSWERS)
    job = get_object_or_404(jobs, pk=pk)
    if request.method != "POST":
        left = ImportedAnswer.objects.filter(job=job).count()
        context = {"job": job, "left": left}
        return render(request, "surveys/imports/undo.html", context)
    now = timezone.now()
    with transaction.atomic():
        queued = job.undo(now=now)
        if queued:
            note(request, Action.ANSWERS_TAKEN_BACK, job, label=job.file_name, now=now)
    if queued:
        import_bell.ring()
    else:
        messages.warning(
            request, gettext("It can’t be undone now: it is under way, or undone already.")
        )
    return redirect("contact-import", job.pk)
