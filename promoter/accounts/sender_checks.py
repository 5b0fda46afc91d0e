"""What the DNS said of the sending address when an owner last had it asked."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext


class SenderCheck(models.Model):
    """One account's last look at SPF, DKIM and DMARC; a new one replaces it."""

    account = models.OneToOneField(
        "accounts.Account", on_delete=models.CASCADE, related_name="sender_check"
    )
    domain = models.CharField(max_length=255)
    selector = models.CharField(max_length=63, blank=True)
    findings: models.JSONField[Any, Any] = models.JSONField(default=list)
    checked_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-checked_at"]

    def __str__(self) -> str:
        return f"{self.domain} as of {self.checked_at:%Y-%m-%d}"

    @property
    def spoken_findings(self) -> list[dict[str, Any]]:
        """With their advice in the language of who reads it."""
        return [one | {"advice": spoken_advice(one)} for one in self.findings]

    def is_of(self, domain: str) -> bool:
        """Whether it is about this domain: an operator may have changed the address."""
        return self.domain == domain

    @property
    def to_mend(self) -> list[str]:
        """The records that are not fine, by name."""
        return [one["record"] for one in self.findings if one["state"] != "fine"]


def spoken_advice(one: dict[str, Any]) -> str:
    """What a finding advises, with the names filled in, in the language that is on."""
    names = dict(one.get("names", {}))
    if names.get("server"):
        names["way_out"] = gettext("your mail server %(server)s") % names
    advice = gettext(one["advice"])
    return advice % names if names else advice
