"""The logo of a brand, kept in the database: any number of web processes can serve it."""

from __future__ import annotations

from base64 import b64encode

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from promoter.accounts.models import Account

ENDINGS = {"image/png": "png", "image/jpeg": "jpg"}


class Logo(models.Model):
    """One image that we have drawn anew from an upload; see campaigns.logo_reading.

    Never changed, so its address may be kept for ever, and never deleted but with its
    account: mail that was sent shows it. `width` and `height` are those it is shown in.
    """

    class Plate(models.TextChoices):
        NONE = "none", _("None")
        LIGHT = "light", _("Light, in dark schemes")
        DARK = "dark", _("Dark, in light schemes")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="logos")
    digest = models.CharField(max_length=64, help_text=_("SHA-256 of the content, in hex."))
    content = models.BinaryField()
    content_type = models.CharField(max_length=10, choices=[(x, x) for x in ENDINGS])
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    plate = models.CharField(
        max_length=5,
        choices=Plate,
        default=Plate.NONE,
        help_text=_("What a transparent logo needs behind it to be seen everywhere."),
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            # By digest first: that is what an address names.
            models.UniqueConstraint(
                fields=["digest", "account"], name="campaigns_logo_once"
            )
        ]

    def __str__(self) -> str:
        return f"logo {self.digest[:12]}"

    @property
    def path(self) -> str:
        """Where everybody can see it who knows what it looks like to the byte."""
        return reverse("logo", args=[self.digest, ENDINGS[self.content_type]])

    @property
    def data_url(self) -> str:
        """The image itself, for a preview that may ask nobody for anything."""
        return f"data:{self.content_type};base64,{b64encode(self.content).decode()}"
