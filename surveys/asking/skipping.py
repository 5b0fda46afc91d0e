"""Record why somebody was not asked, where no event has a verdict that could say it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from surveys.models import Survey
from surveys.scheduling import Decision, Trigger


def record_skips(
    *, triggers: Sequence[Trigger], decisions: Sequence[Decision], now: datetime
) -> list[Survey]:
    """A survey with a reason and no mail for each trigger that came to nothing.

    It holds the trigger's place for ever, as a survey does: nobody is looked at twice.
    The caller holds the account's lock, as for `schedule`.
    """
    return Survey.objects.bulk_create(
        [
            Survey(
                account_id=trigger.campaign.account_id,
                campaign=trigger.campaign,
                contact=trigger.contact,
                trigger_id=trigger.trigger_id,
                attributes=dict(trigger.attributes),
                address_digest=trigger.address_digest,
                triggered_at=trigger.triggered_at,
                due_at=trigger.due_at,
                skip_reason=decision.skip_reason,
                skipped_at=now,
            )
            for trigger, decision in zip(triggers, decisions, strict=True)
            if decision.skip_reason is not None
        ]
    )
