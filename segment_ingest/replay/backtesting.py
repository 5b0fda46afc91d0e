"""Have a campaign's settings tried on the days that events are kept, and find it again."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext

from campaigns.models import Campaign
from promoter.accounts.models import User
from segment_ingest.models import Replay
from segment_ingest.replay.replaying import Refused
from surveys.windows import last_days

BACKTEST_DAYS = 30
# Then people and events have changed so much that it is worth counting anew.
HOLDS = timedelta(hours=1)


def backtests_of(campaign: Campaign) -> list[Replay]:
    """The campaign's last ones, newest first."""
    found = Replay.objects.filter(campaign=campaign, kind=Replay.Kind.BACKTEST)
    return list(found.select_related("account")[:10])


def fresh_backtest(*, campaign: Campaign, event_name: str, now: datetime) -> Replay | None:
    """The newest with these very settings, if it is not too old to be believed."""
    key = settings_key(campaign, event_name)
    for replay in backtests_of(campaign):
        if replay.settings_key == key and now - replay.created_at <= HOLDS:
            return replay
    return None


def start_backtest(
    *, campaign: Campaign, created_by: User, now: datetime, event_name: str = ""
) -> Replay:
    """Have the campaign tried, with its own event or with one it might listen to.

    Those under way with other settings are stopped: nobody waits for them any more.
    Raises Refused.
    """
    name = event_name or campaign.event_name
    if not name:
        raise Refused(gettext("Choose the campaign’s event first."))
    for replay in backtests_of(campaign):
        if replay.is_under_way:
            replay.cancel(now=now)
    zone = ZoneInfo(campaign.account.time_zone)
    days = min(BACKTEST_DAYS, settings.SEGMENT_BODY_RETENTION_DAYS)
    return Replay.objects.create(
        account=campaign.account,
        campaign=campaign,
        created_by=created_by,
        kind=Replay.Kind.BACKTEST,
        event_name=name,
        settings_key=settings_key(campaign, name),
        since=last_days(days, zone=zone, now=now).start,
        until=now,
        at=now,
        created_at=now,
        queued_at=now,
    )


def settings_key(campaign: Campaign, event_name: str) -> str:
    """The same for settings that ask the same people."""
    throttle = campaign.throttle
    rule = [throttle.days, throttle.scope, throttle.defer_days] if throttle else None
    asked = [
        event_name,
        campaign.delivery_delay,
        rule,
        campaign.sample_percent,
        campaign.conditions,
        campaign.cancel_event,
    ]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()
