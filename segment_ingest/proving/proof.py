"""What each subject is given and hands back, and the account that most of them work on."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from campaigns.models import Campaign, EmailTemplate
from contacts.models import ContactList
from promoter.accounts.models import Account, ApiKey

EVENT = "Order Completed"
NO_LIMIT = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Given:
    """The seed of all choices, a folder that goes at the end, and the clock.

    `restart_command` is a shell's and restarts PostgreSQL, "" when nobody said how.
    """

    seed: int
    folder: Path
    clock: Callable[[], datetime]
    restart_command: str = ""

    def chance(self) -> random.Random:
        return random.Random(self.seed)  # noqa: S311 - repeatable on purpose


@dataclass(frozen=True, slots=True)
class Proof:
    """What was done, and each way to break the promise with how often it happened.

    A way is the end of a sentence that begins with the number.
    """

    figures: dict[str, object]
    broken: dict[str, int]

    @property
    def breaches(self) -> list[str]:
        return [f"{number:,} {way}" for way, number in self.broken.items() if number]


@dataclass(frozen=True, slots=True)
class Ground:
    """An account that takes every event, the text of its key, and its one campaign."""

    account: Account
    key: str
    campaign: Campaign


def make_ground(*, now: datetime, name: str = "Proof") -> Ground:
    """The campaign is live, asks at once, and has no throttle but the floor."""
    account = Account.objects.create(
        name=name, daily_event_limit=NO_LIMIT, postal_address="1 Proof Road"
    )
    campaign = Campaign.objects.create(
        account=account,
        name=name,
        status=Campaign.Status.ACTIVE,
        event_name=EVENT,
        activated_at=now,
        first_event_at=now,
        # Far more people than usual, on purpose.
        burst_allowed_until=now + timedelta(days=1),
        contact_list=ContactList.objects.create(account=account, name=name),
        email_template=EmailTemplate.objects.create(
            account=account, name=name, subject=name, brand=name
        ),
    )
    key = ApiKey.objects.issue(account=account, name=name, now=now)[1]
    return Ground(account, key, campaign)
