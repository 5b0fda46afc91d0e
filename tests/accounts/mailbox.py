"""What a person finds in their mailbox, and the link they press."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from django.core import mail


def latest(to: str) -> mail.EmailMultiAlternatives:
    """The last mail to that address."""
    return [each for each in mail.outbox if each.to == [to]][-1]


def link_in(message: mail.EmailMultiAlternatives, part: str) -> str:
    """The path of the link that has `part` in it."""
    (link,) = {
        found for found in re.findall(r"https?://\S+", message.body) if part in found
    }
    return urlsplit(link).path
