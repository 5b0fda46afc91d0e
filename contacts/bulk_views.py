"""What the contacts page does with many at once.

A few are acted on while the person waits; many, and every erasure, by a worker.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.humanize.templatetags.humanize import intcomma
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from contacts.bulk_jobs import BulkJob
from contacts.bulk_runs import PERFORM, start
from contacts.csv_export import contact_table
from contacts.filters import ContactFilter
from contacts.models import Contact, ContactList
from promoter.accounts.access import AccountRequest, account_required, for_account, has_role
from promoter.accounts.audit import note
from promoter.accounts.audit_actions import Action
from promoter.accounts.models import Membership
from promoter.lib.doorbell import Doorbell
from promoter.lib.exporting import Form, file_response
from promoter.lib.heartbeat import workers_are_at_work

EDITOR = Membership.Role.EDITOR
OWNER = Membership.Role.OWNER
# A page's ticks always; so many are done within a second.
FEW = 500
# The worker's task erases as well, which this app can't: it stands on top of the ladder.
bulk_bell = Doorbell("segment_ingest.tasks.run_bulk_jobs")

Act = BulkJob.Act
NOTED = {
    Act.ADD: Action.LIST_FILLED,
    Act.REMOVE: Action.LIST_EMPTIED,
    Act.STOP: Action.CONTACTS_STOPPED,
    Act.ERASE: Action.CONTACTS_ERASED,
}


@dataclass(frozen=True)
class Chosen:
    """Whom the person means: the ticked, or all that the filter finds."""

    contacts: QuerySet[Contact]
    ids: list[int]
    query: str

    @classmethod
    def of(cls, request: AccountRequest) -> Chosen | None:
        """None when nobody is ticked."""
        wanted = ContactFilter.read(request.POST.get("filter", ""))
        if request.POST.get("all") == "yes":
            return cls(wanted.contacts_of(request.account), [], wanted.query)
        ticked = [
            int(text)
            for text in request.POST.getlist("contact")[:FEW]
            if text.isdecimal() and len(text) <= 18
        ]
        contacts = for_account(Contact, request.account).filter(pk__in=ticked)
        return cls(contacts, ticked, wanted.query) if ticked else None

    def few(self) -> list[Contact] | None:
        """All of them when they are few."""
        found = list(self.contacts.order_by("pk")[: FEW + 1])
        return found if len(found) <= FEW else None


@account_required()
@require_POST
def contact_bulk(request: AccountRequest) -> HttpResponseBase:
    """One act on the chosen contacts, or on all that the filter finds.

    Viewers may export, as they may on the page itself; owners may erase.
    """
    act = request.POST.get("act", "")
    chosen = Chosen.of(request)
    back = _back(ContactFilter.read(request.POST.get("filter", "")).query)
    if chosen is None:
        messages.warning(request, gettext("Choose some contacts first."))
        return back
    if act == "export":
        if not chosen.ids:
            # The browser posts the same form there: it may be a matter of minutes.
            there = f"{reverse('export-start')}?what=contacts"
            return redirect(there, preserve_request=True)
        note(request, Action.CONTACTS_EXPORTED, now=timezone.now())
        return file_response(contact_table(chosen.contacts), Form.CSV, name="contacts")
    if not has_role(request.membership, OWNER if act == Act.ERASE else EDITOR):
        raise PermissionDenied
    if act not in Act.values:
        messages.warning(request, gettext("Choose what to do with them."))
        return back
    if act in (Act.STOP, Act.ERASE):
        return _confirmed(request, Act(act), chosen) or back
    contact_list = _list(request)
    if contact_list is None:
        messages.warning(request, gettext("Choose a list, or make one under Lists first."))
        return back
    return _act(request, Act(act), chosen, contact_list=contact_list) or back


@account_required()
@require_safe
def bulk_job(request: AccountRequest, pk: int) -> HttpResponse:
    """How far a bulk act is."""
    return render(request, "contacts/bulk.html", _progress(request, pk))


@account_required()
@require_safe
def bulk_progress(request: AccountRequest, pk: int) -> HttpResponse:
    """The part of the page that refreshes itself."""
    return render(request, "contacts/_bulk_progress.html", _progress(request, pk))


@account_required(EDITOR)
@require_POST
def bulk_cancel(request: AccountRequest, pk: int) -> HttpResponse:
    job = get_object_or_404(for_account(BulkJob, request.account), pk=pk)
    if job.cancel(now=timezone.now()):
        messages.success(
            request, gettext("It is cancelled. What was done until now stays done.")
        )
    else:
        messages.warning(request, gettext("It had ended already."))
    return redirect("contact-bulk-job", job.pk)


def _confirmed(request: AccountRequest, act: Act, chosen: Chosen) -> HttpResponse | None:
    """Asks once more: it may be everybody. An erasure wants their number typed, and asks
    again when that is not (or not any more) how many there are."""
    posted = request.POST.get("confirmed", "").replace(",", "").strip()
    if act == Act.STOP and posted == "yes":
        return _act(request, act, chosen)
    contacts = chosen.contacts.exclude(email="") if act == Act.STOP else chosen.contacts
    count = contacts.count()
    if act == Act.ERASE and posted == str(count) and count:
        return _queue(request, act, chosen, total=count)
    return render(
        request,
        "contacts/bulk_confirm.html",
        {
            "erases": act == Act.ERASE,
            "act": act,
            "count": count,
            "is_wrong": act == Act.ERASE and bool(posted),
            "filter": chosen.query,
            "all": request.POST.get("all", ""),
            "chosen": chosen.ids,
            "back": f"{reverse('contact-list')}?{chosen.query}",
        },
    )


def _act(
    request: AccountRequest,
    act: Act,
    chosen: Chosen,
    *,
    contact_list: ContactList | None = None,
) -> HttpResponse | None:
    """At once when they are few, else by a worker."""
    few = chosen.few()
    if few is None:
        total = chosen.contacts.count()
        return _queue(request, act, chosen, total=total, contact_list=contact_list)
    now = timezone.now()
    job = BulkJob(
        account=request.account, created_by=request.user, contact_list=contact_list
    )
    with transaction.atomic():
        changed = PERFORM[act](job, few, now)
        note(request, NOTED[act], contact_list, count=changed, now=now)
    messages.success(request, _done(act, changed, contact_list))
    return None


def _queue(
    request: AccountRequest,
    act: Act,
    chosen: Chosen,
    *,
    total: int,
    contact_list: ContactList | None = None,
) -> HttpResponse:
    now = timezone.now()
    with transaction.atomic():
        job = start(
            BulkJob(
                account=request.account,
                created_by=request.user,
                act=act,
                query=chosen.query,
                chosen=chosen.ids,
                contact_list=contact_list,
                total=total,
                created_at=now,
            )
        )
        note(request, NOTED[act], contact_list, count=total, now=now)
    bulk_bell.ring()
    return redirect("contact-bulk-job", job.pk)


def _done(act: Act, changed: int, contact_list: ContactList | None) -> str:
    if act == Act.ADD:
        return gettext("%(changed)s added to “%(contact_list)s”.") % {
            "changed": intcomma(changed),
            "contact_list": contact_list,
        }
    if act == Act.REMOVE:
        return gettext("%(changed)s removed from “%(contact_list)s”.") % {
            "changed": intcomma(changed),
            "contact_list": contact_list,
        }
    return gettext("%(changed)s addresses are not mailed from now on.") % {
        "changed": intcomma(changed)
    }


def _progress(request: AccountRequest, pk: int) -> dict[str, Any]:
    jobs = for_account(BulkJob, request.account)
    job = get_object_or_404(jobs.select_related("contact_list", "created_by"), pk=pk)
    return {
        "now": timezone.now(),
        "job": job,
        "may_edit": has_role(request.membership, EDITOR),
        "nobody_works": job.status == BulkJob.Status.QUEUED and not workers_are_at_work(),
    }


def _list(request: AccountRequest) -> ContactList | None:
    chosen = request.POST.get("list", "")
    lists = for_account(ContactList, request.account)
    usable = chosen.isdecimal() and len(chosen) <= 18
    return lists.filter(pk=chosen).first() if usable else None


def _back(query: str) -> HttpResponse:
    return redirect(f"{reverse('contact-list')}{'?' if query else ''}{query}")
