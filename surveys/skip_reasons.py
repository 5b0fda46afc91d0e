"""Why somebody was not asked."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class SkipReason(models.TextChoices):
    """Why somebody was not asked. Written on the survey, or on the message's verdict."""

    THROTTLED = "throttled", _("Asked too recently")
    SUPPRESSED = "suppressed", _("Must not be mailed")
    NO_ADDRESS = "no_address", _("No usable email address")
    CAMPAIGN_INACTIVE = "campaign_inactive", _("Campaign not live")
    ERASED = "erased", _("Person erased")
    WITHDRAWN = "withdrawn", _("Withdrawn by a later event")
    LEFT_LIST = "left_list", _("Taken out of the list")

    @property
    def words(self) -> str:
        """Inside a sentence."""
        return str(_WORDS[self])


_WORDS = {
    SkipReason.THROTTLED: pgettext_lazy("inside a sentence", "asked too recently"),
    SkipReason.SUPPRESSED: pgettext_lazy("inside a sentence", "must not be mailed"),
    SkipReason.NO_ADDRESS: pgettext_lazy("inside a sentence", "no usable email address"),
    SkipReason.CAMPAIGN_INACTIVE: pgettext_lazy("inside a sentence", "campaign not live"),
    SkipReason.ERASED: pgettext_lazy("inside a sentence", "person erased"),
    SkipReason.WITHDRAWN: pgettext_lazy("inside a sentence", "withdrawn by a later event"),
    SkipReason.LEFT_LIST: pgettext_lazy("inside a sentence", "taken out of the list"),
}
