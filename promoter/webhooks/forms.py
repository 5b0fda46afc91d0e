"""What an owner says about an address that is told what happens."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from promoter.lib.outbound import OutboundError, refuse_private
from promoter.webhooks.models import Endpoint, EventType


class EndpointForm(forms.ModelForm):
    """An address, and what it wants to know."""

    error_css_class = "invalid"
    event_types = forms.MultipleChoiceField(
        label=_("What it is told"),
        choices=EventType.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Endpoint
        fields = ("url", "event_types")
        labels: ClassVar[dict[str, Any]] = {"url": _("Address")}
        help_texts: ClassVar[dict[str, Any]] = {
            "url": _("Where your system takes a POST, such as https://example.com/nps.")
        }
        error_messages: ClassVar[dict[str, Any]] = {
            "url": {"required": _("Enter the address of your system.")}
        }
        widgets: ClassVar[dict[str, Any]] = {
            "url": forms.URLInput(attrs={"autocomplete": "off", "spellcheck": "false"})
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        others = Endpoint.objects.filter(account=self.instance.account, url=url)
        if others.exclude(pk=self.instance.pk).exists():
            raise ValidationError(gettext("This address is told already."))
        if not settings.WEBHOOK_ALLOW_PRIVATE:
            try:
                refuse_private(url)
            except OutboundError as error:
                raise ValidationError(f"{error}.") from None
        return url
