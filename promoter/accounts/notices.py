"""Mail to the people of an account: what happened, and what they can do.

Not survey mail: no outbox row and no retries by the row. Who calls claims its row first
(a conditional UPDATE) and takes the claim back when False comes out of here; or tells the
person who waits for the answer to try again.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext

from promoter.accounts.language import language_for
from promoter.accounts.models import Account, Membership, User
from promoter.lib.mail_errors import NOT_TAKEN

log = logging.getLogger(__name__)
# A worker waits; the next notice must not wait behind a server that hangs.
TIMEOUT_SECONDS = 20


def tell_owners(*, account: Account, write: Callable[[], tuple[str, str]]) -> bool:
    """Mail all active owners, one mail for each language; False when the mail server did
    not take all of them: said twice is better than not at all.

    `write` gives subject and text in the language that is on when it is called. Addresses
    in the text become links. An account without owners is told, by nobody. Not to be
    called in a transaction.
    """
    owners = User.objects.filter(
        memberships__account=account,
        memberships__role=Membership.Role.OWNER,
        is_active=True,
    ).order_by("pk")
    readers: dict[str, list[str]] = defaultdict(list)
    for owner in owners:
        readers[language_for(owner)].append(owner.email)
    if not readers:
        log.warning("Account %s has no owner to tell: %s", account.pk, write()[0])
    taken = True
    for language, to in readers.items():
        with translation.override(language):
            subject, text = write()
            why = gettext("you own the account %(name)s.") % {"name": account.name}
            taken &= send_notice(to=to, subject=subject, text=text, why=why)
    return taken


def send_notice(*, to: list[str], subject: str, text: str, why: str) -> bool:
    """One mail in plain words and as HTML, framed in the language that is on; False when
    the mail server did not take it.

    `why` ends the sentence "You get this because". Not to be called in a transaction.
    """
    # A name may hold anything; a line end in a header would refuse the mail for ever.
    subject = " ".join(subject.split())
    context = {"subject": subject, "text": text, "why": why}
    mail = EmailMultiAlternatives(
        subject=subject,
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
        log.exception("A notice was not taken by the mail server: %s", subject)
        return False
    return True


def page_address(path: str) -> str:
    """The page as a link in a mail."""
    return settings.SITE_URL + path
