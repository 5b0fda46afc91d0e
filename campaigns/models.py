"""What to ask, whom, and how often."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from contacts.models import ContactList
from promoter.accounts.models import Account

MAX_DELIVERY_DELAY_DAYS = 365
MAX_THROTTLE_DAYS = 365
MAX_REMINDER_DAYS = 60
MAX_HOLD_HOURS = 24


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
    thank_you = models.TextField(
        blank=True, max_length=2000, help_text="Stands on the page after the answer."
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


class ThrottleQuerySet(models.QuerySet["Throttle"]):
    """Sets of throttles."""

    def of(self, *, account: Account, days: int, scope: Throttle.Scope) -> Throttle:
        """The account's throttle of this length and scope, made when there is none."""
        found = self.filter(account=account, days=days, scope=scope).first()
        if found is not None:
            return found
        name = Throttle(days=days, scope=scope).rule
        taken = set(self.filter(account=account).values_list("name", flat=True))
        number = 1
        while name in taken:
            number += 1
            name = f"{Throttle(days=days, scope=scope).rule} ({number})"
        return self.create(account=account, name=name, days=days, scope=scope)


class Throttle(models.Model):
    """A policy that campaigns share: at most one ask of a contact in so many days."""

    class Scope(models.TextChoices):
        CAMPAIGN = "campaign", "This campaign"
        ACCOUNT = "account", "All campaigns of the account"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="throttles")
    name = models.CharField(max_length=120)
    days = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(MAX_THROTTLE_DAYS)],
        help_text="Days of 24 hours between two surveys of one contact.",
    )
    scope = models.CharField(max_length=10, choices=Scope, default=Scope.ACCOUNT)

    objects = ThrottleQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "name"], name="campaigns_throttle_name_once"
            ),
            models.CheckConstraint(
                name="campaigns_throttle_days",
                condition=Q(days__gte=1, days__lte=MAX_THROTTLE_DAYS),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def rule(self) -> str:
        """What it says, in a few words: `30 days, all campaigns`."""
        days = "1 day" if self.days == 1 else f"{self.days} days"
        whose = "all campaigns" if self.scope == self.Scope.ACCOUNT else "same campaign"
        return f"{days}, {whose}"


class CampaignQuerySet(models.QuerySet["Campaign"]):
    """Sets of campaigns."""

    def live(self) -> CampaignQuerySet:
        """Those that turn events into surveys and whose mail may go out."""
        return self.filter(status__in=Campaign.LIVE)


class Campaign(models.Model):
    """One standing way of asking: this event, this mail, this delay, this throttle.

    `draft` until activated; `ready` when armed and no matching event was seen yet;
    `active` from the first valid matching event on; `paused` and `complete` ask nobody.
    """

    class Kind(models.TextChoices):
        SEGMENT = "segment", "Segment"

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        READY = "ready", "Ready"
        ACTIVE = "active", "Active"
        PAUSED = "paused", "Paused"
        COMPLETE = "complete", "Complete"

    LIVE = (Status.READY, Status.ACTIVE)

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="campaigns")
    kind = models.CharField(
        max_length=10,
        choices=Kind,
        default=Kind.SEGMENT,
        help_text="What starts a survey. Segment: a track event of somebody identified.",
    )
    name = models.CharField(max_length=120)
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    setup_steps = models.JSONField(
        default=list,
        blank=True,
        editable=False,
        help_text="Keys of the wizard's steps that were saved; see campaigns.wizard.",
    )
    event_name = models.CharField(
        max_length=255,
        blank=True,
        help_text="The track event that triggers a survey; it must match exactly.",
    )
    email_template = models.ForeignKey(
        EmailTemplate, on_delete=models.PROTECT, null=True, blank=True
    )
    contact_list = models.ForeignKey(
        ContactList,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        help_text="Contacts are added to it as they are surveyed; it may start empty.",
    )
    throttle = models.ForeignKey(Throttle, on_delete=models.PROTECT, null=True, blank=True)
    delivery_delay = models.PositiveSmallIntegerField(
        default=0,
        validators=[MaxValueValidator(MAX_DELIVERY_DELAY_DAYS)],
        help_text="Days of 24 hours from the event to the mail; 0 sends at once.",
    )
    reminder_after = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_REMINDER_DAYS)],
        help_text="Days from the mail to its one reminder; empty for no reminder.",
    )
    hold_hours = models.PositiveSmallIntegerField(
        default=0,
        validators=[MaxValueValidator(MAX_HOLD_HOURS)],
        help_text="How long an event of somebody not identified yet waits for the "
        "identify; 0 sends nothing, as Segment's rule says.",
    )
    sample_percent = models.PositiveSmallIntegerField(
        default=100,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text="How many of a hundred matching events ask; 100 asks for each.",
    )
    conditions = models.JSONField(
        default=list,
        blank=True,
        help_text="What must hold of the event or the contact; see campaigns.conditions.",
    )
    cancel_event = models.CharField(
        max_length=255,
        blank=True,
        help_text="A track event that withdraws a survey which was not sent yet.",
    )
    paused_because = models.CharField(
        max_length=300,
        blank=True,
        editable=False,
        help_text="Why the campaign paused itself; empty when a person did.",
    )
    burst_allowed_until = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="Until then a person has allowed more surveys than usual.",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    activated_at = models.DateTimeField(null=True, blank=True, editable=False)
    first_event_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = CampaignQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "name"], name="campaigns_campaign_name_once"
            ),
            models.CheckConstraint(
                name="campaigns_campaign_beyond_draft_is_complete",
                condition=Q(status="draft")
                | (
                    ~Q(event_name="")
                    & Q(email_template__isnull=False)
                    & Q(contact_list__isnull=False)
                    & Q(activated_at__isnull=False)
                ),
            ),
            models.CheckConstraint(
                name="campaigns_campaign_kind", condition=Q(kind__in=["segment"])
            ),
            models.CheckConstraint(
                name="campaigns_campaign_status",
                condition=Q(status__in=["draft", "ready", "active", "paused", "complete"]),
            ),
            models.CheckConstraint(
                name="campaigns_campaign_delivery_delay",
                condition=Q(delivery_delay__lte=MAX_DELIVERY_DELAY_DAYS),
            ),
            models.CheckConstraint(
                name="campaigns_campaign_hold_hours",
                condition=Q(hold_hours__lte=MAX_HOLD_HOURS),
            ),
            models.CheckConstraint(
                name="campaigns_campaign_sample_percent",
                condition=Q(sample_percent__gte=1, sample_percent__lte=100),
            ),
        ]
        indexes = [
            # Processing asks: which live campaigns listen to these events?
            models.Index(
                fields=["account", "event_name"],
                name="campaigns_live_by_event",
                condition=Q(status__in=["ready", "active"]),
            ),
            # And which of them does one of these withdraw from?
            models.Index(
                fields=["account", "cancel_event"],
                name="campaigns_live_by_cancel_event",
                condition=Q(status__in=["ready", "active"]) & ~Q(cancel_event=""),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_live(self) -> bool:
        return self.status in self.LIVE

    @property
    def is_draft(self) -> bool:
        return self.status == self.Status.DRAFT

    @property
    def is_editable(self) -> bool:
        """A complete campaign is a record of what was asked: nothing of it changes."""
        return self.status != self.Status.COMPLETE

    @property
    def event_is_fixed(self) -> bool:
        """From the first matching event on: later answers would be to another moment."""
        return self.first_event_at is not None or not self.is_editable
