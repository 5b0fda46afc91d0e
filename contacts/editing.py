"""Change one contact by hand."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from contacts.attributes import set_attributes, set_columns
from contacts.catalogue import note_attributes
from contacts.importing.rows import cell_text
from contacts.models import Contact
from contacts.suppression import follow_people
from contacts.upsert import SAVED
from promoter.lib.cleaning import clean


def edit_contact(
    *,
    contact: Contact,
    columns: Mapping[str, str],
    attributes: Mapping[str, str],
    removed: Iterable[str] = (),
    now: datetime,
) -> Contact:
    """Write what the person changed, and nothing else: Segment may be changing the rest.

    An attribute keeps its kind where the text allows it: 5 becomes 6, not "6".
    """
    with transaction.atomic():
        row = Contact.objects.select_for_update(no_key=True).get(pk=contact.pk)
        values = {
            name: _value(text, row.attributes.get(name))
            for name, text in attributes.items()
        }
        # Removed is said with a time, as a value is, so that an older event that arrives
        # late doesn't bring it back.
        gone = {name: None for name in removed if name in row.attributes}
        set_attributes(row, values | gone, at=now, source=Contact.Source.HAND)
        row.attributes = {
            name: value for name, value in row.attributes.items() if name not in gone
        }
        row.attribute_sources = {
            name: source
            for name, source in row.attribute_sources.items()
            if name not in gone
        }
        set_columns(row, columns, at=now)
        row.updated_at = now
        row.save(update_fields=SAVED)
        follow_people(account=row.account, contacts=[row], now=now)
        note_attributes(account=row.account, values=values, now=now)
    return row


def _value(text: str, before: Any) -> Any:
    if text == cell_text(before):
        return before
    if before is None or isinstance(before, str):
        return text
    try:
        # No database takes the infinity that 1e999 becomes, or a NUL spelt \u0000.
        return clean(json.loads(text))
    except (ValueError, RecursionError):
        return text
