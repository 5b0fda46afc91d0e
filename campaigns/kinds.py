"""What kinds of campaigns there are, and how far one can be."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Kind(models.TextChoices):
    """Whom a campaign asks. An imported one asks nobody: it holds what people answered
    elsewhere, and is complete from the beginning."""

    SEGMENT = "segment", "Segment"
    ONE_TIME = "one_time", _("One time to a list")
    RECURRING = "recurring", _("Recurring to a list")
    API = "api", _("API")
    IMPORTED = "imported", _("Imported")


class Status(models.TextChoices):
    """Who moves it from one to the next: campaigns.lifecycle."""

    DRAFT = "draft", _("Draft")
    READY = "ready", _("Ready")
    ACTIVE = "active", _("Active")
    PAUSED = "paused", _("Paused")
    COMPLETE = "complete", _("Complete")

    @property
    def words(self) -> str:
        """Inside a sentence."""
        return str(_WORDS[self])


_WORDS = {
    Status.DRAFT: pgettext_lazy("inside a sentence", "draft"),
    Status.READY: pgettext_lazy("inside a sentence", "ready"),
    Status.ACTIVE: pgettext_lazy("inside a sentence", "active"),
    Status.PAUSED: pgettext_lazy("inside a sentence", "paused"),
    Status.COMPLETE: pgettext_lazy("inside a sentence", "complete"),
}


class ForwardWhen(models.TextChoices):
    """Which answers are mailed on."""

    ALWAYS = "always", _("Every answer")
    DETRACTORS = "detractors", _("Scores 0 to 6")
    COMMENTS = "comments", _("Answers with a comment")
