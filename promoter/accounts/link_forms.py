"""Which hosts the links on an account's thank-you pages may lead to."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from promoter.accounts.links import MOST_HOSTS, BadHost, read_host
from promoter.accounts.models import Account


class LinkHostsForm(forms.Form):
    """One host a line."""

    error_css_class = "invalid"
    link_hosts = forms.CharField(
        label=_("Allowed hosts"),
        required=False,
        max_length=10_000,
        widget=forms.Textarea(
            attrs={"rows": 6, "spellcheck": "false", "placeholder": "www.example.com"}
        ),
        help_text=_("One a line. example.com allows shop.example.com as well."),
    )

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account = account
        self.initial["link_hosts"] = "\n".join(account.link_hosts)
        self.label_suffix = ""

    def clean_link_hosts(self) -> list[str]:
        hosts = []
        for line in filter(None, map(str.strip, self.cleaned_data["link_hosts"].split())):
            try:
                hosts.append(read_host(line))
            except BadHost:
                raise ValidationError(
                    gettext("“%(line)s” is no host. Write it as www.example.com.")
                    % {"line": line[:80]}
                ) from None
        hosts = list(dict.fromkeys(hosts))
        if len(hosts) > MOST_HOSTS:
            raise ValidationError(
                gettext("Name at most %(most)s hosts.") % {"most": MOST_HOSTS}
            )
        return hosts

    def store(self) -> None:
        """Write it; the form must be valid."""
        self.account.link_hosts = self.cleaned_data["link_hosts"]
        self.account.save(update_fields=["link_hosts"])
