"""Erase one person everywhere: GDPR Article 17, or Segment's deletion request.

On top of the ladder, because only here is everything in sight.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from contacts.erasing import forget_contact, forget_files
from contacts.models import Contact
from promoter.accounts.models import Account
from segment_ingest.models import SegmentMessage
from surveys.erasing import forget_surveys

Verdict = SegmentMessage.Verdict


def erase_person(*, contact: Contact, now: datetime) -> None:
    """Delete the contact, its attributes, lists, comments, mail logs and stored events.

    Kept, naming nobody: scores with their dates, a keyed digest of the address (nobody
    mails it again), and the ids by which a repeated event is known. Segment may identify
    the same userId anew: that is a new contact then, and still not mailed.
    """
    with transaction.atomic():
        # Processing holds this lock: no batch that has read the person's events is under
        # way, and none can bring the contact back.
        account = Account.objects.select_for_update(no_key=True).get(pk=contact.account_id)
        if contact.user_id:
            _forget_events(account=account, user_id=contact.user_id, now=now)
        forget_surveys(contact=contact, now=now)
        known = Contact(account=account, email=contact.email, user_id=contact.user_id)
        forget_contact(contact=contact, now=now)
    forget_files(contact=known, now=now)


def _forget_events(*, account: Account, user_id: str, now: datetime) -> None:
    events = SegmentMessage.objects.filter(account=account, user_id=user_id)
    events.filter(verdict=Verdict.PENDING).update(verdict=Verdict.IGNORED, processed_at=now)
    # The row itself stays: without its messageId a late retry would count as new.
    events.update(body=None, user_id="", detail="The person was erased.")
