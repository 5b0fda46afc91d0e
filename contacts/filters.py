"""Which contacts a page, an export or a bulk act means, as its address says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Exists, F, Func, OuterRef, Q, QuerySet, TextField

from contacts.models import Contact, Suppression

SEARCHED = ("email", "first_name", "last_name", "user_id")
# Each word is a scan of the account's contacts; nobody types more names than that.
MOST_WORDS = 5
MAILABLE, SUPPRESSED, NO_ADDRESS = "yes", "no", "none"
MAIL_CHOICES = (
    (MAILABLE, "May be mailed"),
    (SUPPRESSED, "Must not be mailed"),
    (NO_ADDRESS, "No address"),
)


class AttributeText(Func):
    """An attribute as text, the same on both databases: text as it is, 5, true.

    Django's KeyTransform reads a name like 2024 as a place in a list.
    """

    output_field = TextField()

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(F("attributes"))

    def as_postgresql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, Any]:
        column, params = compiler.compile(self.source_expressions[0])
        return f"({column} ->> %s::text)", [*params, self.name]

    def as_sqlite(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, Any]:
        column, params = compiler.compile(self.source_expressions[0])
        path = f"$.{json.dumps(self.name, ensure_ascii=False)}"
        # json_extract makes 1 and 0 of true and false.
        case = (
            f"(CASE json_type({column}, %s) WHEN 'true' THEN 'true' WHEN 'false' "
            f"THEN 'false' ELSE CAST(json_extract({column}, %s) AS TEXT) END)"
        )
        return case, [*params, path, *params, path]


@dataclass(frozen=True)
class ContactFilter:
    """What was asked for; empty means: no wish."""

    q: str = ""
    mail: str = ""
    list: str = ""
    attribute: str = ""
    value: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> ContactFilter:
        """What the address says, without what no database takes."""
        texts = {
            name: query.get(name, "").replace("\0", "").strip()[:200]
            for name in cls.__dataclass_fields__
        }
        if texts["mail"] not in dict(MAIL_CHOICES):
            texts["mail"] = ""
        if not (texts["list"].isascii() and texts["list"].isdigit()):
            texts["list"] = ""
        return cls(**texts)

    def __bool__(self) -> bool:
        return any(asdict(self).values())

    @property
    def query(self) -> str:
        """The address's part behind the question mark."""
        return urlencode({name: text for name, text in asdict(self).items() if text})

    @property
    def beyond_search(self) -> bool:
        return bool(self.mail or self.list or self.attribute)

    def apply(self, contacts: QuerySet[Contact]) -> QuerySet[Contact]:
        """Those of the contacts that are meant; the caller has bound the account."""
        for word in self.q.split()[:MOST_WORDS]:
            found = Q()
            for field in SEARCHED:
                found |= Q(**{f"{field}__icontains": word})
            contacts = contacts.filter(found)
        if self.list:
            contacts = contacts.filter(lists=int(self.list[:18]))
        if self.attribute and self.value:
            text = AttributeText(self.attribute)
            contacts = contacts.alias(_text=text).filter(_text=self.value)
        elif self.attribute:
            contacts = contacts.filter(attributes__has_key=self.attribute)
        return self._by_mail(contacts)

    def _by_mail(self, contacts: QuerySet[Contact]) -> QuerySet[Contact]:
        if self.mail == NO_ADDRESS:
            return contacts.filter(email="")
        stopped = Exists(
            Suppression.objects.filter(
                account=OuterRef("account"), address_digest=OuterRef("address_digest")
            )
        )
        if self.mail == MAILABLE:
            return contacts.exclude(email="").filter(~stopped)
        if self.mail == SUPPRESSED:
            return contacts.filter(stopped)
        return contacts
