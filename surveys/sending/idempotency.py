"""Whether a mail that may have left can be given to the provider a second time."""

from __future__ import annotations

from datetime import datetime

from promoter.lib.mail_providers import current


def may_repeat(*, since: datetime, now: datetime) -> bool:
    """Whether the provider still knows the key of a mail first handed over at `since`.

    It then takes the same request twice and sends one mail. The key is the mail's
    Message-ID, which no attempt changes. Who must not be mailed any more by then is not:
    that mail is uncertain, for its first attempt may have arrived.
    """
    provider = current()
    return provider is not None and now - since < provider.key_life
