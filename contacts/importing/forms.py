"""The forms of an import: the file, its columns, what to do with whom."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from contacts.forms import PlainForm
from contacts.import_jobs import ImportJob
from contacts.importing import columns as csv_columns
from contacts.importing.columns import ATTRIBUTE, MAX_ATTRIBUTE_NAME
from contacts.importing.kinds import kind_of
from contacts.importing.options import OptionsForm
from contacts.models import ContactList, Suppression
from promoter.accounts.access import for_account

NEW_LIST = "new"
AS_ATTRIBUTE = "attribute"
# What a form may hold, in letters of one byte. The field itself has no bound: a browser
# would cut off what is beyond it without a word.
MOST_PASTED = 400_000


class UploadForm(PlainForm):
    """The first step of an import: a file, or what was copied out of a spreadsheet."""

    file = forms.FileField(
        label=_("CSV file"),
        help_text=_(
            "From any spreadsheet program, with a header in the first row. "
            "At most 50 MB, 500,000 rows and 200 columns."
        ),
        required=False,
        error_messages={"empty": _("This file is empty.")},
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.tsv,.txt,text/csv"}),
    )
    pasted = forms.CharField(
        label=_("Or paste rows"),
        help_text=_("Copied from a spreadsheet, its header too."),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        pasted = str(data.get("pasted", "")).strip("\r\n")
        if data.get("file") and pasted:
            self.add_error("pasted", gettext("Choose a file or paste rows, not both."))
        elif len(pasted) > MOST_PASTED:
            self.add_error(
                "pasted",
                gettext(
                    "This is too much to paste. Save it as a CSV file and choose that."
                ),
            )
        elif not data.get("file") and not self.errors:
            if not pasted.strip():
                self.add_error("file", gettext("Choose a file, or paste rows below."))
            data["file"] = SimpleUploadedFile(gettext("Pasted rows"), pasted.encode())
        return data


class MappingForm(PlainForm):
    """What each column means: a choice a column, and the attribute's name beside it."""

    def __init__(self, *args: Any, job: ImportJob, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.job = job
        self.kind = kind_of(job.kind)
        self.takes_attributes = self.kind.takes_attributes
        choices = [("", gettext("Leave out")), *self.kind.fields.items()]
        if self.takes_attributes:
            choices.append((AS_ATTRIBUTE, "Attribute"))
        for index, (title, target) in enumerate(zip(job.header, job.mapping, strict=True)):
            name = csv_columns.attribute_name(target)
            self.fields[f"target_{index}"] = forms.ChoiceField(
                label=gettext("%(title)s goes to") % {"title": title},
                choices=choices,
                required=False,
                initial=target if name is None else AS_ATTRIBUTE,
            )
            if self.takes_attributes:
                self.fields[f"name_{index}"] = forms.CharField(
                    label=gettext("Name of the attribute for %(title)s") % {"title": title},
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
        for complaint in self.kind.complaints(mapping):
            self.add_error(None, complaint)
        data["mapping"] = mapping
        return data

    def _target(self, data: dict[str, Any], index: int) -> str:
        target = str(data.get(f"target_{index}", ""))
        if target != AS_ATTRIBUTE:
            return target
        return f"{ATTRIBUTE}{data.get(f'name_{index}', '')}"


class ContactOptionsForm(OptionsForm):
    """How a contact import treats who is known, and where it puts everybody."""

    duplicates = forms.ChoiceField(
        label=_("People you have already"),
        help_text=_(
            "Found by userId, else by email. Empty cells never overwrite anything."
        ),
        choices=ImportJob.Duplicates.choices,
        widget=forms.RadioSelect,
    )
    add_to = forms.ChoiceField(label=_("Add everybody in the file to"), required=False)
    new_list = forms.CharField(
        label=_("Name of the new list"),
        required=False,
        max_length=120,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["duplicates"].initial = self.job.duplicates
        lists = for_account(ContactList, self.job.account).values_list("pk", "name")
        choices = [("", gettext("No list")), (NEW_LIST, gettext("A new list"))]
        choices += [(str(pk), name) for pk, name in lists]
        field = self.fields["add_to"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 (for the type checker)
        field.choices = choices

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("add_to") == NEW_LIST and not data.get("new_list"):
            self.add_error("new_list", gettext("Give the new list a name."))
        return data

    def settle(self) -> None:
        self.job.duplicates = self.cleaned_data["duplicates"]
        self.job.contact_list = self._contact_list()

    def _contact_list(self) -> ContactList | None:
        """The chosen list, made now when it is new; a name in use means that list."""
        chosen, account = self.cleaned_data["add_to"], self.job.account
        lists = for_account(ContactList, account)
        if chosen == NEW_LIST:
            name = self.cleaned_data["new_list"]
            return lists.get_or_create(name=name, defaults={"account": account})[0]
        return lists.filter(pk=chosen).first() if chosen else None


class SuppressionOptionsForm(OptionsForm):
    """Why the addresses of a file must not be mailed, where no column says."""

    reason = forms.ChoiceField(
        label=_("Why must they not be mailed?"),
        help_text=_("Holds for rows whose Reason is empty."),
        choices=[
            (Suppression.Reason.MANUAL, _("Added by hand: you may take them back later")),
            (Suppression.Reason.UNSUBSCRIBED, _("They unsubscribed: this is for good")),
        ],
        initial=Suppression.Reason.MANUAL,
        widget=forms.RadioSelect,
    )

    def settle(self) -> None:
        self.job.reason = self.cleaned_data["reason"]
