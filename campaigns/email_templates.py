"""The words of a survey mail."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from campaigns.languages import DEFAULT, language_choices
from promoter.accounts.models import Account


class EmailTemplate(models.Model):
    """The words of a survey mail and of the page it leads to.

    The texts are plain text with placeholders such as
    `{{ contact.first_name|default:"there" }}`; campaigns.rendering fills them in.
    """

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="email_templates"
    )
    name = models.CharField(max_length=120)
    subject = models.CharField(max_length=200)
    preheader = models.CharField(max_length=200, blank=True)
    from_name = models.CharField(max_length=120, blank=True)
    reply_to = models.EmailField(blank=True)
    brand = models.CharField(
        max_length=120,
        help_text="The company, brand or product that the question asks about.",
    )
    intro = models.TextField(
        blank=True, max_length=2000, help_text="Stands above the scale."
    )
    reminder_subject = models.CharField(
        max_length=200, blank=True, help_text="Empty: the subject with “Reminder:”."
    )
    reminder_intro = models.TextField(
        blank=True, max_length=2000, help_text="Empty: the intro under our own sentence."
    )
    thank_you = models.TextField(
        blank=True, max_length=2000, help_text="Stands on the page after the answer."
    )
    language = models.CharField(
        max_length=12,
        choices=language_choices,
        default=DEFAULT,
        help_text="Of our own sentences in the mail and on the page behind it.",
    )
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
