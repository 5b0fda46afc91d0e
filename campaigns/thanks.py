"""What a template says to who has answered: one text for all, or one for each band."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Thanks:
    """The words of the page after the answer, with placeholders, and its one link."""

    text: str
    link_label: str
    link_url: str


class ThanksColumns(models.Model):
    """The texts and links. A band without a text has the common one."""

    thank_you = models.TextField(
        blank=True,
        max_length=2000,
        help_text=_("Stands on the page after the answer."),
    )
    promoter_thanks = models.TextField(blank=True, max_length=2000)
    promoter_link_label = models.CharField(max_length=60, blank=True)
    promoter_link_url = models.CharField(max_length=500, blank=True)
    passive_thanks = models.TextField(blank=True, max_length=2000)
    passive_link_label = models.CharField(max_length=60, blank=True)
    passive_link_url = models.CharField(max_length=500, blank=True)
    detractor_thanks = models.TextField(blank=True, max_length=2000)
    detractor_link_label = models.CharField(max_length=60, blank=True)
    detractor_link_url = models.CharField(max_length=500, blank=True)

    class Meta:
        abstract = True

    def thanks(self, band: str) -> Thanks:
        """For who gave a score in that band of surveys.nps."""
        return Thanks(
            text=getattr(self, f"{band}_thanks") or self.thank_you,
            link_label=getattr(self, f"{band}_link_label"),
            link_url=getattr(self, f"{band}_link_url"),
        )
