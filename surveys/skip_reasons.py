"""Why somebody was not asked."""

from __future__ import annotations

from django.db import models


class SkipReason(models.TextChoices):
    """Why somebody was not asked. Written on the survey, or on the message's verdict."""

    THROTTLED = "throttled", "Asked too recently"
    SUPPRESSED = "suppressed", "Must not be mailed"
    NO_ADDRESS = "no_address", "No usable email address"
    CAMPAIGN_INACTIVE = "campaign_inactive", "Campaign not live"
    ERASED = "erased", "Person erased"
    WITHDRAWN = "withdrawn", "Withdrawn by a later event"
