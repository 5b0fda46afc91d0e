"""Stop mailing an address, and start again where that is ours to decide.

Of two reasons the lasting one holds: who unsubscribed must not become mailable because
a team-mate had entered the address by hand before, and takes that entry back now.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from contacts.addresses import address_digest
from contacts.models import Contact, Suppression
from promoter.accounts.models import Account


def by_whom(person: object) -> str:
    """The detail of an entry that a team-mate made; Suppression.detail_words says it."""
    return f"{Suppression.BY}{person}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One address to be suppressed, and why."""

    email: str
    reason: str
    detail: str = ""


def suppress(
    *, account: Account, email: str, reason: str, now: datetime, detail: str = ""
) -> Suppression:
    """Stop mailing the address. Its first reason stays, unless it was a passing one and
    this one lasts."""
    row, created = Suppression.objects.get_or_create(
        account=account,
        address_digest=address_digest(email),
        defaults={
            "email": email,
            "reason": reason,
            "detail": detail[:300],
            "created_at": now,
        },
    )
    weaker = not created and row.is_liftable and reason not in Suppression.LIFTABLE
    if weaker and _harden([row.address_digest], account=account, reason=reason):
        row.reason = reason
    return row


def suppress_all(
    *, account: Account, entries: Iterable[Entry], now: datetime
) -> tuple[int, int, int]:
    """Stop mailing all of them: how many are new, how many got a lasting reason, and how
    many were suppressed already. Runs in the caller's transaction."""
    wanted: dict[str, Entry] = {}
    for entry in entries:
        digest = address_digest(entry.email)
        known = wanted.get(digest)
        if known is None or known.reason in Suppression.LIFTABLE:
            wanted[digest] = entry
    before = Suppression.objects.reasons(account=account, digests=wanted)
    Suppression.objects.bulk_create(
        [
            Suppression(
                account=account,
                address_digest=digest,
                email=entry.email,
                reason=entry.reason,
                detail=entry.detail[:300],
                created_at=now,
            )
            for digest, entry in wanted.items()
            if digest not in before
        ],
        # Somebody may unsubscribe at this moment: theirs stays.
        ignore_conflicts=True,
    )
    hardened = 0
    for reason in set(Suppression.Reason.values) - set(Suppression.LIFTABLE):
        digests = [
            digest
            for digest in before
            if wanted[digest].reason == reason and before[digest] in Suppression.LIFTABLE
        ]
        hardened += _harden(digests, account=account, reason=reason)
    return len(wanted) - len(before), hardened, len(before) - hardened


def follow_people(*, account: Account, contacts: Iterable[Contact], now: datetime) -> None:
    """What holds for a person holds at the address they have now, too. In the transaction
    that saves these contacts; nothing is asked where no address changed.

    A dead mailbox stays behind. Accepted: of two people with one address nobody knows who
    had said no, so it goes with both.
    """
    moved = [contact for contact in contacts if contact.email and contact.former_digests]
    if not moved:
        return
    former = {digest for contact in moved for digest in contact.former_digests}
    reasons = Suppression.objects.reasons(account=account, digests=former)
    entries = [
        Entry(contact.email, reasons[digest], Suppression.FOLLOWED)
        for contact in moved
        for digest in sorted(contact.former_digests)
        if reasons.get(digest) in Suppression.OF_PEOPLE
    ]
    if entries:
        suppress_all(account=account, entries=entries, now=now)


def lift(*, suppression: Suppression) -> bool:
    """Let the address be mailed again; False where that is not ours to decide.

    The reason is looked at in the same statement: the person may have unsubscribed since
    the page was opened.
    """
    deleted, _ = Suppression.objects.filter(
        pk=suppression.pk, reason__in=Suppression.LIFTABLE
    ).delete()
    return bool(deleted)


def _harden(digests: Iterable[str], *, account: Account, reason: str) -> int:
    return Suppression.objects.filter(
        account=account,
        address_digest__in=list(digests),
        reason__in=Suppression.LIFTABLE,
    ).update(reason=reason)
