"""Which answers came out of a file."""

from __future__ import annotations

from django.db import models

from contacts.models import ImportJob
from promoter.accounts.models import Account


class ImportedAnswer(models.Model):
    """Says of a survey that nobody was asked by it here: its answer came out of a file,
    and by this import it can be taken back."""

    survey = models.OneToOneField(
        "Survey", on_delete=models.CASCADE, primary_key=True, related_name="imported"
    )
    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="imported_answers"
    )
    job = models.ForeignKey(
        ImportJob, on_delete=models.CASCADE, related_name="imported_answers"
    )

    class Meta:
        ordering = ["survey"]

    def __str__(self) -> str:
        return f"survey {self.pk}"
