"""What the contacts page does with many at once: bulk acts, export, saved filters.

A bulk act commits in parts; the audit log has its line after the last one.
"""

from __future__ import annotations

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from contacts import bulk
from contacts.csv_export import contact_rows
from contacts.filters import ContactFilter
from contacts.forms import SavedFilterForm
from contacts.models import MAX_SAVED_QUERY, Contact, ContactList, SavedFilter
from promoter.accounts.access import AccountRequest, account_required, for_account, has_role
from promoter.accounts.audit import note
from promoter.accounts.audit_actions import Action
from promoter.accounts.models import Membership
from promoter.lib.csvs import csv_response

EDITOR = Membership.Role.EDITOR
FILE_NAME = "contacts.csv"


@account_required()
@require_safe
def contact_export(request: AccountRequest) -> HttpResponseBase:
    """What the page shows, whole, as CSV."""
    wanted = ContactFilter.of(request.GET)
    note(request, Action.CONTACTS_EXPORTED, now=timezone.now())
    return csv_response(FILE_NAME, contact_rows(wanted.contacts_of(request.account)))


@account_required()
@require_POST
def contact_bulk(request: AccountRequest) -> HttpResponseBase:
    """One act on the chosen contacts, or on all that the filter finds.

    Viewers may export, as they may on the page itself.
    """
    act = request.POST.get("act", "")
    wanted = ContactFilter.read(request.POST.get("filter", ""))
    query = wanted.query
    contacts = _chosen(request, wanted)
    if contacts is None:
        messages.warning(request, "Choose some contacts first.")
        return _back(query)
    if act == "export":
        note(request, Action.CONTACTS_EXPORTED, now=timezone.now())
        return csv_response(FILE_NAME, contact_rows(contacts))
    if not has_role(request.membership, EDITOR):
        return render(request, "403.html", status=403)
    if act == "stop":
        return _stop(request, contacts, query)
    if act in ("add", "remove"):
        return _list_act(request, act, contacts, query)
    messages.warning(request, "Choose what to do with them.")
    return _back(query)


@account_required(EDITOR)
@require_POST
def filter_save(request: AccountRequest) -> HttpResponse:
    """Keep the filter under a name; the same name again replaces it."""
    wanted = ContactFilter.read(request.POST.get("filter", ""))
    form = SavedFilterForm(request.POST)
    if not wanted:
        messages.warning(request, "Search or filter first; then there is a view to save.")
    elif len(wanted.query) > MAX_SAVED_QUERY:
        messages.error(request, "This view is too long to save. Use fewer conditions.")
    elif not form.is_valid():
        messages.error(request, "Give the view a name of at most 80 characters.")
    else:
        name = " ".join(form.cleaned_data["name"].split())
        for_account(SavedFilter, request.account).update_or_create(
            name=name, defaults={"account": request.account, "query": wanted.query}
        )
        messages.success(request, f"The view “{name}” is saved for everybody here.")
    return _back(wanted.query)


@account_required(EDITOR)
@require_POST
def filter_delete(request: AccountRequest, pk: int) -> HttpResponse:
    saved = get_object_or_404(for_account(SavedFilter, request.account), pk=pk)
    saved.delete()
    messages.success(request, f"The view “{saved}” is deleted. The contacts stay.")
    return _back("")


def _chosen(request: AccountRequest, wanted: ContactFilter) -> QuerySet[Contact] | None:
    """The ticked contacts, or all that the filter finds; None when nobody is ticked."""
    if request.POST.get("all") == "yes":
        return wanted.contacts_of(request.account)
    contacts = for_account(Contact, request.account)
    ticked = [int(text) for text in request.POST.getlist("contact") if text.isdecimal()]
    return contacts.filter(pk__in=ticked[:500]) if ticked else None


def _list_act(
    request: AccountRequest, act: str, contacts: QuerySet[Contact], query: str
) -> HttpResponse:
    chosen = request.POST.get("list", "")
    lists = for_account(ContactList, request.account)
    contact_list = lists.filter(pk=chosen).first() if chosen.isdecimal() else None
    if contact_list is None:
        messages.warning(request, "Choose a list, or make one under Lists first.")
    elif act == "add":
        now = timezone.now()
        added = bulk.add_all(contacts=contacts, contact_list=contact_list, now=now)
        note(request, Action.LIST_FILLED, contact_list, count=added, now=now)
        messages.success(request, f"{added:,} added to “{contact_list}”.")
    else:
        removed = bulk.remove_all(contacts=contacts, contact_list=contact_list)
        note(
            request,
            Action.LIST_EMPTIED,
            contact_list,
            count=removed,
            now=timezone.now(),
        )
        messages.success(request, f"{removed:,} removed from “{contact_list}”.")
    return _back(query)


def _stop(request: AccountRequest, contacts: QuerySet[Contact], query: str) -> HttpResponse:
    """Asks once more: it may be everybody."""
    if request.POST.get("confirmed") != "yes":
        return render(
            request,
            "contacts/bulk_stop.html",
            {
                "count": contacts.exclude(email="").count(),
                "filter": query,
                "all": request.POST.get("all", ""),
                "chosen": request.POST.getlist("contact"),
                "back": f"{reverse('contact-list')}?{query}",
            },
        )
    now = timezone.now()
    stopped = bulk.stop_mailing(
        account=request.account, contacts=contacts, detail=f"By {request.user}", now=now
    )
    note(request, Action.CONTACTS_STOPPED, count=stopped, now=now)
    messages.success(request, f"{stopped:,} addresses are not mailed from now on.")
    return _back(query)


def _back(query: str) -> HttpResponse:
    return redirect(f"{reverse('contact-list')}{'?' if query else ''}{query}")
