"""What a new account has done so far on the way to its first answer."""

from __future__ import annotations

from dataclasses import dataclass

from campaigns.models import Campaign
from contacts.models import Contact
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
    has_contact: bool
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
            self.has_contact,
            self.had_campaign,
            self.has_response,
        )
        return done.count(False)

    @property
    def is_shown(self) -> bool:
        return self.left > 0 and not self.is_dismissed


def first_steps(account: Account) -> FirstSteps:
    """An event counts from the moment it has told us of somebody."""
    campaigns = for_account(Campaign, account)
    check = for_account(SenderCheck, account).first()
    live = campaigns.live()  # type: ignore[attr-defined]
    return FirstSteps(
        has_postal_address=bool(account.postal_address.strip()),
        sender=check if check and check.is_of(sending_domain()) else None,
        has_key=ApiKey.objects.usable().filter(account=account).exists(),
        has_contact=for_account(Contact, account).filter(user_id__isnull=False).exists(),
        live_campaign=live.select_related("contact_list").first(),
        had_campaign=campaigns.filter(activated_at__isnull=False).exists(),
        has_response=for_account(Response, account).exists(),
        is_dismissed=account.first_steps_dismissed_at is not None,
    )
