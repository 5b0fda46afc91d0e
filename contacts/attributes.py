"""One contact's attributes under events that arrive in any order.

Each attribute keeps the value with the latest time (`attribute_times`), so an older
event that arrives late can't undo a newer one. Attributes whose name means the email
address or a name in any casing also fill the columns, under times of their own
(`column_times`): an unusable address is kept as an attribute, and the column stays with
the latest usable one. Arithmetic on one instance: nothing here reads or saves a row.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_noop

from contacts.addresses import clean_address
from contacts.models import Contact
from promoter.lib.zones import zone_or_none

# Bounds a row that a client fills with ever new names. Segment's own identify calls carry
# a few dozen; what comes beyond is dropped and said so.
MAX_ATTRIBUTES = 1_000
# What people call the trait, set on purpose; last what Segment's own clients report.
TIME_ZONE_NAMES = ("timeZone", "time_zone", "timezone")
INVALID_EMAIL = gettext_noop(
    "The email address is not usable; the contact's stays as it was."
)
TOO_MANY_ATTRIBUTES = f"Only {MAX_ATTRIBUTES} attributes are kept of a contact."


def set_attributes(
    contact: Contact, values: Mapping[str, Any], *, at: datetime, source: str = ""
) -> tuple[bool, list[str]]:
    """Lay the values that were true at that time over what is known; `source` is one of
    Contact.Source, or Segment.

    Of two values with the same time the one that arrives later wins. Returns whether the
    contact changed, and what was wrong with the values, in sentences. On an exception
    the contact is as it was.
    """
    stamp = _stamp(at)
    news = {
        name: value
        for name, value in values.items()
        if name and stamp >= contact.attribute_times.get(name, "")
    }
    notes = []
    room = MAX_ATTRIBUTES - len(contact.attributes)
    unknown = [name for name in news if name not in contact.attributes]
    if len(unknown) > room:
        notes.append(TOO_MANY_ATTRIBUTES)
        for name in unknown[max(room, 0) :]:
            del news[name]
    columns, complaints = _columns(values, stamp, contact.column_times)
    if not news and not columns:
        return False, notes + complaints
    # New dicts, never changed in place: a survey's snapshot may hold the old ones.
    contact.attributes = {**contact.attributes, **news}
    contact.attribute_times = {**contact.attribute_times, **dict.fromkeys(news, stamp)}
    if source or contact.attribute_sources:
        known = contact.attribute_sources
        kept = {name: from_ for name, from_ in known.items() if name not in news}
        contact.attribute_sources = kept | (dict.fromkeys(news, source) if source else {})
    contact.column_times = {**contact.column_times, **dict.fromkeys(columns, stamp)}
    for column, text in columns.items():
        if column == "email":
            contact.set_email(text)
        else:
            setattr(contact, column, text)
    return True, notes + complaints


def newer_than(contact: Contact, at: datetime) -> Contact:
    """A contact, not saved, with what was set after that moment and nothing else."""
    stamp = _stamp(at)
    newer = Contact(account_id=contact.account_id, user_id=contact.user_id)
    times = contact.attribute_times
    newer.attribute_times = {name: time for name, time in times.items() if time > stamp}
    newer.attributes = {
        name: value
        for name, value in contact.attributes.items()
        if name in newer.attribute_times
    }
    newer.attribute_sources = {
        name: source
        for name, source in contact.attribute_sources.items()
        if name in newer.attribute_times
    }
    times = contact.column_times
    newer.column_times = {name: time for name, time in times.items() if time > stamp}
    for column in newer.column_times:
        if column == "email":
            newer.set_email(contact.email)
        else:
            setattr(newer, column, getattr(contact, column))
    return newer


def time_zone_in(values: Mapping[str, Any]) -> ZoneInfo | None:
    """The first zone that tzdata knows under one of the names for it."""
    names = (values.get(name) for name in TIME_ZONE_NAMES)
    zones = (zone_or_none(name) for name in names if name and isinstance(name, str))
    return next((zone for zone in zones if zone is not None), None)


def without_address(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values without any that means the email address."""
    return {
        name: value
        for name, value in values.items()
        if _RESERVED.get(_plain(name), ("",))[0] != "email"
    }


def means_a_column(name: str) -> bool:
    """Whether an attribute of that name fills the email address or a name of a contact."""
    return _plain(name) in _RESERVED


def address_in(values: Mapping[str, Any]) -> str:
    """The usable address that these values would give a contact, or ""."""
    return _columns(values, "", {})[0].get("email", "")


def set_columns(contact: Contact, texts: Mapping[str, str], *, at: datetime) -> bool:
    """Set email, first_name, last_name to usable texts that a person gave us, whatever is
    there; an older event that arrives late can't undo them. Whether anything changed."""
    news = {name: text for name, text in texts.items() if getattr(contact, name) != text}
    stamps = dict.fromkeys(news, _stamp(at))
    contact.column_times = {**contact.column_times, **stamps}
    for name, text in news.items():
        if name == "email":
            contact.set_email(text)
        else:
            setattr(contact, name, text)
    return bool(news)


def _stamp(at: datetime) -> str:
    """ISO 8601 in UTC, always with microseconds: the order of texts is that of times."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _columns(
    values: Mapping[str, Any], stamp: str, times: Mapping[str, str]
) -> tuple[dict[str, str], list[str]]:
    """Column -> its new text; and a complaint when an address was given but unusable."""
    columns: dict[str, str] = {}
    complaints: list[str] = []
    # Sorted, so that of `Email` and `email` in one event the latter wins every time.
    for name in sorted(values):
        found = _RESERVED.get(_plain(name))
        if found is None or stamp < times.get(found[0], ""):
            continue
        column, read = found
        text = read(values[name])
        if text is not None:
            columns[column] = text
        elif column == "email" and values[name] not in (None, ""):
            complaints.append(INVALID_EMAIL)
    return columns, [] if "email" in columns else complaints[:1]


def _plain(name: str) -> str:
    """`First Name`, `first_name` and `firstName` are one name."""
    return name.replace("_", "").replace("-", "").replace(" ", "").lower()


def _person_name(value: object) -> str | None:
    """One line of a name; None for what is no name. Control characters would reach mail
    headers, so they become spaces."""
    if not isinstance(value, str):
        return None
    visible = "".join(" " if unicodedata.category(c) == "Cc" else c for c in value)
    return " ".join(visible.split())[:120].strip() or None


_RESERVED: dict[str, tuple[str, Callable[[object], str | None]]] = {
    "email": ("email", clean_address),
    "firstname": ("first_name", _person_name),
    "lastname": ("last_name", _person_name),
}
