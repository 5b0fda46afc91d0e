"""One row of a contact file: what it says about whom, or why it can't be taken."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.translation import gettext

from contacts.addresses import address_digest, clean_address
from contacts.importing.columns import FIELDS, NO_KEY, attribute_name
from promoter.lib.csv_reading import Record
from promoter.lib.csvs import unguarded

# As long as a whole event of Segment, so that every attribute fits.
MAX_VALUE_CHARS = 32 * 1024
_LONGEST = {"email": 320, "user_id": 255, "first_name": 120, "last_name": 120}


class Rejected(ValueError):
    """The row can't be taken; the text is the reason, for the person who uploaded it."""


@dataclass(frozen=True, slots=True)
class PersonRow:
    """What one row says. Empty means: the file says nothing about it."""

    line: int
    user_id: str = ""
    email: str = ""
    digest: str = ""
    names: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, str] = field(default_factory=dict)


def read_person(record: Record, *, mapping: Sequence[str]) -> PersonRow:
    """The row under the mapping. Raises Rejected."""
    fields: dict[str, str] = {}
    attributes: dict[str, str] = {}
    for target, text in zip(mapping, cells(record, len(mapping)), strict=True):
        if not target or not text:
            continue
        if (name := attribute_name(target)) is None:
            fields[target] = _field_text(target, text)
        else:
            attributes[name] = attribute_text(name, text)
    email = fields.pop("email", "")
    user_id = fields.pop("user_id", "")
    if not email and not user_id:
        raise Rejected(_nobody(mapping))
    return PersonRow(
        line=record.line,
        user_id=user_id,
        email=email,
        digest=address_digest(email) if email else "",
        names=fields,
        attributes=attributes,
    )


def cells(record: Record, width: int) -> list[str]:
    """The row's values without guards and outer blanks, as many as the header has.

    Values that are missing at the end are empty: spreadsheets leave them out.
    Raises Rejected for a row that can't be read or is wider than the header.
    """
    if record.error:
        raise Rejected(record.error)
    values = [unguarded(value).strip() for value in record.values]
    if any(values[width:]):
        raise Rejected(
            gettext("The row has %(count)s values, but the header names %(width)s columns.")
            % {"count": len(values), "width": width}
        )
    return values[:width] + [""] * (width - len(values))


def cell_text(value: Any) -> str:
    """An attribute as a cell: text as it is, everything else as JSON, nothing for null."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def news(row: PersonRow, known: dict[str, Any]) -> dict[str, str]:
    """The attributes that the row changes.

    A value that reads the same as the known one is no news: the number 5 must not become
    the text "5" because somebody exported and imported it.
    """
    return {
        name: text
        for name, text in row.attributes.items()
        if name not in known or cell_text(known[name]).strip() != text
    }


def _field_text(target: str, text: str) -> str:
    if len(text) > _LONGEST[target]:
        raise Rejected(
            gettext("%(column)s is longer than %(most)s characters.")
            % {"column": FIELDS[target], "most": _LONGEST[target]}
        )
    if target == "email":
        return address_in(text)
    return text if target == "user_id" else one_line(text)


def attribute_text(name: str, text: str) -> str:
    """The value of that attribute. Raises Rejected."""
    if len(text) > MAX_VALUE_CHARS:
        raise Rejected(
            gettext("The value of “%(name)s” is longer than %(most)s characters.")
            % {"name": name, "most": intcomma(MAX_VALUE_CHARS)}
        )
    return text


def address_in(text: str) -> str:
    """The one address that a cell holds. Raises Rejected."""
    address = clean_address(text)
    if address is None:
        raise Rejected(
            gettext("“%(text)s” is not one email address.") % {"text": text[:80]}
        )
    return address


def one_line(text: str) -> str:
    """Names stand in mail headers, where a line break would begin a new one. What joins
    letters, as in Persian names, is no break."""
    visible = "".join(" " if unicodedata.category(c) == "Cc" else c for c in text)
    return " ".join(visible.split())


def _nobody(mapping: Sequence[str]) -> str:
    wanted = [FIELDS[name] for name in ("email", "user_id") if name in mapping]
    if not wanted:
        return str(NO_KEY)
    if len(wanted) == 1:
        return gettext("The row has no %(column)s.") % {"column": wanted[0]}
    return gettext("The row has no %(column)s and no %(other)s.") % {
        "column": wanted[0],
        "other": wanted[1],
    }
