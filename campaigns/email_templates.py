"""The words of a survey mail, and every wording that they had before."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.colours import DEFAULT_ACCENT
from campaigns.languages import DEFAULT, language_choices
from campaigns.logos import Logo
from campaigns.thanks import ThanksColumns
from promoter.accounts.models import Account


class TemplateContent(ThanksColumns):
    """All that somebody who is asked can see of a template: the mail and the pages.

    The texts are plain text with placeholders such as
    `{{ contact.first_name|default:"there" }}`; campaigns.rendering fills them in.
    """

    subject = models.CharField(max_length=200)
    preheader = models.CharField(max_length=200, blank=True)
    from_name = models.CharField(max_length=120, blank=True)
    reply_to = models.EmailField(blank=True)
    brand = models.CharField(
        max_length=120,
        help_text=_("The company, brand or product that the question asks about."),
    )
    language = models.CharField(
        max_length=12,
        choices=language_choices,
        default=DEFAULT,
        help_text=_("Of our own sentences in the mail and on the page behind it."),
    )
    intro = models.TextField(
        blank=True, max_length=2000, help_text=_("Stands above the scale.")
    )
    reminder_subject = models.CharField(
        max_length=200,
        blank=True,
        help_text=_("Empty: the subject with “Reminder:”."),
    )
    reminder_intro = models.TextField(
        blank=True,
        max_length=2000,
        help_text=_("Empty: the intro under our own sentence."),
    )
    logo = models.ForeignKey(
        Logo, on_delete=models.RESTRICT, null=True, blank=True, related_name="+"
    )
    accent = models.CharField(
        max_length=7,
        default=DEFAULT_ACCENT,
        help_text=_("The colour of numbers, buttons and links, as #rrggbb."),
    )

    class Meta:
        abstract = True

    def content(self) -> dict[str, Any]:
        """Column -> value of all that makes up the mail and the pages."""
        return {name: getattr(self, name) for name in _columns()}


@cache
def _columns() -> tuple[str, ...]:
    return tuple(
        field.attname
        for field in TemplateContent._meta.get_fields()
        if isinstance(field, models.Field)
    )


class EmailTemplate(TemplateContent):
    """A survey mail as it goes out from now on; campaigns share it."""

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="email_templates"
    )
    name = models.CharField(max_length=120)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "name"], name="campaigns_template_name_once"
            )
        ]

    def __str__(self) -> str:
        return self.name


class TemplateVersion(TemplateContent):
    """One wording that a template has or had; never changed, for mail was sent with it.

    It outlives its template: the page behind a mail stays as its reader knows it.
    `created_by` is empty where no person saved it here.
    """

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="template_versions"
    )
    template = models.ForeignKey(
        EmailTemplate, on_delete=models.SET_NULL, null=True, related_name="versions"
    )
    number = models.PositiveIntegerField(help_text=_("Counts up from 1 in each template."))
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        ordering = ["-number", "-id"]
        constraints = [
            # Also how the newest version of a template is found.
            models.UniqueConstraint(
                fields=["template", "number"], name="campaigns_version_number_once"
            )
        ]

    def __str__(self) -> str:
        return f"version {self.number} of {self.template or 'a deleted template'}"
