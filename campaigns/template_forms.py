"""The form of an email template, and what may be filled into its texts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from difflib import get_close_matches
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.http import QueryDict

from campaigns.languages import DEFAULT, LANGUAGES
from campaigns.models import EmailTemplate
from campaigns.rendering import ATTRIBUTE, KNOWN, unknown_placeholders
from campaigns.template_versions import store_template
from contacts.models import Contact
from promoter.accounts.access import for_account
from promoter.accounts.models import Account, User

MEANINGS = {
    "contact.first_name": "First name",
    "contact.last_name": "Last name",
    "contact.name": "First and last name",
    "contact.email": "Email address",
    "brand": "The brand that the question asks about",
    "account.name": "The name of your account",
}
ABOUT = ("name", "brand", "language", "reply_to")
# Those that placeholders can stand in.
WORDS = ("from_name", "subject", "preheader", "intro", "thank_you")
REMINDER = ("reminder_subject", "reminder_intro")
# Attributes are shown as examples of what Segment sent: of these many contacts.
CONTACTS_LOOKED_AT = 50
MOST_ATTRIBUTES = 30


class EmailTemplateForm(forms.ModelForm):  # type: ignore[type-arg]
    """The words of the mail and of the page behind it."""

    error_css_class = "invalid"

    class Meta:
        model = EmailTemplate
        fields = (*ABOUT, *WORDS, *REMINDER)
        labels: ClassVar[dict[str, str]] = {
            "name": "Name of the template",
            "brand": "Brand or product",
            "from_name": "Sender’s name",
            "reply_to": "Replies go to",
            "preheader": "Preview line",
            "intro": "Text above the question",
            "thank_you": "Text after the answer",
            "reminder_subject": "Subject of the reminder",
            "reminder_intro": "Text above the question in the reminder",
        }
        help_texts: ClassVar[dict[str, str]] = {
            "name": "Only your team sees it.",
            "brand": "The question asks about it: “How likely are you to recommend …?”",
            "language": "Of the question and all else that is not written here.",
            "from_name": "Stands beside the sending address. Left empty, it is the brand.",
            "reply_to": "An address somebody reads. Left empty, it is the sending address.",
            "preheader": "Many mail programs show it after the subject.",
            "intro": "An empty line starts a new paragraph.",
            "thank_you": "Shown on the page once somebody has answered.",
            "reminder_subject": "Left empty, it is the subject with “Reminder:” before it.",
            "reminder_intro": "Left empty, it is the text of the first mail under a "
            "sentence of ours: “We asked you a few days ago …”",
        }
        widgets: ClassVar[dict[str, Any]] = {
            "intro": forms.Textarea(attrs={"rows": 6}),
            "thank_you": forms.Textarea(attrs={"rows": 3}),
            "reminder_intro": forms.Textarea(attrs={"rows": 4}),
        }
        error_messages: ClassVar[dict[str, Any]] = {
            "name": {"required": "Give the template a name."},
            "brand": {"required": "Enter what the question asks about."},
            "subject": {"required": "Enter a subject."},
            "reply_to": {"invalid": "Enter one address, for example team@example.com."},
        }

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        self.account = account
        super().__init__(*args, **kwargs)
        self.label_suffix = ""

    def about(self) -> list[BoundField]:
        return [self[name] for name in ABOUT]

    def words(self) -> list[BoundField]:
        return [self[name] for name in WORDS]

    def reminder(self) -> list[BoundField]:
        return [self[name] for name in REMINDER]

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        others = for_account(EmailTemplate, self.account).exclude(pk=self.instance.pk)
        if others.filter(name__iexact=name).exists():
            raise ValidationError(
                f"There is a template called “{name}” already. Choose another name."
            )
        return name

    def clean_brand(self) -> str:
        brand: str = self.cleaned_data["brand"]
        if "{{" in brand:
            raise ValidationError(
                "No placeholder can stand here: everybody is asked the same question."
            )
        return brand

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        refuse_unknown_placeholders(self, data)
        return data

    def store(self, *, now: datetime, by: User) -> EmailTemplate:
        """Write it, in a transaction; the form must be valid."""
        template: EmailTemplate = self.save(commit=False)
        template.account = self.account
        store_template(template=template, now=now, by=by)
        return template


def label_of(column: str) -> str:
    """What the form calls a column of the template's content."""
    field = EmailTemplateForm.base_fields[column.removesuffix("_id")]
    return str(field.label or column)


def refuse_unknown_placeholders(form: forms.BaseForm, data: Mapping[str, Any]) -> None:
    """An error at each text with a placeholder that would stay empty in every mail."""
    for field in (*WORDS, *REMINDER):
        for name in unknown_placeholders(data.get(field, "")):
            form.add_error(field, _explain(name))


def _explain(name: str) -> str:
    """What is wrong with a placeholder of that name, and which ones there are."""
    shown = name[:60] or " "
    close = get_close_matches(name.partition("|")[0].strip(), KNOWN, n=1)
    hint = f" Did you mean {close[0]}?" if close else ""
    known = ", ".join(KNOWN)
    return (
        f"{{{{ {shown} }}}} is no placeholder.{hint} "
        f"There are {known}, and {ATTRIBUTE}NAME for an attribute."
    )


def posted_template(data: QueryDict, *, account: Account) -> EmailTemplate:
    """What a form holds, mistakes and all, to be shown before it is saved."""
    template = EmailTemplate(account=account)
    for field in EmailTemplate._meta.concrete_fields:
        if field.name in EmailTemplateForm.base_fields:
            longest = getattr(field, "max_length", None)
            setattr(template, field.name, data.get(field.name, "").strip()[:longest])
    if template.language not in dict(LANGUAGES):
        template.language = DEFAULT
    return template


def starter(account: Account) -> dict[str, str]:
    """A first wording that may go out as it is."""
    return {
        "brand": account.name,
        "from_name": account.name,
        "language": DEFAULT,
        "subject": "How do you find {{ brand }}?",
        "preheader": "One click, and you are done.",
        "intro": 'Hi {{ contact.first_name|default:"there" }},\n\n'
        "we would like to know how you find {{ brand }}.",
        "thank_you": "Thank you for taking the time.",
    }


def placeholders(account: Account) -> list[tuple[str, str]]:
    """(name, meaning) of what the texts may use; attributes as seen at recent contacts."""
    recent = for_account(Contact, account).values_list("attributes", flat=True)
    keys = {key for attributes in recent[:CONTACTS_LOOKED_AT] for key in attributes}
    usable = sorted(key for key in keys if _can_be_named(key))
    return [
        *((name, MEANINGS[name]) for name in KNOWN),
        *(
            (f"{ATTRIBUTE}{key}", "Attribute of the contact")
            for key in usable[:MOST_ATTRIBUTES]
        ),
    ]


def _can_be_named(key: str) -> bool:
    return bool(key.strip()) and not unknown_placeholders(f"{{{{ {ATTRIBUTE}{key} }}}}")
