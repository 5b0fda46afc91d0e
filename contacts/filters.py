"""Which contacts a page, an export or a bulk act means, as its address says."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from itertools import zip_longest
from operator import or_
from urllib.parse import urlencode

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Lower
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from contacts.conditions import MAX_TEXT, Condition
from contacts.models import Contact, Suppression
from promoter.accounts.access import for_account
from promoter.accounts.models import Account
from promoter.lib.any_case import spellings

# Each word is a scan of the account's contacts; nobody types more names than that.
MOST_WORDS = 5
MOST_CONDITIONS = 8
MAILABLE, SUPPRESSED, NO_ADDRESS = "yes", "no", "none"
MAIL_CHOICES = (
    (MAILABLE, _("May be mailed")),
    (SUPPRESSED, _("Must not be mailed")),
    (NO_ADDRESS, _("No address")),
)
BY_EMAIL = "email"
SORT_CHOICES = (("", _("Last changed")), (BY_EMAIL, _("Email, A to Z")))


@dataclass(frozen=True)
class ContactFilter:
    """What was asked for; empty means: no wish."""

    q: str = ""
    mail: str = ""
    list: str = ""
    conditions: tuple[Condition, ...] = ()
    sort: str = ""

    @classmethod
    def of(cls, query: QueryDict) -> ContactFilter:
        """What the address says, without what no database takes.

        A condition is three parameters, `attribute`, `op` and `value`, each as often as
        there are conditions, as a form sends them.
        """
        texts = {
            name: query.get(name, "").replace("\0", "").strip()[:MAX_TEXT]
            for name in ("q", "mail", "list", "sort")
        }
        if texts["mail"] not in dict(MAIL_CHOICES):
            texts["mail"] = ""
        if texts["sort"] not in dict(SORT_CHOICES):
            texts["sort"] = ""
        if not (texts["list"].isascii() and texts["list"].isdigit()):
            texts["list"] = ""
        triples = zip_longest(
            *(query.getlist(name) for name in ("attribute", "op", "value")), fillvalue=""
        )
        conditions = (Condition.of(*triple) for triple in triples)
        kept = tuple(condition for condition in conditions if condition is not None)
        return cls(**texts, conditions=kept[:MOST_CONDITIONS])

    @classmethod
    def read(cls, text: str) -> ContactFilter:
        """From the address's part behind the question mark."""
        return cls.of(QueryDict(text))

    def __bool__(self) -> bool:
        return bool(self.q or self.beyond_search)

    @property
    def query(self) -> str:
        """The address's part behind the question mark."""
        pairs = [
            (name, getattr(self, name))
            for name in ("q", "mail", "list")
            if getattr(self, name)
        ]
        for condition in self.conditions:
            pairs += [
                ("attribute", condition.attribute),
                ("op", condition.op),
                ("value", condition.value),
            ]
        return urlencode(pairs + ([("sort", self.sort)] if self.sort else []))

    @property
    def beyond_search(self) -> bool:
        return bool(self.mail or self.list or self.conditions)

    def contacts_of(self, account: Account) -> QuerySet[Contact]:
        """Those of the account's contacts that are meant."""
        contacts = for_account(Contact, account)
        for word in self.q.split()[:MOST_WORDS]:
            contacts = contacts.filter(search_for(word))
        if self.list:
            contacts = contacts.filter(lists=int(self.list[:18]))
        for condition in self.conditions:
            contacts = contacts.filter(condition.q())
        return self._by_mail(contacts, account)

    def _by_mail(self, contacts: QuerySet[Contact], account: Account) -> QuerySet[Contact]:
        if self.mail == NO_ADDRESS:
            return contacts.filter(email="")
        if self.mail == MAILABLE:
            return contacts.exclude(email="").exclude(address_digest__in=_stopped(account))
        if self.mail == SUPPRESSED:
            return contacts.filter(address_digest__in=_stopped(account))
        return contacts


def search_for(word: str) -> Q:
    """Whose email, name or userId holds the word."""
    spelt = (Q(search_text__contains=Lower(Value(each))) for each in spellings(word))
    return reduce(or_, spelt)


def _stopped(account: Account) -> QuerySet[Suppression, str]:
    return Suppression.objects.filter(account=account).values_list(
        "address_digest", flat=True
    )
