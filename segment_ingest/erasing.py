"""Erase one person everywhere: GDPR Article 17, or Segment's deletion request.

On top of the ladder, because only here is everything in sight.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_noop

from contacts.attributes import address_in, newer_than
from contacts.bulk_jobs import BulkJob
from contacts.erasing import forget_acts, forget_files, never_mail
from contacts.models import Contact, Suppression
from promoter.accounts.models import Account
from segment_ingest.models import SegmentMessage
from segment_ingest.tombstones import mark_erased
from segment_ingest.traits import traits_of
from surveys.erasing import forget_surveys
from surveys.exports.files import remove_all_of
from surveys.models import Survey

Verdict = SegmentMessage.Verdict
ERASED = gettext_noop("The person was erased.")
UNDECIDED = (Verdict.PENDING, Verdict.HELD)


def erase_person(*, contact: Contact, now: datetime) -> None:
    """Delete the contact, its attributes, lists, comments, mail logs and stored events.

    Kept, naming nobody: scores with their dates, keyed digests of the address (nobody
    mails it again) and of the userId, and the ids by which a repeated event is known.
    Segment may identify the same userId anew: that is a new contact then, and still not
    mailed.
    """
    with transaction.atomic():
        # Processing holds this lock: no batch that has read the person's events is under
        # way, and none can bring the contact back.
        account = Account.objects.select_for_update(no_key=True).get(pk=contact.account_id)
        emails = {contact.email}
        # One that held it meanwhile may have brought another address, or the userId.
        contact = Contact.objects.filter(pk=contact.pk).first() or contact
        emails.add(contact.email)
        if contact.user_id:
            mark_erased(account=account, user_id=contact.user_id, at=now)
            events = _events(account, contact.user_id)
            emails |= _addresses(events)
            _forget_events(events, now=now)
        _forget(contact, emails - {""}, now)


def erase_people(job: BulkJob, contacts: Sequence[Contact], now: datetime) -> int:
    """A part of a bulk act, in its transaction; how many were erased."""
    for contact in contacts:
        erase_person(contact=contact, now=now)
    return len(contacts)


def erase_user(*, account: Account, user_id: str, at: datetime, now: datetime) -> None:
    """What Segment's `delete` of that moment asks for. The caller holds the account.

    What was said of the userId after the moment stays, as if the deletion had come in
    time; so does the order of arrival change nothing. All addresses known from before are
    suppressed. Surveys of the userId are forgotten either way.
    """
    until = mark_erased(account=account, user_id=user_id, at=at)
    events = _events(account, user_id)
    # Kept for a month or so: a deletion that comes later than that forgets more.
    is_known_since = events.filter(type="identify", timestamp__gt=until).exists()
    earlier = events.filter(timestamp__lte=until)
    # Read before they are forgotten. Who is identified anew may be mailed at another
    # address, at none that was known before.
    emails = _addresses(earlier)
    _forget_events(earlier, now=now)
    contact = Contact.objects.filter(account=account, user_id=user_id).first()
    if contact is None:
        never_mail(account=account, emails=emails, now=now)
        return
    newer = newer_than(contact, until)
    emails |= {contact.email} - {"", newer.email}
    _forget(contact, emails, now, spared=newer.address_digest)
    if is_known_since or newer.attributes or newer.column_times:
        newer.created_at = newer.updated_at = now
        newer.save()


def _forget(contact: Contact, emails: set[str], now: datetime, *, spared: str = "") -> None:
    """With the addresses that the person had when they were asked before, which a
    suppression may hold in letters; but for the one with the digest that is spared."""
    account = contact.account
    asked = Survey.objects.filter(account=account, contact=contact)
    digests = set(asked.values_list("address_digest", flat=True)) - {"", spared}
    held = Suppression.objects.filter(account=account, address_digest__in=digests)
    known = [*emails, *held.values_list("email", flat=True), contact.user_id or ""]
    forget_surveys(contact=contact, now=now)
    never_mail(account=account, emails=emails, digests=digests, now=now)
    forget_acts(account=account, known=known)
    contact.delete()
    transaction.on_commit(partial(forget_files, account=account, known=known, now=now))
    transaction.on_commit(partial(remove_all_of, account=account, now=now))


def _events(account: Account, user_id: str) -> QuerySet[SegmentMessage]:
    return SegmentMessage.objects.filter(account=account).of_user(user_id)


def _addresses(events: QuerySet[SegmentMessage]) -> set[str]:
    bodies = events.filter(type="identify", body__isnull=False).values_list("body")
    return {address_in(traits_of(body)) for (body,) in bodies.iterator()} - {""}


def _forget_events(events: QuerySet[SegmentMessage], *, now: datetime) -> None:
    events.filter(verdict__in=UNDECIDED).update(
        verdict=Verdict.IGNORED, processed_at=now, held_until=None
    )
    # The row itself stays: without its messageId a late retry would count as new.
    events.update(body=None, user_id="", detail=ERASED)
