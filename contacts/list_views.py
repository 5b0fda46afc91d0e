"""Lists of contacts: make, look into, rename, empty, delete."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.db.models import Count, ProtectedError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from contacts.forms import ListForm
from contacts.models import Contact, ContactList, ContactListMembership, Suppression
from contacts.upsert import add_to_lists
from promoter.accounts.access import (
    AccountRequest,
    account_required,
    for_account,
    has_role,
    hold,
)
from promoter.accounts.audit import note
from promoter.accounts.audit_actions import Action
from promoter.accounts.models import Membership
from promoter.lib.ids import id_in
from promoter.lib.paging import page_of

PAGE_SIZE = 50
EDITOR = Membership.Role.EDITOR


@account_required()
@require_safe
def list_index(request: AccountRequest) -> HttpResponse:
    """Every list with the number of its members. An account has tens of lists, not
    thousands: they stand on one page."""
    lists = for_account(ContactList, request.account).annotate(
        size=Count("contactlistmembership")
    )
    return render(
        request,
        "contacts/list_index.html",
        {
            "now": timezone.now(),
            "lists": lists,
            "may_edit": has_role(request.membership, EDITOR),
        },
    )


@account_required(EDITOR)
@require_http_methods(["GET", "HEAD", "POST"])
def list_create(request: AccountRequest) -> HttpResponse:
    form = ListForm(request.POST or None, instance=ContactList(account=request.account))
    contact_list = None
    if request.method == "POST":
        with transaction.atomic():
            hold(request.account)
            if form.is_valid():
                contact_list = form.save()
                note(request, Action.LIST_CREATED, contact_list, now=timezone.now())
    if contact_list is not None:
        messages.success(
            request,
            gettext("The list “%(contact_list)s” is there. Now fill it.")
            % {"contact_list": contact_list},
        )
        return redirect("contact-list-members", contact_list.pk)
    return render(request, "contacts/list_form.html", {"form": form})


@account_required()
@require_safe
def list_members(request: AccountRequest, pk: int) -> HttpResponse:
    """Who is in the list, last added first."""
    contact_list = _list(request, pk)
    members = ContactListMembership.objects.filter(contact_list=contact_list)
    page = page_of(members.select_related("contact"), query=request.GET, size=PAGE_SIZE)
    reasons = Suppression.objects.reasons(
        account=request.account,
        digests=[member.contact.address_digest for member in page.rows],
    )
    return render(
        request,
        "contacts/list_members.html",
        {
            "now": timezone.now(),
            "contact_list": contact_list,
            "size": members.count(),
            "page": page,
            "members": [
                (member, _reason(reasons.get(member.contact.address_digest)))
                for member in page.rows
            ],
            "may_edit": has_role(request.membership, EDITOR),
        },
    )


@account_required(EDITOR)
@require_http_methods(["GET", "HEAD", "POST"])
def list_rename(request: AccountRequest, pk: int) -> HttpResponse:
    contact_list = _list(request, pk)
    form = ListForm(request.POST or None, instance=contact_list)
    renamed = False
    if request.method == "POST":
        with transaction.atomic():
            hold(request.account)
            if renamed := form.is_valid():
                form.save()
                note(request, Action.LIST_RENAMED, contact_list, now=timezone.now())
    if renamed:
        messages.success(
            request,
            gettext("The list is called “%(contact_list)s” now.")
            % {"contact_list": contact_list},
        )
        return redirect("contact-list-members", contact_list.pk)
    return render(
        request, "contacts/list_form.html", {"form": form, "contact_list": contact_list}
    )


@account_required(EDITOR)
@require_http_methods(["GET", "HEAD", "POST"])
def list_delete(request: AccountRequest, pk: int) -> HttpResponse:
    """Delete the list, not its contacts; refused while a campaign uses it."""
    contact_list = _list(request, pk)
    refusal = ""
    if request.method == "POST":
        try:
            with transaction.atomic():
                note(request, Action.LIST_DELETED, contact_list, now=timezone.now())
                contact_list.delete()
        except ProtectedError as error:
            refusal = _refusal(error)
        else:
            messages.success(
                request,
                gettext("The list “%(contact_list)s” is deleted. Its contacts stay.")
                % {"contact_list": contact_list},
            )
            return redirect("contact-lists")
    return render(
        request,
        "contacts/list_delete.html",
        {
            "contact_list": contact_list,
            "size": ContactListMembership.objects.filter(contact_list=contact_list).count(),
            "refusal": refusal,
        },
    )


@account_required(EDITOR)
@require_POST
def list_remove(request: AccountRequest, pk: int) -> HttpResponse:
    """Take the chosen members out of the list. The contacts stay."""
    contact_list = _list(request, pk)
    chosen = [id_in(text) for text in request.POST.getlist("contact")]
    found = for_account(Contact, request.account).filter(pk__in=chosen[:PAGE_SIZE])
    members = ContactListMembership.objects.filter(
        contact_list=contact_list, contact__in=found.values("pk")
    )
    with transaction.atomic():
        removed, _ = members.delete()
        if removed:
            now = timezone.now()
            note(request, Action.LIST_EMPTIED, contact_list, count=removed, now=now)
    if removed:
        messages.success(
            request,
            gettext("%(removed)s removed from “%(contact_list)s”.")
            % {"removed": removed, "contact_list": contact_list},
        )
    else:
        messages.warning(request, gettext("Nobody was chosen, so nobody was removed."))
    if request.POST.get("back") == "contact" and len(chosen) == 1:
        return redirect("contact", chosen[0])
    return redirect("contact-list-members", contact_list.pk)


@account_required(EDITOR)
@require_POST
def list_join(request: AccountRequest, pk: int) -> HttpResponse:
    """Put one contact into the chosen list, from the contact's own page."""
    contact = get_object_or_404(for_account(Contact, request.account), pk=pk)
    chosen = request.POST.get("list", "")
    contact_list = _list(request, int(chosen[:18]) if chosen.isdecimal() else 0)
    now = timezone.now()
    with transaction.atomic():
        add_to_lists(places=[(contact_list.pk, contact.pk)], now=now)
        note(request, Action.LIST_FILLED, contact_list, count=1, now=now)
    messages.success(
        request, gettext("Added to “%(contact_list)s”.") % {"contact_list": contact_list}
    )
    return redirect("contact", contact.pk)


def _list(request: AccountRequest, pk: int) -> ContactList:
    return get_object_or_404(for_account(ContactList, request.account), pk=pk)


def _reason(reason: str | None) -> Suppression.Reason | None:
    return Suppression.Reason(reason) if reason else None


def _refusal(error: ProtectedError) -> str:
    """Whose list it is, by name; this app can't know campaigns."""
    names = sorted(f"“{row}”" for row in error.protected_objects)
    shown = ", ".join(names[:3])
    if len(names) > 3:
        shown = gettext("%(names)s and others") % {"names": shown}
    return ngettext(
        "The campaign %(names)s uses this list, so it stays. Give the campaign another "
        "list first, or delete it if it is a draft; a complete one keeps the list it had.",
        "The campaigns %(names)s use this list, so it stays. Give them another list first; "
        "a complete one keeps the list it had.",
        len(names),
    ) % {"names": shown}
