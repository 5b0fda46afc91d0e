"""The form of a browser key."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from segment_ingest.origins import clean_origin

MOST_ORIGINS = 20


class BrowserKeyForm(forms.Form):
    """Which web pages may use the key."""

    allowed_origins = forms.CharField(
        label=_("Allowed websites"),
        max_length=2000,
        help_text=_("One a line, such as https://www.example.com."),
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        error_messages={"required": _("Name at least one website.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""

    def clean_allowed_origins(self) -> list[str]:
        lines = str(self.cleaned_data["allowed_origins"]).replace(",", " ").split()
        if len(lines) > MOST_ORIGINS:
            raise ValidationError(
                gettext("%(most)s websites are the most.") % {"most": MOST_ORIGINS}
            )
        try:
            return list(dict.fromkeys(clean_origin(line) for line in lines))
        except ValueError as error:
            raise ValidationError(str(error)) from None
