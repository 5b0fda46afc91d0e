"""A person's rights: a copy of everything, and to be forgotten.

Lives here, not in contacts: both acts look over all apps.
"""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from contacts.models import Contact
from promoter.accounts.access import AccountRequest, account_required, for_account
from promoter.accounts.audit import note
from promoter.accounts.audit_actions import Action
from promoter.accounts.models import Membership
from segment_ingest.erasing import erase_person
from segment_ingest.person_export import export_person


class EraseForm(forms.Form):
    """Typing the address (else the userId) is what keeps a slip from erasing somebody."""

    typed = forms.CharField(max_length=300)

    def __init__(self, data: QueryDict | None = None, *, contact: Contact) -> None:
        super().__init__(data)
        self.expected = (
            contact.email
            or contact.user_id
            or gettext("contact %(number)s") % {"number": contact.pk}
        )
        self.label_suffix = ""
        self.fields["typed"].label = gettext("Type %(expected)s to confirm") % {
            "expected": self.expected
        }
        self.fields["typed"].widget.attrs |= {"autocomplete": "off", "spellcheck": "false"}

    def clean_typed(self) -> str:
        typed = str(self.cleaned_data["typed"])
        if typed.casefold() != self.expected.casefold():
            raise ValidationError(
                gettext("This is not %(expected)s. Nobody was erased.")
                % {"expected": self.expected}
            )
        return typed


@account_required()
@require_safe
def person_data(request: AccountRequest, pk: int) -> HttpResponse:
    """Everything about the person, as a JSON file."""
    contact, now = _contact(request, pk), timezone.now()
    note(request, Action.CONTACT_COPIED, contact, now=now)
    return JsonResponse(
        export_person(contact=contact, now=now),
        json_dumps_params={"ensure_ascii": False, "indent": 2},
        headers={
            "Content-Disposition": f'attachment; filename="contact-{contact.pk}.json"',
            "Cache-Control": "no-store",
        },
    )


@account_required(Membership.Role.OWNER)
@require_http_methods(["GET", "HEAD", "POST"])
def person_erase(request: AccountRequest, pk: int) -> HttpResponse:
    """GET says what goes and what stays; POST with the address typed erases."""
    contact = _contact(request, pk)
    form = EraseForm(request.POST or None, contact=contact)
    if request.method == "POST" and form.is_valid():
        now = timezone.now()
        with transaction.atomic():
            note(request, Action.CONTACT_ERASED, contact, now=now)
            erase_person(contact=contact, now=now)
        messages.success(request, gettext("The person is erased."))
        return redirect("contact-list")
    same_address = Contact.objects.none()
    if contact.address_digest:
        same_address = (
            for_account(Contact, request.account)
            .filter(address_digest=contact.address_digest)
            .exclude(pk=contact.pk)
        )
    return render(
        request,
        "contacts/contact_erase.html",
        {"contact": contact, "form": form, "others": same_address[:10]},
    )


def _contact(request: AccountRequest, pk: int) -> Contact:
    return get_object_or_404(for_account(Contact, request.account), pk=pk)
