"""The form of an email template, and what may be filled into its texts."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns.colours import DEFAULT_ACCENT, read_colour
from campaigns.languages import DEFAULT, language_choices
from campaigns.logo_reading import FORMATS, MAX_BYTES, UnusableLogo, read_logo, store_logo
from campaigns.models import EmailTemplate, Logo
from campaigns.template_checks import (
    BANDS,
    refuse_foreign_links,
    refuse_unknown_placeholders,
)
from campaigns.template_versions import store_template
from promoter.accounts.access import for_account
from promoter.accounts.models import Account, User

ACCEPTED = ",".join(f"image/{name.lower()}" for name in FORMATS)
ABOUT = ("name", "brand", "language", "reply_to")
LOOK = ("logo_file", "logo_remove", "accent")
WORDS = ("from_name", "subject", "preheader", "intro")
REMINDER = ("reminder_subject", "reminder_intro")
BAND_WORDS = {
    "promoter": _("Promoters (9 and 10)"),
    "passive": _("Passives (7 and 8)"),
    "detractor": _("Detractors (0 to 6)"),
}


OF_BAND = {
    "promoter": _("%(field)s for promoters (9 and 10)"),
    "passive": _("%(field)s for passives (7 and 8)"),
    "detractor": _("%(field)s for detractors (0 to 6)"),
}


def _of_band(band: str) -> tuple[str, str, str]:
    return f"{band}_thanks", f"{band}_link_label", f"{band}_link_url"


class EmailTemplateForm(forms.ModelForm):  # type: ignore[type-arg]
    """The words of the mail and of the page behind it."""

    error_css_class = "invalid"
    logo: forms.ModelChoiceField[Logo] = forms.ModelChoiceField(
        label=_("Logo"), queryset=None, required=False, widget=forms.HiddenInput
    )
    logo_file = forms.FileField(
        label=_("Logo"),
        required=False,
        help_text=_(
            "PNG, JPEG, GIF or WebP, at most 2 MB; best 480 pixels wide, on a "
            "transparent ground. Without one the brand’s name stands there."
        ),
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
    )
    logo_remove = forms.BooleanField(label=_("Take the logo away"), required=False)
    accent = forms.CharField(
        label=_("Colour"),
        max_length=20,
        help_text=_(
            "Of the numbers, buttons and links, for example #0f766e. Where it would be too "
            "pale to be read, the text is darker; filled buttons keep it."
        ),
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "spellcheck": "false",
                "data-colour": _("Choose the colour"),
            }
        ),
        error_messages={"required": _("Enter a colour, for example #0f766e.")},
    )

    class Meta:
        model = EmailTemplate
        fields = (
            *(*ABOUT, "logo", "accent", *WORDS, "thank_you"),
            *(field for band in BANDS for field in _of_band(band)),
            *REMINDER,
        )
        labels: ClassVar[dict[str, Any]] = {
            "name": _("Name of the template"),
            "subject": _("Subject"),
            "language": _("Language"),
            "brand": _("Brand or product"),
            "from_name": _("Sender’s name"),
            "reply_to": _("Replies go to"),
            "preheader": _("Preview line"),
            "intro": _("Text above the question"),
            "thank_you": _("Text after the answer"),
            **{f"{band}_thanks": _("Text") for band in BANDS},
            **{f"{band}_link_label": _("Words of the link") for band in BANDS},
            **{f"{band}_link_url": _("Address of the link") for band in BANDS},
            "reminder_subject": _("Subject of the reminder"),
            "reminder_intro": _("Text above the question in the reminder"),
        }
        help_texts: ClassVar[dict[str, Any]] = {
            "name": _("Only your team sees it."),
            "brand": _("The question asks about it: “How likely are you to recommend …?”"),
            "language": _(
                "Of the question and of our own sentences, unless a contact’s "
                "attribute language or locale names another. What you write below is sent "
                "as you write it, so write it in this language."
            ),
            "from_name": _(
                "Stands beside the sending address. Left empty, it is the brand."
            ),
            "reply_to": _(
                "An address somebody reads. Left empty, it is the sending address."
            ),
            "preheader": _("Many mail programs show it after the subject."),
            "intro": _("An empty line starts a new paragraph."),
            "thank_you": _("Shown on the page once somebody has answered."),
            **{f"{band}_thanks": _("Left empty, it is the text above.") for band in BANDS},
            **{
                f"{band}_link_url": _(
                    "Begins with https:// and leads to a host that your account allows."
                )
                for band in BANDS
            },
            "reminder_subject": _(
                "Left empty, it is the subject with “Reminder:” before it."
            ),
            "reminder_intro": _(
                "Left empty, it is the text of the first mail under a "
                "sentence of ours: “We asked you a few days ago …”"
            ),
        }
        widgets: ClassVar[dict[str, Any]] = {
            "intro": forms.Textarea(attrs={"rows": 6}),
            "thank_you": forms.Textarea(attrs={"rows": 3}),
            **{f"{band}_thanks": forms.Textarea(attrs={"rows": 3}) for band in BANDS},
            **{
                f"{band}_link_url": forms.URLInput(attrs={"placeholder": "https://"})
                for band in BANDS
            },
            "reminder_intro": forms.Textarea(attrs={"rows": 4}),
        }
        error_messages: ClassVar[dict[str, Any]] = {
            "name": {"required": _("Give the template a name.")},
            "brand": {"required": _("Enter what the question asks about.")},
            "subject": {"required": _("Enter a subject.")},
            "reply_to": {"invalid": _("Enter one address, for example team@example.com.")},
        }

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        self.account = account
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        logos = self.fields["logo"]
        assert isinstance(logos, forms.ModelChoiceField)  # noqa: S101 - for the types
        logos.queryset = for_account(Logo, account).defer("content")

    def about(self) -> list[BoundField]:
        return [self[name] for name in ABOUT]

    def look(self) -> list[BoundField]:
        """Only a logo that is there can be taken away."""
        left_out = set() if self["logo"].value() else {"logo_remove"}
        return [self[name] for name in LOOK if name not in left_out]

    def words(self) -> list[BoundField]:
        return [self[name] for name in WORDS]

    def bands(self) -> list[tuple[str, list[BoundField], bool]]:
        """(heading, fields, whether one of them is filled or wrong) of each band."""
        found = []
        for band, heading in BAND_WORDS.items():
            fields = [self[name] for name in _of_band(band)]
            is_open = any(field.value() or field.errors for field in fields)
            found.append((str(heading), fields, is_open))
        return found

    def reminder(self) -> list[BoundField]:
        return [self[name] for name in REMINDER]

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        others = for_account(EmailTemplate, self.account).exclude(pk=self.instance.pk)
        if others.filter(name__iexact=name).exists():
            raise ValidationError(
                gettext(
                    "There is a template called “%(name)s” already. Choose another name."
                )
                % {"name": name}
            )
        return name

    def clean_brand(self) -> str:
        brand: str = self.cleaned_data["brand"]
        if "{{" in brand:
            raise ValidationError(
                gettext(
                    "No placeholder can stand here: everybody is asked the same question."
                )
            )
        return brand

    def clean_logo_file(self) -> Logo | None:
        upload = self.cleaned_data["logo_file"]
        if not upload:
            return None
        try:
            return read_logo(upload.read(MAX_BYTES + 1), account=self.account)
        except UnusableLogo as error:
            raise ValidationError(str(error)) from None

    def clean_accent(self) -> str:
        colour = read_colour(self.cleaned_data["accent"])
        if colour is None:
            raise ValidationError(
                gettext(
                    "Enter a colour as # and six digits or letters a to f, for example "
                    "#0f766e."
                )
            )
        return colour

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        refuse_unknown_placeholders(self, data, account=self.account)
        refuse_foreign_links(self, data, account=self.account)
        return data

    def store(self, *, now: datetime, by: User) -> EmailTemplate:
        """Write it, in a transaction; the form must be valid."""
        template: EmailTemplate = self.save(commit=False)
        template.account = self.account
        if self.cleaned_data["logo_file"]:
            template.logo = store_logo(self.cleaned_data["logo_file"])
        elif self.cleaned_data["logo_remove"]:
            template.logo = None
        store_template(template=template, now=now, by=by)
        return template


def label_of(column: str) -> str:
    """What the form calls a column of the template's content."""
    label = str(EmailTemplateForm.base_fields[column.removesuffix("_id")].label)
    band, _, _ = column.partition("_")
    if band not in OF_BAND:
        return label
    return str(OF_BAND[band]) % {"field": label}


def posted_template(
    data: QueryDict, files: MultiValueDict[str, Any], *, account: Account
) -> EmailTemplate:
    """What a form holds, mistakes and all, to be shown before it is saved."""
    template = EmailTemplate(account=account)
    template.logo = _posted_logo(data, files, account=account)
    for field in EmailTemplate._meta.concrete_fields:
        if field.name in EmailTemplateForm.base_fields and field.name != "logo":
            longest = getattr(field, "max_length", None)
            setattr(template, field.name, data.get(field.name, "").strip()[:longest])
    if template.language not in dict(language_choices()):
        template.language = DEFAULT
    template.accent = read_colour(template.accent) or DEFAULT_ACCENT
    return template


def _posted_logo(
    data: QueryDict, files: MultiValueDict[str, Any], *, account: Account
) -> Logo | None:
    upload, kept = files.get("logo_file"), data.get("logo", "")
    if upload:
        try:
            return read_logo(upload.read(MAX_BYTES + 1), account=account)
        except UnusableLogo:
            return None
    if "logo_remove" in data or not (kept.isascii() and kept.isdigit() and len(kept) < 19):
        return None
    return for_account(Logo, account).filter(pk=kept).first()
