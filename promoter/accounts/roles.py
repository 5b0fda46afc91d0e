"""What a person may do in an account."""

from __future__ import annotations

from django.db import models


class Role(models.TextChoices):
    """From the least to the most: each may do what those before it may."""

    VIEWER = "viewer", "Viewer"
    EDITOR = "editor", "Editor"
    OWNER = "owner", "Owner"

    @property
    def may(self) -> str:
        """In words, for who chooses it."""
        return MAY[self]

    def reaches(self, needed: str) -> bool:
        """Whether it may do what the needed role may: an owner is an editor too."""
        ranks = list(Role)
        return ranks.index(self) >= ranks.index(Role(needed))


MAY = {
    Role.VIEWER: "Sees everything, changes nothing.",
    Role.EDITOR: "Runs campaigns, templates and contacts.",
    Role.OWNER: "Does everything: also people, keys, sending and settings.",
}
