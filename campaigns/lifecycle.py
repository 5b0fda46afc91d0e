"""The life of a campaign: which status may follow which, and who moves it.

Every move is one conditional UPDATE whose count is looked at: two people (or a person
and an arriving event) may press at once, and one of them is told so. What a campaign does
by itself is in the audit log in the same transaction; views note what people do.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Case, F, Value, When
from django.db.models.functions import Coalesce
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns.kinds import Status
from campaigns.models import Campaign
from campaigns.pause_words import pause_words
from promoter.accounts.audit import record
from promoter.accounts.audit_actions import Action
from promoter.accounts.models import Account

# How long a campaign that went on may exceed its usual number before it asks again.
BURST_ALLOWED = timedelta(hours=24)

# The act -> the statuses it may start from. `complete` has no way back.
MAY_FOLLOW: dict[str, tuple[Status, ...]] = {
    "activate": (Status.DRAFT,),
    "pause": (Status.READY, Status.ACTIVE),
    "resume": (Status.PAUSED,),
    "complete": (Status.READY, Status.ACTIVE, Status.PAUSED),
}
REFUSALS = {
    "activate": _("Only a draft can be activated; this campaign is %(status)s."),
    "pause": _("Only a live campaign can be paused; this campaign is %(status)s."),
    "resume": _("Only a paused campaign can be resumed; this campaign is %(status)s."),
    "complete": _(
        "Only an activated campaign can be completed; this campaign is %(status)s."
    ),
}


def possible_acts(campaign: Campaign) -> list[str]:
    """What a page may offer now: names of functions in this module."""
    return [act for act, sources in MAY_FOLLOW.items() if campaign.status in sources]


def activate(*, campaign: Campaign, now: datetime) -> None:
    """Arm a draft: from now on its trigger, or its list when the time comes, is asked.

    Raises ValidationError by field for what is missing, or when it is no draft.
    """
    missing = {}
    if campaign.kind == Campaign.Kind.SEGMENT and not campaign.event_name.strip():
        missing["event_name"] = gettext(
            "Enter the name of the track event that triggers a survey."
        )
    if campaign.email_template_id is None:
        missing["email_template"] = gettext("Choose an email template.")
    if campaign.contact_list_id is None:
        missing["contact_list"] = gettext("Choose a contact list; it may be empty.")
    if campaign.kind == Campaign.Kind.RECURRING and campaign.repeat_days is None:
        missing["repeat_days"] = gettext("Choose how often each contact is asked.")
    if missing and campaign.status == Status.DRAFT:
        raise ValidationError(missing)
    _move(
        campaign,
        "activate",
        status=Status.READY,
        event_name=campaign.event_name.strip(),
        activated_at=now,
    )


def pause(*, campaign: Campaign) -> None:
    """Ask nobody until resumed. Raises ValidationError unless the campaign is live."""
    _move(campaign, "pause", status=Status.PAUSED)


def pause_itself(*, campaign: Campaign, because: str, now: datetime) -> bool:
    """Wait for a person's word: its mail waits too; `because` is of campaigns.pause_words.
    False when it is not live any more.

    The event that came too often was one that matched. Called while the campaign's events
    are processed, so the row alone changes.
    """
    live = Campaign.objects.filter(pk=campaign.pk, status__in=MAY_FOLLOW["pause"])
    with transaction.atomic():
        paused = live.update(
            status=Status.PAUSED,
            paused_because=because,
            pause_told_at=None,
            first_event_at=Coalesce("first_event_at", Value(now)),
        )
        if paused:
            # Kept in English: everybody reads it in a language of their own.
            with translation.override("en"):
                words = pause_words(because)
            record(
                account=campaign.account,
                actor=None,
                action=Action.CAMPAIGN_PAUSED_ITSELF,
                target=campaign,
                now=now,
                because=words,
            )
    return bool(paused)


def keep_paused(*, campaign: Campaign) -> None:
    """Turn a pause of its own into a person's: from now on its mail does not wait.

    Raises ValidationError unless it has paused itself and nobody has decided yet.
    """
    kept = (
        Campaign.objects.filter(pk=campaign.pk, status=Status.PAUSED)
        .exclude(paused_because="")
        .update(paused_because="")
    )
    campaign.refresh_from_db()
    if not kept:
        raise ValidationError(gettext("Somebody has decided on this campaign already."))


def resume(*, campaign: Campaign, now: datetime) -> None:
    """Go on where it was: ready, or active when an event has matched before.

    One that paused itself may ask as many as it likes for a day. Raises ValidationError
    unless the campaign is paused.
    """
    _move(
        campaign,
        "resume",
        status=Case(
            When(first_event_at=None, then=Value(Status.READY)),
            default=Value(Status.ACTIVE),
        ),
        paused_because="",
        burst_allowed_until=Case(
            When(paused_because="", then=F("burst_allowed_until")),
            default=Value(now + BURST_ALLOWED),
        ),
    )


def complete(*, campaign: Campaign) -> None:
    """End it for good. Raises ValidationError when it was never active or has ended."""
    _move(campaign, "complete", status=Status.COMPLETE, paused_because="")


def mark_active(*, account: Account, campaign_ids: Iterable[int], now: datetime) -> int:
    """Note the first valid matching event, or survey, of ready campaigns; how many it
    moved.

    A campaign that somebody paused a moment ago stays paused.
    """
    named = Campaign.objects.filter(account=account, pk__in=set(campaign_ids))
    with transaction.atomic():
        moved = named.filter(status=Status.READY).update(
            status=Status.ACTIVE, first_event_at=now
        )
        if moved:
            # Nobody else's move has this very moment.
            for campaign in named.filter(status=Status.ACTIVE, first_event_at=now):
                record(
                    account=account,
                    actor=None,
                    action=Action.CAMPAIGN_TURNED_ACTIVE,
                    target=campaign,
                    now=now,
                )
    return moved


def _move(campaign: Campaign, act: str, **fields: Any) -> None:
    moved = Campaign.objects.filter(pk=campaign.pk, status__in=MAY_FOLLOW[act]).update(
        **fields
    )
    campaign.refresh_from_db()
    if not moved:
        raise ValidationError(REFUSALS[act], params={"status": campaign.status_words})
