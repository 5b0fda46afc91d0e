"""What the inbox does by itself, and the replies that are written once."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from promoter.accounts.models import Account, Membership
from promoter.lib.letters import folded
from surveys.inbox.cases import Tag
from surveys.nps import Band

MOST_RULES = 100


class CannedReply(models.Model):
    """A reply written once for many, with the placeholders of survey mails."""

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="canned_replies"
    )
    name = models.CharField(max_length=80)
    text = models.TextField(
        max_length=5000,
        help_text=_(
            "Placeholders as in survey mails, such as "
            '{{ contact.first_name|default:"there" }}'
        ),
    )

    class Meta:
        ordering = ["name", "id"]
        verbose_name_plural = _("canned replies")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "name"],
                name="surveys_canned_reply_once",
                violation_error_message=_("There is a reply with this name."),
            )
        ]

    def __str__(self) -> str:
        return self.name


class Rule(models.Model):
    """If an answer is like this, then do that with its case: once for each case.

    All conditions that are given must hold. Rules are looked at by `position`, when the
    answer has been left alone for a minute: a tag that one gives, a later one may ask for.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="rules")
    name = models.CharField(max_length=80)
    position = models.PositiveIntegerField(default=0, editable=False)
    is_enabled = models.BooleanField(_("Enabled"), default=True)
    band = models.CharField(
        _("Score is"),
        max_length=10,
        blank=True,
        choices=[(b.value, f"{b.value}s") for b in Band],
    )
    # A rule must not begin to hold for everybody because a tag is gone.
    if_tag = models.ForeignKey(
        Tag,
        on_delete=models.RESTRICT,
        null=True,
        blank=True,
        related_name="asked_for_by",
        verbose_name=_("has the tag"),
    )
    attribute = models.CharField(_("attribute"), max_length=150, blank=True)
    value = models.CharField(
        pgettext_lazy("condition", "is"),
        max_length=200,
        blank=True,
        help_text=_("As it was when they answered."),
    )
    words = models.CharField(
        _("comment has one of"),
        max_length=500,
        blank=True,
        help_text=_("Separated by commas: refund, money back"),
    )
    assign_to = models.ForeignKey(
        Membership,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="given_by_rules",
        verbose_name=_("give it to"),
        help_text=_("Unless it is somebody’s already."),
    )
    add_tags = models.ManyToManyField(
        Tag, blank=True, related_name="given_by_rules", verbose_name=_("add the tags")
    )
    notify = models.ManyToManyField(
        Membership, blank=True, related_name="told_by_rules", verbose_name=_("tell by mail")
    )

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name

    @property
    def told_names(self) -> list[str]:
        """Who is told by mail. The caller has prefetched them."""
        return [member.user.get_full_name() for member in self.notify.all()]

    @property
    def wanted_words(self) -> list[str]:
        """Each as it is looked for."""
        parts = (folded(" ".join(part.split())) for part in self.words.split(","))
        return [part for part in parts if part]
