"""Find cases by what was written, or by who wrote it.

PostgreSQL has an index of the words in comments (migration 0011) and finds their
beginnings: "refund" finds "refunds". SQLite reads comments, so only the newest
SQLITE_READS answers, and finds any part of a word. All words must be in the comment, or
all in the person's name, address and userId.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from django.db import connection
from django.db.models import BooleanField, Func, Q, QuerySet

from contacts.filters import search_for
from contacts.models import Contact
from promoter.accounts.access import for_account
from promoter.accounts.models import Account
from promoter.lib.any_case import holds
from surveys.models import Case, Response

SQLITE_READS = 100_000
MOST_WORDS = 8
MOST_PEOPLE = 1_000
"""Of the people who match, the latest changed: who finds more has to say more."""


class HasWords(Func):
    """Whether the text has all these beginnings of words; PostgreSQL only."""

    output_field = BooleanField()
    arity = 1

    def __init__(self, field: str, *, query: str) -> None:
        super().__init__(field)
        self._query = query

    def as_postgresql(
        self, compiler: Any, connection: Any, **extra: Any
    ) -> tuple[str, tuple[Any, ...]]:
        sql, params = compiler.compile(self.get_source_expressions()[0])
        # Exactly the index's expression, or it would not be used.
        words = f"to_tsvector('simple', {sql}) @@ to_tsquery('simple', %s)"
        return words, (*params, self._query)


def is_bounded() -> bool:
    """Whether the database has no index of words."""
    return connection.vendor == "sqlite"


def reads(account: Account) -> int:
    """How many of the newest answers a search reads; 0 when it leaves none out."""
    newest = for_account(Case, account).order_by("-responded_at", "-pk").values("pk")
    leaves_out = is_bounded() and newest[SQLITE_READS : SQLITE_READS + 1].exists()
    return SQLITE_READS if leaves_out else 0


def searched(cases: QuerySet[Case], text: str, *, account: Account) -> QuerySet[Case]:
    """Those of the cases whose comment or person has all these words."""
    words = text.split()[:MOST_WORDS]
    people = for_account(Contact, account)
    for word in words:
        people = people.filter(search_for(word))
    newest = people.order_by("-updated_at", "-pk").values("pk")[:MOST_PEOPLE]
    answers = for_account(Response, account)
    by_person = answers.filter(contact__in=newest).order_by().values("pk")
    by_words = _with_words(answers, words).order_by().values("pk")
    # Not one OR: no index could serve both of its sides.
    return cases.filter(Q(pk__in=by_words.union(by_person, all=True)))


def searched_among(
    cases: QuerySet[Case], text: str, ids: Collection[int], *, account: Account
) -> QuerySet[Case]:
    """The same of these few alone: each is read, and no index of all the words is asked,
    which for a common word gives a third of all answers. 2 queries at once."""
    words = text.split()[:MOST_WORDS]
    answers = for_account(Response, account).filter(pk__in=ids).order_by()
    people = for_account(Contact, account).filter(pk__in=answers.values("contact"))
    for word in words:
        people = people.filter(search_for(word))
    found = set(_matching(answers, words).values_list("pk", flat=True))
    found |= set(answers.filter(contact__in=people).values_list("pk", flat=True))
    return cases.filter(pk__in=found)


def _with_words(answers: QuerySet[Response], words: list[str]) -> QuerySet[Response]:
    if is_bounded():
        oldest = answers.order_by("-responded_at", "-pk").values_list(
            "responded_at", flat=True
        )
        for reached in oldest[SQLITE_READS : SQLITE_READS + 1]:
            answers = answers.filter(responded_at__gt=reached)
    return _matching(answers, words)


def _matching(answers: QuerySet[Response], words: list[str]) -> QuerySet[Response]:
    if not is_bounded():
        tokens = re.findall(r"[^\W_]+", " ".join(words))
        query = " & ".join(f"{token}:*" for token in tokens)
        return (
            answers.filter(HasWords("comment", query=query)) if tokens else answers.none()
        )
    for word in words:
        answers = answers.filter(holds("comment", word))
    return answers
