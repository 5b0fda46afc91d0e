"""What people type about contacts, checked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from contacts import csv_columns, suppression_rows
from contacts.addresses import address_digest, clean_address
from contacts.csv_columns import ATTRIBUTE, MAX_ATTRIBUTE_NAME
from contacts.csv_rows import MAX_VALUE_CHARS
from contacts.import_jobs import ImportJob
from contacts.models import Contact, ContactList, SavedFilter, Suppression
from promoter.accounts.access import for_account
from promoter.accounts.models import Account

MOST_ADDRESSES = 1_000
NEW_LIST = "new"
AS_ATTRIBUTE = "attribute"
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
            raise ValidationError("This is not one email address.")
        return address


class UploadForm(PlainForm):
    """The first step of an import."""

    file = forms.FileField(
        label="CSV file",
        help_text="From any spreadsheet program, with a header in the first row. "
        "At most 50 MB, 500,000 rows and 200 columns.",
        error_messages={"required": "Choose a file.", "empty": "This file is empty."},
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.tsv,.txt,text/csv"}),
    )


class MappingForm(PlainForm):
    """What each column means: a choice a column, and the attribute's name beside it."""

    def __init__(self, *args: Any, job: ImportJob, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.job = job
        self.takes_attributes = job.kind == ImportJob.Kind.CONTACTS
        fields = csv_columns.FIELDS if self.takes_attributes else suppression_rows.FIELDS
        choices = [("", "Leave out"), *fields.items()]
        if self.takes_attributes:
            choices.append((AS_ATTRIBUTE, "Attribute"))
        for index, (title, target) in enumerate(zip(job.header, job.mapping, strict=True)):
            name = csv_columns.attribute_name(target)
            self.fields[f"target_{index}"] = forms.ChoiceField(
                label=f"{title} goes to",
                choices=choices,
                required=False,
                initial=target if name is None else AS_ATTRIBUTE,
            )
            if self.takes_attributes:
                self.fields[f"name_{index}"] = forms.CharField(
                    label=f"Name of the attribute for {title}",
                    required=False,
                    max_length=MAX_ATTRIBUTE_NAME,
                    initial=title if name is None else name,
                )

    def columns(self) -> list[tuple[str, forms.BoundField, forms.BoundField | None]]:
        """The header's titles with their two fields."""
        return [
            (
                title,
                self[f"target_{index}"],
                self[f"name_{index}"] if self.takes_attributes else None,
            )
            for index, title in enumerate(self.job.header)
        ]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        mapping = [self._target(data, index) for index in range(len(self.job.header))]
        check = csv_columns if self.takes_attributes else suppression_rows
        for complaint in check.complaints(mapping):
            self.add_error(None, complaint)
        data["mapping"] = mapping
        return data

    def _target(self, data: dict[str, Any], index: int) -> str:
        target = str(data.get(f"target_{index}", ""))
        if target != AS_ATTRIBUTE:
            return target
        return f"{ATTRIBUTE}{data.get(f'name_{index}', '')}"


class ContactOptionsForm(PlainForm):
    """How a contact import treats who is known, and where it puts everybody."""

    duplicates = forms.ChoiceField(
        label="People you have already",
        help_text="Found by userId, else by email. Empty cells never overwrite anything.",
        choices=ImportJob.Duplicates.choices,
        widget=forms.RadioSelect,
    )
    add_to = forms.ChoiceField(label="Add everybody in the file to", required=False)
    new_list = forms.CharField(
        label="Name of the new list",
        required=False,
        max_length=120,
    )

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account = account
        lists = for_account(ContactList, account).values_list("pk", "name")
        choices = [("", "No list"), (NEW_LIST, "A new list")]
        choices += [(str(pk), name) for pk, name in lists]
        field = self.fields["add_to"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 (for the type checker)
        field.choices = choices

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("add_to") == NEW_LIST and not data.get("new_list"):
            self.add_error("new_list", "Give the new list a name.")
        return data

    def contact_list(self) -> ContactList | None:
        """The chosen list, made now when it is new; a name in use means that list."""
        chosen = self.cleaned_data["add_to"]
        lists = for_account(ContactList, self.account)
        if chosen == NEW_LIST:
            name = self.cleaned_data["new_list"]
            return lists.get_or_create(name=name, defaults={"account": self.account})[0]
        return lists.filter(pk=chosen).first() if chosen else None


class SuppressionOptionsForm(PlainForm):
    """Why the addresses of a file must not be mailed, where no column says."""

    reason = forms.ChoiceField(
        label="Why must they not be mailed?",
        help_text="Holds for rows whose Reason is empty.",
        choices=[
            (Suppression.Reason.MANUAL, "Added by hand: you may take them back later"),
            (Suppression.Reason.UNSUBSCRIBED, "They unsubscribed: this is for good"),
        ],
        widget=forms.RadioSelect,
    )


class ListForm(forms.ModelForm):
    """A list's name, once in the account."""

    class Meta:
        model = ContactList
        fields = ("name",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""

    def clean_name(self) -> str:
        name = " ".join(str(self.cleaned_data["name"]).split())
        others = for_account(ContactList, self.instance.account).exclude(
            pk=self.instance.pk
        )
        if others.filter(name=name).exists():
            raise ValidationError("You have a list of this name. Choose another one.")
        return name


class ContactForm(PlainForm):
    """A person's columns. What was on the page is posted back, so that only what the
    person changed is written, whatever Segment wrote meanwhile."""

    email = AddressField(label="Email", required=False, show_hidden_initial=True)
    first_name = forms.CharField(
        label="First name", required=False, max_length=120, show_hidden_initial=True
    )
    last_name = forms.CharField(
        label="Last name", required=False, max_length=120, show_hidden_initial=True
    )


class NewContactForm(PlainForm):
    """Somebody whom Segment doesn't know."""

    email = AddressField(label="Email", error_messages={"required": "Type the address."})
    first_name = forms.CharField(label="First name", required=False, max_length=120)
    last_name = forms.CharField(label="Last name", required=False, max_length=120)

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account = account

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"])
        known = for_account(Contact, self.account)
        if known.filter(address_digest=address_digest(email)).exists():
            raise ValidationError("You have a contact with this address already.")
        return email


class AttributeForm(PlainForm):
    """One attribute; without a value it is removed."""

    name = forms.CharField(
        label="Name",
        max_length=MAX_ATTRIBUTE_NAME,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "Name"}),
    )
    value = forms.CharField(
        label="Value",
        max_length=MAX_VALUE_CHARS,
        required=False,
        strip=False,
        show_hidden_initial=True,
        widget=forms.Textarea(attrs={"rows": 1, "placeholder": "Value"}),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("value") and not data.get("name"):
            self.add_error("name", "Give the attribute a name.")
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
            raise ValidationError(f"Two rows are called “{name}”. Keep one of them.")


class SuppressForm(PlainForm):
    """Addresses to stop mailing, typed or pasted."""

    addresses = forms.CharField(
        label="Email addresses",
        help_text="One a line. From now on nobody in this account mails them.",
        max_length=MOST_ADDRESSES * 256,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
    )
    detail = forms.CharField(
        label="Note",
        help_text="For your team: why, or who asked.",
        required=False,
        max_length=300,
    )

    def clean_addresses(self) -> list[str]:
        lines = [line.strip() for line in _LINE.split(self.cleaned_data["addresses"])]
        found = {line: clean_address(line) for line in lines if line}
        if len(found) > MOST_ADDRESSES:
            raise ValidationError(
                f"These are more than {MOST_ADDRESSES:,}. Import them as a CSV file."
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
    more = f" and {len(wrong) - 5} more" if len(wrong) > 5 else ""
    word = "are not email addresses" if len(wrong) > 1 else "is not one email address"
    return f"{shown}{more} {word}."
