"""Mail to the owners of an account: what happened, and what they can do.

Not survey mail: no outbox row and no retries by the row. Who calls claims its row first
(a conditional UPDATE) and takes the claim back when False comes out of here.
"""

from __future__ import annotations

import logging

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.template.loader import render_to_string

from promoter.accounts.models import Account, Membership, User
from promoter.lib.mail_errors import NOT_TAKEN

log = logging.getLogger(__name__)
# A worker waits; the next notice must not wait behind a server that hangs.
TIMEOUT_SECONDS = 20


def tell_owners(*, account: Account, subject: str, text: str) -> bool:
    """Mail all active owners at once; False when the mail server did not take it.

    Addresses in the text become links. An account without owners is told, by nobody.
    Not to be called in a transaction.
    """
    owners = User.objects.filter(
        memberships__account=account,
        memberships__role=Membership.Role.OWNER,
        is_active=True,
    ).order_by("pk")
    to = list(owners.values_list("email", flat=True))
    if not to:
        log.warning("Account %s has no owner to tell: %s", account.pk, subject)
        return True
    context = {"subject": subject, "text": text, "account": account}
    mail = EmailMultiAlternatives(
        # A name may hold anything; a line end in a header would refuse the mail for ever.
        subject=" ".join(subject.split()),
        body=render_to_string("emails/notice.txt", context).strip() + "\n",
        to=to,
        # A machine's answer to a notice helps nobody (RFC 3834).
        headers={"Auto-Submitted": "auto-generated"},
        connection=get_connection(timeout=TIMEOUT_SECONDS),
    )
    mail.attach_alternative(render_to_string("emails/notice.html", context), "text/html")
    try:
        mail.send()
    except NOT_TAKEN:
        log.exception("A notice to the owners of account %s was not taken", account.pk)
        return False
    return True


def page_address(path: str) -> str:
    """The page as a link in a mail."""
    return settings.SITE_URL + path
