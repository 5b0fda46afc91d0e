"""Forget a person in this app; segment_ingest.erasing is the whole act, over all apps."""

from __future__ import annotations

from datetime import datetime

from contacts.addresses import address_digest
from contacts.import_files import remove_mentions
from contacts.models import Contact, Suppression


def forget_contact(*, contact: Contact, now: datetime) -> None:
    """Delete the contact with its attributes and places in lists; of its address only a
    keyed digest stays, which keeps the promise not to mail it again.

    Call it in the transaction of the whole act.
    """
    if contact.email:
        # Whatever the reason was, its row may hold the address: the digest replaces it.
        Suppression.objects.update_or_create(
            account_id=contact.account_id,
            address_digest=address_digest(contact.email),
            defaults={"email": "", "detail": "", "reason": Suppression.Reason.ERASED},
            create_defaults={
                "email": "",
                "reason": Suppression.Reason.ERASED,
                "created_at": now,
            },
        )
    contact.delete()


def forget_files(*, contact: Contact, now: datetime) -> None:
    """Remove the account's import files that name the person. After the commit: a file
    can't be rolled back."""
    needles = [text for text in (contact.email, contact.user_id) if text]
    remove_mentions(account=contact.account, needles=needles, now=now)
