"""Rows of a suppression file -> suppressions, a chunk at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from contacts.addresses import clean_address
from contacts.importing.chunks import Outcome
from contacts.importing.columns import twice
from contacts.importing.rows import Rejected, cells
from contacts.models import Suppression
from contacts.suppression import Entry, suppress_all
from promoter.accounts.models import Account
from promoter.lib.csv_reading import Record

FIELDS: dict[str, str | Promise] = {
    "email": _("Email"),
    "reason": _("Reason"),
    "detail": _("Note"),
}
# Erasing is an act of its own; a file can't claim it.
REASONS = {
    reason.value: reason
    for reason in Suppression.Reason
    if reason != Suppression.Reason.ERASED
}
_BETWEEN_WORDS = re.compile(r"[\W_]+")
_SPELLINGS = {
    "email": {"email", "emailaddress", "mail", "address"},
    "reason": {"reason"},
    "detail": {"detail", "note", "comment"},
}


def guess(header: Sequence[str]) -> list[str]:
    """What each column probably is."""
    free = set(FIELDS)
    mapping = []
    for title in header:
        word = _BETWEEN_WORDS.sub("", title.casefold())
        field = next((name for name in free if word in _SPELLINGS[name]), "")
        free.discard(field)
        mapping.append(field)
    return mapping


def complaints(mapping: Sequence[str]) -> Iterator[str]:
    """What keeps the mapping from being used, in sentences."""
    if "email" not in mapping:
        yield gettext("Say which column holds the email address.")
    yield from twice(mapping, FIELDS)


def read_entry(record: Record, *, mapping: Sequence[str], reason: str) -> Entry:
    """The row under the mapping; `reason` holds where the row says none.

    Raises Rejected.
    """
    values = dict(zip(mapping, cells(record, len(mapping)), strict=True))
    text = values.get("email", "")
    if not text:
        raise Rejected(gettext("The row has no Email."))
    email = clean_address(text)
    if email is None:
        raise Rejected(
            gettext("“%(text)s” is not one email address.") % {"text": text[:80]}
        )
    said = values.get("reason", "").casefold()
    if said and said not in REASONS:
        raise Rejected(
            gettext("“%(said)s” is not a reason. Use one of %(names)s, or nothing.")
            % {"said": said[:40], "names": ", ".join(REASONS)}
        )
    return Entry(email=email, reason=said or reason, detail=values.get("detail", ""))


def import_entries(*, account: Account, entries: Sequence[Entry], now: datetime) -> Outcome:
    """Suppress them all; runs in the caller's transaction."""
    created, updated, unchanged = suppress_all(account=account, entries=entries, now=now)
    # Of two rows with one address the second says nothing new.
    repeated = len(entries) - created - updated - unchanged
    return Outcome(created=created, updated=updated, unchanged=unchanged + repeated)
