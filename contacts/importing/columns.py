"""What the columns of a contact file mean: guessed from its header, settled by a person.

A mapping is a list beside the header, one entry a column: a field of the contact, "" for
a column to leave out, or `attribute:NAME`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

MAX_COLUMNS = 200
MAX_ATTRIBUTE_NAME = 200
ATTRIBUTE = "attribute:"
IGNORE = ""
FIELDS: dict[str, str | Promise] = {
    "email": _("Email"),
    "user_id": "userId",
    "first_name": _("First name"),
    "last_name": _("Last name"),
}
NO_KEY = _(
    "Say which column holds the email address or the userId: "
    "without one of them we can’t tell people apart."
)
# Our own export marks what it adds for people to read; it is not read back.
OURS = " (Promoter)"

_SPELLINGS = {
    "email": {"email", "emailaddress", "mail", "emailadresse", "courriel", "correo"},
    "user_id": {"userid", "segmentuserid", "segmentid", "externalid", "customerid"},
    "first_name": {"firstname", "givenname", "forename", "vorname", "prénom", "nombre"},
    "last_name": {"lastname", "surname", "familyname", "nachname", "nom", "apellido"},
}
_FIELD_OF = {word: field for field, words in _SPELLINGS.items() for word in words}
_BETWEEN_WORDS = re.compile(r"[\W_]+")


def guess(header: Sequence[str], known: Collection[str] = ()) -> list[str]:
    """What each column probably is. The first that looks like a field is that field;
    every other named column is an attribute, under its own name, or under that of `known`
    which differs from it in capitals alone."""
    free = set(FIELDS)
    spelt = spellings(known)
    names: set[str] = set()
    mapping = []
    for title in header:
        name = title.strip()
        name = name if name in known else spelt.get(name.casefold(), name)
        field = _FIELD_OF.get(_BETWEEN_WORDS.sub("", name.casefold()), "")
        if field in free:
            free.discard(field)
            mapping.append(field)
        elif not name or name.endswith(OURS) or name in names:
            mapping.append(IGNORE)
        else:
            names.add(name)
            mapping.append(f"{ATTRIBUTE}{name[:MAX_ATTRIBUTE_NAME]}")
    return mapping


def spellings(known: Collection[str]) -> dict[str, str]:
    """Each of the names by itself without capitals; none that are spelt in two ways."""
    found: dict[str, list[str]] = {}
    for name in known:
        found.setdefault(name.casefold(), []).append(name)
    return {key: names[0] for key, names in found.items() if len(names) == 1}


def respelt(title: str, target: str) -> str:
    """The attribute that the column fills, where only its capitals differ from the
    title's; else nothing."""
    name, title = attribute_name(target) or "", title.strip()
    return name if name != title and name.casefold() == title.casefold() else ""


def attribute_name(target: str) -> str | None:
    """The attribute that this column fills; None when it fills none."""
    return target.removeprefix(ATTRIBUTE) if target.startswith(ATTRIBUTE) else None


def complaints(mapping: Sequence[str]) -> Iterator[str]:
    """What keeps the mapping from being used, in sentences."""
    yield from twice(mapping, FIELDS)
    if "email" not in mapping and "user_id" not in mapping:
        yield str(NO_KEY)
    yield from attribute_complaints(mapping)


def twice(mapping: Sequence[str], fields: Mapping[str, str | Promise]) -> Iterator[str]:
    """A sentence for each field that two columns are to fill."""
    for field, label in fields.items():
        if mapping.count(field) > 1:
            yield gettext(
                "Two columns are mapped to %(label)s. Choose one and leave out the other."
            ) % {"label": label}


def attribute_complaints(mapping: Sequence[str]) -> Iterator[str]:
    """What is wrong with the attributes' names, in sentences."""
    seen: set[str] = set()
    for target in mapping:
        name = attribute_name(target)
        if name is None:
            continue
        if not name.strip():
            yield gettext("Give every attribute a name, or leave the column out.")
        elif len(name) > MAX_ATTRIBUTE_NAME:
            yield gettext("An attribute’s name has at most %(most)s characters.") % {
                "most": MAX_ATTRIBUTE_NAME
            }
        elif name in seen:
            yield gettext(
                "Two columns are mapped to the attribute “%(name)s”. Rename one."
            ) % {"name": name}
        seen.add(name)
