"""What a new account has done so far on the way to its first answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists

from campaigns.models import Campaign
from promoter.accounts.access import for_account
from promoter.accounts.models import Account, ApiKey, SenderCheck
from promoter.accounts.sender_checking import sending_domain
from surveys.models import Response


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """In the order in which they are best done."""

    has_postal_address: bool
    sender: SenderCheck | None
    """The last look at the domain that mail comes from now."""
    has_key: bool
    has_event: bool
    live_campaign: Campaign | None
    had_campaign: bool
    has_response: bool
    is_dismissed: bool

    @property
    def sender_is_fine(self) -> bool:
        return self.sender is not None and not self.sender.to_mend

    @property
    def left(self) -> int:
        """How many of the five are still to be done."""
        done = (
            self.has_postal_address,
            self.sender_is_fine,
            self.has_event,
            self.had_campaign,
            self.has_response,
        )
        return done.count(False)

    @property
    def is_shown(self) -> bool:
        return self.left > 0 and not self.is_dismissed


def first_steps(account: Account, *, campaigns: Sequence[Campaign]) -> FirstSteps:
    """`campaigns` are all of the account's. An event counts from the moment it is stored;
    contacts from elsewhere are none. 2 queries."""
    same = Account.objects.filter(pk=account.pk)
    had = same.values(
        key=Exists(ApiKey.objects.usable().filter(account=account)),
        # By the quota's row, which outlives the events and is up the ladder from here.
        event=Exists(same.filter(daily_usage__accepted__gt=0)),
        response=Exists(for_account(Response, account)),
    )[0]
    check = for_account(SenderCheck, account).first()
    return FirstSteps(
        has_postal_address=bool(account.postal_address.strip()),
        sender=check if check and check.is_of(sending_domain()) else None,
        has_key=had["key"],
        has_event=had["event"],
        live_campaign=next((one for one in campaigns if one.is_live), None),
        had_campaign=any(one.activated_at is not None for one in campaigns),
        has_response=had["response"],
        is_dismissed=account.first_steps_dismissed_at is not None,
    )
