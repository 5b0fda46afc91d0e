"""Import a file: upload, settle the columns, watch it run, get the rejected rows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.humanize.templatetags.humanize import intcomma
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from contacts.import_jobs import RESULT_KEPT, ImportJob
from contacts.importing import uploads as import_uploads
from contacts.importing.columns import respelt
from contacts.importing.files import rejected_path, remove_all
from contacts.importing.forms import MappingForm, UploadForm
from contacts.importing.kinds import kind_of
from contacts.importing.options import OptionsForm
from contacts.importing.preview import preview
from contacts.tasks import import_bell
from promoter.accounts.access import AccountRequest, account_required, for_account, has_role
from promoter.accounts.audit import note
from promoter.accounts.audit_actions import Action
from promoter.accounts.models import Membership
from promoter.lib.csv_reading import UnreadableFile
from promoter.lib.heartbeat import workers_are_at_work
from promoter.lib.paging import page_of
from promoter.lib.uploads import not_kept, was_not_kept, was_too_large

PAGE_SIZE = 20
EDITOR = Membership.Role.EDITOR
# A waiting job is picked up within a second; only then is its waiting worth a word.
PATIENCE = timedelta(seconds=10)


@account_required()
@require_http_methods(["GET", "HEAD", "POST"])
def import_list(request: AccountRequest, kind: str) -> HttpResponse:
    """The account's imports of one kind, and the upload that begins the next."""
    may_edit = has_role(request.membership, EDITOR)
    form = UploadForm()
    if request.method == "POST":
        if not may_edit:
            raise PermissionDenied
        form = UploadForm(request.POST, request.FILES)
        if was_too_large(request):
            form.errors.clear()
            form.add_error("file", import_uploads.too_large())
        elif was_not_kept(request):
            form.errors.clear()
            form.add_error("file", not_kept())
        elif form.is_valid():
            job = _receive(request, form, kind)
            if job is not None:
                return redirect("contact-import", job.pk)
    return render(
        request,
        "contacts/import_list.html",
        {
            "now": timezone.now(),
            "form": form,
            "is_contacts": kind == ImportJob.Kind.CONTACTS,
            "words": kind_of(kind).page,
            "may_edit": may_edit,
            "nobody_works": not workers_are_at_work(),
            "page": page_of(
                for_account(ImportJob, request.account).filter(kind=kind),
                query=request.GET,
                size=PAGE_SIZE,
            ),
        },
    )


@account_required()
@require_http_methods(["GET", "HEAD", "POST"])
def import_page(request: AccountRequest, pk: int) -> HttpResponse:
    """One import: its settings until it is started, from then on how far it is."""
    job = _job(request, pk)
    may_edit = has_role(request.membership, EDITOR)
    if request.method == "POST" and not may_edit:
        raise PermissionDenied
    if job.status != ImportJob.Status.UPLOADED or not may_edit:
        return render(request, "contacts/import.html", _progress(request, job))
    return _settle(request, job)


@account_required()
@require_safe
def import_progress(request: AccountRequest, pk: int) -> HttpResponse:
    """The part of the page that refreshes itself."""
    job = _job(request, pk)
    return render(request, "contacts/_import_progress.html", _progress(request, job))


@account_required(EDITOR)
@require_POST
def cancel_import(request: AccountRequest, pk: int) -> HttpResponse:
    """Stop it; what is imported stays, what was uploaded goes."""
    job = _job(request, pk)
    now = timezone.now()
    with transaction.atomic():
        cancelled = job.cancel(now=now)
        if cancelled:
            note(request, Action.IMPORT_CANCELLED, job, label=job.file_name, now=now)
    if cancelled:
        job.refresh_from_db()
        if not job.rejected:
            remove_all(job, now=now)
        told = [gettext("The import is cancelled.")]
        if job.is_undoing:
            told = [gettext("It is stopped. What is deleted stays deleted.")]
        elif job.rows_done:
            told.append(
                gettext("%(count)s rows are imported and stay.")
                % {"count": intcomma(job.rows_done)}
            )
        messages.success(request, " ".join(told))
    else:
        messages.warning(request, gettext("The import had ended already."))
    return redirect("contact-import", job.pk)


