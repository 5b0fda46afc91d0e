"""The forms by which an account sets its inbox up."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns.rendering import unknown_placeholders
from promoter.accounts.access import for_account
from promoter.accounts.models import Account, Membership
from surveys.chart_words import BAND_PEOPLE
from surveys.inbox.acting import tag_names
from surveys.inbox.cases import LONGEST_TAG
from surveys.models import CannedReply, Rule, Tag


class TagForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Tag
        fields = ("name",)
        labels = {"name": _("Name")}  # noqa: RUF012
        error_messages = {"name": {"required": _("Give the tag a name.")}}  # noqa: RUF012

    def clean_name(self) -> str:
        name = " ".join(str(self.cleaned_data["name"]).split())
        if "," in name:
            raise forms.ValidationError(
                gettext("A comma stands between tags, so a name has none.")
            )
        others = Tag.objects.filter(account=self.instance.account).called(name)
        if others.exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(
                gettext("There is a tag with this name. Merge the two.")
            )
        return name


class CannedReplyForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = CannedReply
        fields = ("name", "text")
        labels = {"name": _("Name"), "text": _("Text")}  # noqa: RUF012
        widgets = {"text": forms.Textarea(attrs={"rows": 8})}  # noqa: RUF012
        error_messages = {  # noqa: RUF012
            "name": {"required": _("Give the reply a name.")},
            "text": {"required": _("Enter the text of the reply.")},
        }

    def clean_name(self) -> str:
        name = " ".join(str(self.cleaned_data["name"]).split())
        others = CannedReply.objects.filter(account=self.instance.account, name=name)
        if others.exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(gettext("There is a reply with this name."))
        return name

    def clean_text(self) -> str:
        text = str(self.cleaned_data["text"])
        if unknown := unknown_placeholders(text):
            raise forms.ValidationError(
                gettext("Nothing is known by %(names)s.") % {"names": ", ".join(unknown)}
            )
        return text


class MemberChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        return str(obj.user.get_full_name())


class MembersChoice(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        return str(obj.user.get_full_name())


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]
    """If … then …: an act at least; without a condition it holds for every answer."""

    band = forms.ChoiceField(
        label=_("Score is"),
        choices=[
            ("", _("Any")),
            *((band.value, people) for band, people in BAND_PEOPLE.items()),
        ],
        required=False,
    )
    assign_to = MemberChoice(
        Membership.objects.none(),
        label=_("Give it to"),
        required=False,
        empty_label=_("Nobody"),
        help_text=_("Unless it is somebody’s already."),
    )
    notify = MembersChoice(
        Membership.objects.none(),
        label=_("Tell by mail"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    new_tags = forms.CharField(
        label=_("Add the tags"),
        max_length=300,
        required=False,
        help_text=_("Separated by commas. What there is not yet is made."),
    )
    conditions = ("band", "if_tag", "attribute", "value", "words")

    class Meta:
        model = Rule
        fields = (
            *("name", "is_enabled", "band", "if_tag", "attribute", "value", "words"),
            *("assign_to", "notify"),
        )
        labels = {"name": _("Name")}  # noqa: RUF012
        error_messages = {"name": {"required": _("Give the rule a name.")}}  # noqa: RUF012

    def __init__(self, *args: Any, account: Account, **rest: Any) -> None:
        super().__init__(*args, **rest)
        members = for_account(Membership, account).select_related("user")
        self.fields["assign_to"].queryset = members  # type: ignore[attr-defined]
        self.fields["notify"].queryset = members  # type: ignore[attr-defined]
        self.fields["if_tag"].queryset = for_account(Tag, account)  # type: ignore[attr-defined]
        self.fields["if_tag"].empty_label = gettext("Any")  # type: ignore[attr-defined]
        if self.instance.pk and not self.is_bound:
            names = self.instance.add_tags.values_list("name", flat=True)
            self.initial["new_tags"] = ", ".join(names)

    def clean_new_tags(self) -> list[str]:
        text = str(self.cleaned_data["new_tags"])
        if any(len(" ".join(part.split())) > LONGEST_TAG for part in text.split(",")):
            raise forms.ValidationError(gettext("A tag has 40 letters at most."))
        return tag_names(text)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("value") and not cleaned.get("attribute"):
            self.add_error("attribute", gettext("Which attribute should have this value?"))
        acts = [cleaned.get(name) for name in ("assign_to", "notify", "new_tags")]
        if not any(acts) and "new_tags" in cleaned:
            raise forms.ValidationError(
                gettext("Choose at least one thing that the rule does.")
            )
        return cleaned
