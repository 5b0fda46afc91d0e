"""Acts on one contact: add, edit, stop mailing."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.forms import formset_factory
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from contacts.attributes import set_columns
from contacts.editing import edit_contact
from contacts.forms import AttributeForm, AttributeFormSet, ContactForm, NewContactForm
from contacts.importing.rows import cell_text
from contacts.models import Contact, Suppression
from contacts.suppression import by_whom, suppress
from promoter.accounts.access import AccountRequest, account_required, for_account, hold
from promoter.accounts.audit import changed_labels, note
from promoter.accounts.audit_actions import Action
from promoter.accounts.models import Membership

EDITOR = Membership.Role.EDITOR
EMPTY_ROWS = 2
COLUMNS = ("email", "first_name", "last_name")
# Three form fields each, and Django takes a thousand.
MOST_ATTRIBUTES = 250

Attributes = formset_factory(
    AttributeForm, formset=AttributeFormSet, extra=EMPTY_ROWS, max_num=300, absolute_max=300
)


@account_required(EDITOR)
@require_http_methods(["GET", "HEAD", "POST"])
def contact_add(request: AccountRequest) -> HttpResponse:
    """Add somebody whom Segment doesn't know."""
    form = NewContactForm(request.POST or None, account=request.account)
    contact = None
    if request.method == "POST":
        with transaction.atomic():
            hold(request.account)
            if form.is_valid():
                contact = _add(request, form)
    if contact is not None:
        messages.success(
            request, gettext("%(email)s is a contact now.") % {"email": contact.email}
        )
        return redirect("contact", contact.pk)
    return render(request, "contacts/contact_add.html", {"form": form})


@account_required(EDITOR)
@require_http_methods(["GET", "HEAD", "POST"])
def contact_edit(request: AccountRequest, pk: int) -> HttpResponse:
    """Change names, address and attributes."""
    contact = get_object_or_404(for_account(Contact, request.account), pk=pk)
    columns = {name: getattr(contact, name) for name in COLUMNS}
    known = sorted(contact.attributes.items())
    posted = request.POST if request.method == "POST" else None
    form = ContactForm(posted, initial=columns)
    shown = [{"name": name, "value": cell_text(value)} for name, value in known]
    attributes = Attributes(posted, prefix="attribute", initial=shown[:MOST_ATTRIBUTES])
    if posted is not None and form.is_valid() and attributes.is_valid():
        changed = {name: form.cleaned_data[name] for name in form.changed_data}
        set_to, removed = _changed_attributes(attributes)
        if changed or set_to or removed:
            names = [*changed_labels(form), *set_to, *removed]
            now = timezone.now()
            with transaction.atomic():
                edit_contact(
                    contact=contact,
                    columns=changed,
                    attributes=set_to,
                    removed=removed,
                    now=now,
                )
                note(request, Action.CONTACT_CHANGED, contact, changed=names, now=now)
            messages.success(request, gettext("Saved."))
        return redirect("contact", contact.pk)
    return render(
        request,
        "contacts/contact_edit.html",
        {
            "contact": contact,
            "form": form,
            "attributes": attributes,
            "left_out": max(len(known) - MOST_ATTRIBUTES, 0),
        },
    )


@account_required(EDITOR)
@require_POST
def contact_stop(request: AccountRequest, pk: int) -> HttpResponse:
    """Stop mailing this person, by hand; waiting mail is dropped when it falls due."""
    contact = get_object_or_404(for_account(Contact, request.account), pk=pk)
    if not contact.email:
        messages.warning(
            request, gettext("This contact has no address, so nobody mails it.")
        )
        return redirect("contact", contact.pk)
    now = timezone.now()
    with transaction.atomic():
        suppress(
            account=request.account,
            email=contact.email,
            reason=Suppression.Reason.MANUAL,
            detail=by_whom(request.user),
            now=now,
        )
        note(request, Action.CONTACT_STOPPED, contact, now=now)
    messages.success(
        request,
        gettext("Nobody mails %(email)s from now on. “Mail again” takes that back.")
        % {"email": contact.email},
    )
    return redirect("contact", contact.pk)


def _add(request: AccountRequest, form: NewContactForm) -> Contact:
    now = timezone.now()
    contact = Contact(account=request.account, created_at=now, updated_at=now)
    set_columns(contact, form.cleaned_data, at=now)
    contact.save()
    note(request, Action.CONTACT_CREATED, contact, now=now)
    return contact


def _changed_attributes(formset: Any) -> tuple[dict[str, str], list[str]]:
    """Name -> new text, and the names whose value was emptied."""
    set_to: dict[str, str] = {}
    removed: list[str] = []
    for form in formset:
        name, value = form.cleaned_data.get("name"), form.cleaned_data.get("value")
        if not name or "value" not in form.changed_data:
            continue
        if value:
            set_to[name] = value.replace("\0", "")
        else:
            removed.append(name)
    return set_to, removed