@account_required()
@require_safe
def rejected_rows(request: AccountRequest, pk: int) -> HttpResponseBase:
    """The rejected rows as a CSV file, with line and reason."""
    job = _job(request, pk)
    path = rejected_path(job)
    if not job.rejected or job.is_open or not path.is_file():
        messages.warning(
            request, gettext("There is no file of rejected rows: it is kept 7 days.")
        )
        return redirect("contact-import", job.pk)
    return FileResponse(
        path.open("rb"),
        as_attachment=True,
        filename=f"rejected-{job.pk}.csv",
        content_type="text/csv; charset=utf-8",
        headers={"Cache-Control": "no-store"},
    )


def _job(request: AccountRequest, pk: int) -> ImportJob:
    jobs = for_account(ImportJob, request.account)
    return get_object_or_404(jobs.select_related("contact_list", "created_by"), pk=pk)


def _receive(request: AccountRequest, form: UploadForm, kind: str) -> ImportJob | None:
    upload: UploadedFile[Any] = form.cleaned_data["file"]
    try:
        return import_uploads.receive(
            account=request.account,
            user=request.user,
            kind=kind,
            upload=upload,
            now=timezone.now(),
        )
    except UnreadableFile as problem:
        form.add_error("file", str(problem))
        return None


def _settle(request: AccountRequest, job: ImportJob) -> HttpResponse:
    """Show the settings; take them; on “start” hand the job to the workers."""
    posted, now = request.POST if request.method == "POST" else None, timezone.now()
    mapping = MappingForm(posted, job=job)
    if is_mapped := posted is not None and mapping.is_valid():
        job.mapping = mapping.cleaned_data["mapping"]
    # What there is to choose may depend on what the columns are.
    options = kind_of(job.kind).options(posted, job=job)
    is_settled = is_mapped and options.is_valid()
    options.look()
    if posted is not None and is_settled:
        job.save(update_fields=["mapping", "chosen"])
        if "start" in posted:
            _start(request, job, options)
            return redirect("contact-import", job.pk)
        # Under the new names, else the fields would show what was guessed.
        mapping = MappingForm(job=job)
    shown = preview(job, questions=options.questions(), now=now)
    samples = shown.samples if shown else [""] * len(job.header)
    return render(
        request,
        "contacts/import_settings.html",
        {
            "now": now,
            "job": job,
            "words": kind_of(job.kind).page,
            "section": kind_of(job.kind).page.address,
            "mapping": mapping,
            "options": options,
            "preview": shown,
            "columns": [
                (title, sample, target, name, respelt(title, goes_to))
                for sample, goes_to, (title, target, name) in zip(
                    samples, job.mapping, mapping.columns(), strict=True
                )
            ],
            "nobody_works": not workers_are_at_work(),
        },
    )


def _start(request: AccountRequest, job: ImportJob, options: OptionsForm) -> None:
    now, action = timezone.now(), kind_of(job.kind).action
    options.settle()
    with transaction.atomic():
        queued = job.queue(now=now)
        if queued:
            note(request, action, job, label=job.file_name, now=now)
    if queued:
        import_bell.ring()


def _progress(request: AccountRequest, job: ImportJob) -> dict[str, Any]:
    now = timezone.now()
    waits = job.status == ImportJob.Status.QUEUED and job.queued_at is not None
    return {
        "now": now,
        "job": job,
        "words": kind_of(job.kind).page,
        "section": kind_of(job.kind).page.address,
        "may_edit": has_role(request.membership, EDITOR),
        "nobody_works": waits
        and now - (job.queued_at or now) > PATIENCE
        and not workers_are_at_work(),
        "has_rejected_file": bool(job.rejected) and rejected_path(job).is_file(),
        "kept_until": job.finished_at + RESULT_KEPT if job.finished_at else None,
    }
