"""What stands in the ready snippets: the account's own address, key and event."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe

from campaigns.models import Campaign
from promoter.accounts.models import Account

EXAMPLE_EVENT = "Order Completed"
KEY_PLACEHOLDER = "YOUR_API_KEY"


def snippet_values(account: Account, key_text: str = KEY_PLACEHOLDER) -> dict[str, str]:
    """The event is one that a live campaign waits for, so that a try leads to a mail."""
    site = urlsplit(settings.SITE_URL)
    return {
        "address": settings.SITE_URL,
        "address_host": site.hostname or "",
        "address_port": str(site.port or 443),
        "key_text": key_text,
        "event_name": literal(example_event(account)),
    }


def example_event(account: Account) -> str:
    campaign = waiting_campaign(account)
    return campaign.event_name if campaign else EXAMPLE_EVENT


def waiting_campaign(account: Account) -> Campaign | None:
    """A live one that listens to an event."""
    waiting = Campaign.objects.live().filter(account=account).exclude(event_name="")
    return waiting.first()


def literal(text: str) -> SafeString:
    """The text in quotes: the same in JSON, JavaScript, Python and a shell's quotes.

    Nothing in it means anything to HTML either.
    """
    quoted = json.dumps(text)
    for character in "'&<>":
        quoted = quoted.replace(character, f"\\u{ord(character):04x}")
    return mark_safe(quoted)  # noqa: S308
