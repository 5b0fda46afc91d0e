"""Contacts, surveys and answers as files. Small ones are sent at once, large ones are
written by a worker and kept for a week."""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from promoter.accounts.access import AccountRequest, account_required, for_account, has_role
from promoter.accounts.audit import note
from promoter.accounts.audit_actions import Action
from promoter.accounts.models import Membership
from promoter.lib.exporting import Form, file_response
from promoter.lib.heartbeat import workers_are_at_work
from promoter.lib.paging import page_of
from surveys.exports.choosing import table_of
from surveys.exports.files import path_of, remove_file
from surveys.exports.jobs import ExportJob, What
from surveys.tasks import export_bell

# Sent while it is read: some seconds, within what proxies wait for a first byte.
FEW = 50_000
PAGE_SIZE = 30
# Who sees a page may take along what it shows; the same for every export.
MAY_EXPORT = Membership.Role.VIEWER
NOTED = {
    What.CONTACTS: Action.CONTACTS_EXPORTED,
    What.RESPONSES: Action.RESPONSES_EXPORTED,
    What.CASES: Action.RESPONSES_EXPORTED,
    What.SURVEYS: Action.SURVEYS_EXPORTED,
}


@account_required(MAY_EXPORT)
@require_POST
def export_start(request: AccountRequest) -> HttpResponseBase:
    """`what` through `filter`, the page's address behind the question mark, as `form`."""
    now = timezone.now()
    asked = request.POST.get("what") or request.GET.get("what", "")
    if asked not in What.values:
        raise Http404("There is no such export.")
    what, query = What(asked), request.POST.get("filter", "")
    form = Form.JSON_LINES if request.POST.get("form") == Form.JSON_LINES else Form.CSV
    table = table_of(what, query, account=request.account, me=request.membership, now=now)
    if not table.reaches(FEW + 1):
        note(request, NOTED[what], now=now)
        return file_response(table, form, name=f"{what}-{now:%Y-%m-%d}")
    with transaction.atomic():
        job = ExportJob.objects.create(
            account=request.account,
            created_by=request.user,
            what=what,
            form=form,
            query=query,
            stored_name=secrets.token_hex(16),
            created_at=now,
        )
        note(request, NOTED[what], now=now)
    export_bell.ring()
    return redirect("export", job.pk)


@account_required(MAY_EXPORT)
@require_safe
def export_list(request: AccountRequest) -> HttpResponse:
    """The large ones of the last week."""
    jobs = for_account(ExportJob, request.account).select_related("created_by")
    page = page_of(jobs, query=request.GET, size=PAGE_SIZE, key="created_at")
    context = {"now": timezone.now(), "page": page, "few": FEW}
    return render(request, "exports/list.html", context)


@account_required(MAY_EXPORT)
@require_safe
def export_page(request: AccountRequest, pk: int) -> HttpResponse:
    """How far one is, and its file."""
    return render(request, "exports/export.html", _progress(request, pk))


@account_required(MAY_EXPORT)
@require_safe
def export_progress(request: AccountRequest, pk: int) -> HttpResponse:
    """The part of the page that refreshes itself."""
    return render(request, "exports/_progress.html", _progress(request, pk))


@account_required(MAY_EXPORT)
@require_safe
def export_file(request: AccountRequest, pk: int) -> HttpResponseBase:
    """The finished file."""
    job = _job(request, pk)
    if not job.is_done:
        return redirect("export", job.pk)
    try:
        # The response closes it.
        file = path_of(job).open("rb")
    except FileNotFoundError:
        messages.error(
            request,
            gettext("The file is not on this server’s disk. Start the export again."),
        )
        return redirect("export", job.pk)
    note(request, Action.EXPORT_TAKEN, job, now=timezone.now())
    answer = FileResponse(
        file,
        as_attachment=True,
        filename=job.file_name,
        content_type=Form(job.form).content_type,
    )
    answer["Cache-Control"] = "no-store"
    return answer


@account_required(MAY_EXPORT)
@require_POST
def export_remove(request: AccountRequest, pk: int) -> HttpResponse:
    """Cancel what is under way, remove what has ended: one's own, or as an editor."""
    job, now = _job(request, pk), timezone.now()
    if not _may_remove(request, job):
        raise PermissionDenied
    if job.cancel(now=now):
        remove_file(job)
        messages.success(request, gettext("The export is cancelled."))
        return redirect("export", job.pk)
    with transaction.atomic():
        note(request, Action.EXPORT_REMOVED, job, now=now)
        job.delete()
    remove_file(job)
    messages.success(request, gettext("The export is removed."))
    return redirect("export-list")


def _job(request: AccountRequest, pk: int) -> ExportJob:
    jobs = for_account(ExportJob, request.account)
    return get_object_or_404(jobs.select_related("created_by"), pk=pk)


def _may_remove(request: AccountRequest, job: ExportJob) -> bool:
    is_own = job.created_by_id == request.user.pk
    return is_own or has_role(request.membership, Membership.Role.EDITOR)


def _progress(request: AccountRequest, pk: int) -> dict[str, Any]:
    job = _job(request, pk)
    return {
        "now": timezone.now(),
        "job": job,
        "may_remove": _may_remove(request, job),
        "nobody_works": job.status == job.Status.QUEUED and not workers_are_at_work(),
    }
