"""What to ask, whom, and how often."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.email_templates import EmailTemplate, TemplateContent, TemplateVersion
from campaigns.kinds import ForwardWhen, Kind, Status
from campaigns.list_columns import (
    MAX_REPEAT_DAYS,
    MAX_SPREAD_DAYS,
    MIN_REPEAT_DAYS,
    ListColumns,
)
from campaigns.logos import Logo
from campaigns.pause_words import pause_words
from campaigns.throttles import MAX_THROTTLE_DAYS, Throttle
from contacts.models import ContactList
from promoter.accounts.models import Account
from promoter.accounts.send_window import SendWindowColumns

MAX_DELIVERY_DELAY_DAYS = 365
MAX_REMINDER_DAYS = 60
MAX_HOLD_HOURS = 24
# Then what was to be asked is long past, and nobody has said that it should be.
WORD_AWAITED = timedelta(days=7)

__all__ = [
    "MAX_REPEAT_DAYS",
    "MAX_SPREAD_DAYS",
    "MAX_THROTTLE_DAYS",
    "MIN_REPEAT_DAYS",
    "Campaign",
    "EmailTemplate",
    "Logo",
    "TemplateContent",
    "TemplateVersion",
    "Throttle",
]


class CampaignQuerySet(models.QuerySet["Campaign"]):
    """Sets of campaigns."""

    def live(self) -> CampaignQuerySet:
        """Those that turn events into surveys and whose mail may go out."""
        return self.filter(status__in=Campaign.LIVE)


class Campaign(ListColumns, SendWindowColumns):
    """One standing way of asking: this event or list, this mail, this throttle.

    `draft` until activated; `ready` when armed and no matching event was seen yet, or
    nobody of the list asked; `active` from the first one on; `paused` and `complete` ask
    nobody. Its own send window holds instead of the account's.
    """

    Kind = Kind
    Status = Status
    ForwardWhen = ForwardWhen

    LIVE = (Status.READY, Status.ACTIVE)
    LIST_KINDS = (Kind.ONE_TIME, Kind.RECURRING)
    ASKING_KINDS = (Kind.SEGMENT, *LIST_KINDS, Kind.API)

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="campaigns")
    kind = models.CharField(
        max_length=10,
        choices=Kind,
        default=Kind.SEGMENT,
        help_text=_("What starts a survey. Segment: a track event of somebody identified."),
    )
    name = models.CharField(max_length=120)
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    setup_steps = models.JSONField(
        default=list,
        blank=True,
        editable=False,
        help_text="Keys of the wizard's steps that were saved; see campaigns.setup.wizard.",
    )
    event_name = models.CharField(
        max_length=255,
        blank=True,
        help_text=_("The track event that triggers a survey; it must match exactly."),
    )
    email_template = models.ForeignKey(
        EmailTemplate, on_delete=models.PROTECT, null=True, blank=True
    )
    contact_list = models.ForeignKey(
        ContactList,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        help_text=_("Contacts are added to it as they are surveyed; it may start empty."),
    )
    throttle = models.ForeignKey(Throttle, on_delete=models.PROTECT, null=True, blank=True)
    delivery_delay = models.PositiveSmallIntegerField(
        default=0,
        validators=[MaxValueValidator(MAX_DELIVERY_DELAY_DAYS)],
        help_text=_("Days of 24 hours from the event to the mail; 0 sends at once."),
    )
    reminder_after = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_REMINDER_DAYS)],
        help_text=_("Days from the mail to its one reminder; empty for no reminder."),
    )
    forward_to = models.JSONField(
        default=list,
        blank=True,
        help_text=_("Addresses that each answer is mailed to."),
    )
    forward_when = models.CharField(
        max_length=12, choices=ForwardWhen, default=ForwardWhen.ALWAYS
    )
    hold_hours = models.PositiveSmallIntegerField(
        default=0,
        validators=[MaxValueValidator(MAX_HOLD_HOURS)],
        help_text=_(
            "How long an event of somebody not identified yet waits for the "
            "identify; 0 sends nothing, as Segment's rule says."
        ),
    )
    sample_percent = models.PositiveSmallIntegerField(
        default=100,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("How many of a hundred matching events ask; 100 asks for each."),
    )
    conditions = models.JSONField(
        default=list,
        blank=True,
        help_text=_(
            "What must hold of the event or the contact; see campaigns.conditions."
        ),
    )
    cancel_event = models.CharField(
        max_length=255,
        blank=True,
        help_text=_("A track event that withdraws a survey which was not sent yet."),
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
    pause_told_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="When the owners were told why.",
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
                | Q(kind="imported")
                | (
                    (~Q(event_name="") | ~Q(kind="segment"))
                    & Q(email_template__isnull=False)
                    & Q(contact_list__isnull=False)
                    & Q(activated_at__isnull=False)
                ),
            ),
            models.CheckConstraint(
                name="campaigns_campaign_kind",
                condition=Q(
                    kind__in=["segment", "one_time", "recurring", "api", "imported"]
                ),
            ),
            models.CheckConstraint(
                name="campaigns_campaign_imported_is_complete",
                condition=~Q(kind="imported") | Q(status="complete"),
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
                name="campaigns_campaign_spread_days",
                condition=Q(spread_days__lte=MAX_SPREAD_DAYS),
            ),
            models.CheckConstraint(
                name="campaigns_campaign_repeat_days",
                condition=Q(repeat_days=None)
                | Q(repeat_days__gte=MIN_REPEAT_DAYS, repeat_days__lte=MAX_REPEAT_DAYS),
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

    def awaits_word(self, *, now: datetime) -> bool:
        """Whether its mail waits: it has paused itself, and the owners, who were told at
        most a week ago, may still let it go on. A pause never costs a list anybody."""
        if self.status == self.Status.PAUSED and self.asks_a_list:
            return True
        told_at = self.pause_told_at
        return bool(self.paused_because) and (
            told_at is None or now - told_at <= WORD_AWAITED
        )

    @property
    def pause_words(self) -> str:
        """Why it paused itself, as a sentence; empty when a person did."""
        return pause_words(self.paused_because)

    @property
    def status_words(self) -> str:
        """Its status inside a sentence."""
        return Status(self.status).words

    @property
    def sends_any_time(self) -> bool:
        """Whether the send window that holds, its own or the account's, never closes."""
        return (self if self.has_send_window else self.account).is_any_time

    @property
    def is_draft(self) -> bool:
        return self.status == self.Status.DRAFT

    @property
    def is_editable(self) -> bool:
        """A complete campaign is a record of what was asked: nothing of it changes."""
        return self.status != self.Status.COMPLETE

    @property
    def is_imported(self) -> bool:
        return self.kind == self.Kind.IMPORTED

    @property
    def asks_a_list(self) -> bool:
        return self.kind in self.LIST_KINDS

    @property
    def begins_at(self) -> datetime | None:
        """When a campaign to a list asks first; None while it is a draft."""
        if self.activated_at is None or self.start_at is None:
            return self.activated_at
        return max(self.activated_at, self.start_at)

    @property
    def event_is_fixed(self) -> bool:
        """From the first matching event on: later answers would be to another moment."""
        return self.first_event_at is not None or not self.is_editable
