"""The account's attribute catalogue: what its contacts have, kept up as values arrive."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from contacts.attributes import means_a_column
from contacts.models import Attribute
from promoter.accounts.access import for_account
from promoter.accounts.models import Account

# `last_seen_at` may lag by this much, which spares nearly every batch the write.
LAG = timedelta(minutes=10)
# A client that makes up names must not fill the table; more are kept on contacts only.
MOST_NAMES = 2_000
MAX_NAME = 255


def note_attributes(*, account: Account, values: Mapping[str, Any], now: datetime) -> None:
    """Note names, and types of the values, that contacts got just now: two statements,
    mostly one. Of callers at the same moment that don't hold the account each may go
    beyond MOST_NAMES by what it brings."""
    names = {name for name in values if name and len(name) <= MAX_NAME}
    if not names:
        return
    known = {
        row.name: row for row in Attribute.objects.filter(account=account, name__in=names)
    }
    news = []
    for name in sorted(names):
        row, type_ = known.get(name), type_of(values[name])
        if row is not None and type_ == Attribute.Type.EMPTY:
            type_ = Attribute.Type(row.type)
        if row is None or row.type != type_ or row.last_seen_at < now - LAG:
            news.append(Attribute(account=account, name=name, type=type_, last_seen_at=now))
    if any(row.name not in known for row in news):
        room = max(0, MOST_NAMES - Attribute.objects.filter(account=account).count())
        unknown = [row.name for row in news if row.name not in known]
        beyond = set(unknown[room:])
        news = [row for row in news if row.name not in beyond]
    Attribute.objects.bulk_create(
        news,
        update_conflicts=True,
        unique_fields=["account", "name"],
        update_fields=["type", "last_seen_at"],
    )


def names_to_compare(account: Account) -> list[str]:
    """Names whose values can be compared with what a person types, in order; last those of
    which a contact has a column."""
    whole = [Attribute.Type.OBJECT, Attribute.Type.EMPTY]
    rows = for_account(Attribute, account).exclude(type__in=whole).order_by("name")
    return sorted(rows.values_list("name", flat=True), key=means_a_column)


def type_of(value: Any) -> Attribute.Type:
    """The type of a JSON value."""
    if value is None:
        return Attribute.Type.EMPTY
    if isinstance(value, bool):
        return Attribute.Type.BOOLEAN
    if isinstance(value, (int, float)):
        return Attribute.Type.NUMBER
    if isinstance(value, str):
        return Attribute.Type.TEXT
    return Attribute.Type.LIST if isinstance(value, list) else Attribute.Type.OBJECT
