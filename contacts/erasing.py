"""Forget a person in this app; segment_ingest.erasing is the whole act, over all apps."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from urllib.parse import unquote_plus

from contacts.addresses import address_digest
from contacts.bulk_jobs import BulkJob
from contacts.importing.files import remove_mentions
from contacts.models import Suppression
from promoter.accounts.models import Account


def never_mail(
    *,
    account: Account,
    emails: Iterable[str],
    digests: Iterable[str] = (),
    now: datetime,
) -> None:
    """Keep the digests of addresses of somebody erased, so that nobody mails them again;
    of some the digest may be all that is known."""
    for digest in sorted({*map(address_digest, emails), *digests}):
        # Whatever the reason was, its row may hold the address: the digest replaces it.
        Suppression.objects.update_or_create(
            account=account,
            address_digest=digest,
            defaults={"email": "", "detail": "", "reason": Suppression.Reason.ERASED},
            create_defaults={
                "email": "",
                "reason": Suppression.Reason.ERASED,
                "created_at": now,
            },
        )


def forget_acts(*, account: Account, known: Iterable[str]) -> None:
    """Call off the failed bulk acts that searched for one of these addresses or userIds:
    they could only be tried again by keeping whom they meant."""
    needles = [text.casefold() for text in known if text]
    for job in BulkJob.objects.filter(account=account, status=BulkJob.FAILED):
        sought = unquote_plus(job.query).casefold()
        if any(needle in sought for needle in needles):
            job.move((BulkJob.FAILED,), status=BulkJob.CANCELLED, **BulkJob.FORGOTTEN)


def forget_files(*, account: Account, known: Iterable[str], now: datetime) -> None:
    """Remove the account's import files that hold one of these addresses or userIds.
    After the commit: a file can't be rolled back."""
    remove_mentions(account=account, needles=[text for text in known if text], now=now)
