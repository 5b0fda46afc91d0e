"""Have the sending address's domain looked up, and keep what came out."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from email.utils import parseaddr

from django.conf import settings
from django.utils.translation import gettext

from promoter.accounts.models import Account, SenderCheck
from promoter.lib.dns_texts import TextLookup
from promoter.lib.mail_providers import PROVIDERS
from promoter.lib.sender_records import SERVICES, WayOut, check_sender


def sending_address() -> str:
    """What stands in the From of survey mail, without a name."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1]


def sending_domain() -> str:
    """In lower case, as the DNS writes it."""
    return sending_address().rpartition("@")[2].lower().rstrip(".")


def way_out() -> WayOut:
    """How this installation's mail leaves."""
    name = settings.EMAIL_BACKEND.removeprefix("anymail.backends.").partition(".")[0]
    if name not in PROVIDERS:
        server = settings.EMAIL_HOST
        label = gettext("your mail server %(server)s") % {"server": server}
        return WayOut(label=label, server=server)
    include, selectors = SERVICES.get(name, ("", ()))
    return WayOut(label=PROVIDERS[name].label, include=include, selectors=selectors)


def check(*, account: Account, selector: str, now: datetime) -> SenderCheck:
    """Ask the DNS, three seconds at most, and store the answer. Not in a transaction."""
    domain = sending_domain()
    lookup = TextLookup(server=settings.DNS_RESOLVER)
    findings = check_sender(
        domain=domain, way_out=way_out(), selector=selector, texts=lookup.texts
    )
    row, _ = SenderCheck.objects.update_or_create(
        account=account,
        defaults={
            "domain": domain,
            "selector": selector,
            "findings": [asdict(finding) for finding in findings],
            "checked_at": now,
        },
    )
    return row
