"""What people type about contacts, checked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib.humanize.templatetags.humanize import intcomma
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from contacts.addresses import address_digest, clean_address
from contacts.importing.columns import MAX_ATTRIBUTE_NAME
from contacts.importing.rows import MAX_VALUE_CHARS
from contacts.models import Contact, ContactList, SavedFilter
from promoter.accounts.access import for_account
from promoter.accounts.models import Account

MOST_ADDRESSES = 1_000
_LINE = re.compile(r"[\r\n,;]+")


class PlainForm(forms.Form):
    """A form whose labels end without a colon."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""


class AddressField(forms.CharField):
    """One mailbox, or nothing."""

    widget = forms.EmailInput

    def clean(self, value: Any) -> str:
        text: str = super().clean(value)
        address = clean_address(text) if text else ""
        if address is None:
            raise ValidationError(gettext("This is not one email address."))
        return address


class ListForm(forms.ModelForm):
    """A list's name, once in the account."""

    class Meta:
        model = ContactList
        fields = ("name",)
        labels: ClassVar[dict[str, Any]] = {"name": _("Name")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""

    def clean_name(self) -> str:
        name = " ".join(str(self.cleaned_data["name"]).split())
        others = for_account(ContactList, self.instance.account).exclude(
            pk=self.instance.pk
        )
        if others.filter(name=name).exists():
            raise ValidationError(
                gettext("You have a list of this name. Choose another one.")
            )
        return name


class ContactForm(PlainForm):
    """A person's columns. What was on the page is posted back, so that only what the
    person changed is written, whatever Segment wrote meanwhile."""

    email = AddressField(label=_("Email"), required=False, show_hidden_initial=True)
    first_name = forms.CharField(
        label=_("First name"), required=False, max_length=120, show_hidden_initial=True
    )
    last_name = forms.CharField(
        label=_("Last name"), required=False, max_length=120, show_hidden_initial=True
    )


class NewContactForm(PlainForm):
    """Somebody whom Segment doesn't know."""

    email = AddressField(
        label=_("Email"), error_messages={"required": _("Type the address.")}
    )
    first_name = forms.CharField(label=_("First name"), required=False, max_length=120)
    last_name = forms.CharField(label=_("Last name"), required=False, max_length=120)

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account = account

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"])
        known = for_account(Contact, self.account)
        if known.filter(address_digest=address_digest(email)).exists():
            raise ValidationError(gettext("You have a contact with this address already."))
        return email


class AttributeForm(PlainForm):
    """One attribute; without a value it is removed."""

    name = forms.CharField(
        label=_("Name"),
        max_length=MAX_ATTRIBUTE_NAME,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": _("Name")}),
    )
    value = forms.CharField(
        label=_("Value"),
        max_length=MAX_VALUE_CHARS,
        required=False,
        strip=False,
        show_hidden_initial=True,
        widget=forms.Textarea(attrs={"rows": 1, "placeholder": _("Value")}),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("value") and not data.get("name"):
            self.add_error("name", gettext("Give the attribute a name."))
        return data


class AttributeFormSet(forms.BaseFormSet):
    """A contact's attributes and some empty rows."""

    def clean(self) -> None:
        names = [
            form.cleaned_data["name"]
            for form in self.forms
            if form.is_valid() and form.cleaned_data.get("name")
        ]
        for name in {name for name in names if names.count(name) > 1}:
            raise ValidationError(
                gettext("Two rows are called “%(name)s”. Keep one of them.")
                % {"name": name}
            )


class SuppressForm(PlainForm):
    """Addresses to stop mailing, typed or pasted."""

    addresses = forms.CharField(
        label=_("Email addresses"),
        help_text=_("One a line. From now on nobody in this account mails them."),
        max_length=MOST_ADDRESSES * 256,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
    )
    detail = forms.CharField(
        label=_("Note"),
        help_text=_("For your team: why, or who asked."),
        required=False,
        max_length=300,
    )

    def clean_addresses(self) -> list[str]:
        lines = [line.strip() for line in _LINE.split(self.cleaned_data["addresses"])]
        found = {line: clean_address(line) for line in lines if line}
        if len(found) > MOST_ADDRESSES:
            raise ValidationError(
                gettext("These are more than %(most)s. Import them as a CSV file.")
                % {"most": intcomma(MOST_ADDRESSES)}
            )
        wrong = [line[:80] for line, address in found.items() if address is None]
        if wrong:
            raise ValidationError(_not_addresses(wrong))
        return [address for address in found.values() if address]


class SavedFilterForm(forms.ModelForm):
    """A name for what the contacts page shows."""

    class Meta:
        model = SavedFilter
        fields = ("name",)


def _not_addresses(wrong: Sequence[str]) -> str:
    shown = ", ".join(f"“{line}”" for line in wrong[:5])
    if len(wrong) > 5:
        more = {"addresses": shown, "count": len(wrong) - 5}
        return gettext("%(addresses)s and %(count)s more are not email addresses.") % more
    return ngettext(
        "%(addresses)s is not one email address.",
        "%(addresses)s are not email addresses.",
        len(wrong),
    ) % {"addresses": shown}
