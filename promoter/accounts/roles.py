"""What a person may do in an account."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """From the least to the most: each may do what those before it may."""

    VIEWER = "viewer", _("Viewer")
    EDITOR = "editor", _("Editor")
    OWNER = "owner", _("Owner")

    @property
    def may(self) -> str:
        """In words, for who chooses it."""
        return str(MAY[self])

    def reaches(self, needed: str) -> bool:
        """Whether it may do what the needed role may: an owner is an editor too."""
        ranks = list(Role)
        return ranks.index(self) >= ranks.index(Role(needed))


MAY = {
    Role.VIEWER: _("Sees answers, contacts and campaigns; changes nothing."),
    Role.EDITOR: _("Runs campaigns, templates and contacts."),
    Role.OWNER: _("Does everything: also people, keys, sending and settings."),
}
