"""Ask for one row, with others joined to it, without compiling the query each time.

Django makes the SQL of a query anew whenever it is run, which for a few joined tables takes
a hundred times as long as the database does, and PostgreSQL plans it anew, which takes
several times as long as to run it. Where everybody who is mailed comes by, that is most of
what a page costs.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import Model, QuerySet
from django.db.models.query import get_related_populators

from promoter.lib.prepared import ask_prepared

M = TypeVar("M", bound=Model)
# In the place of the id, while the query is compiled: no row has it, no query names it.
STAND_IN = 2**62 + 1
MOST = 2**63 - 1


class OneById(Generic[M]):
    """`query` gives the query for an id. It may do all that gives whole rows:
    select_related, only, annotate, order_by; what it does must not depend on the id."""

    def __init__(self, query: Callable[[int], QuerySet[M]]) -> None:
        self._query = query
        # What is compiled belongs to a connection, and a connection to a thread.
        self._kept = threading.local()

    def first(self, pk: int) -> M | None:
        """The first row that it finds. An id that no column holds is nobody's, as for
        QuerySet.filter()."""
        if pk > MOST:
            return None
        plan: _Plan[M] | None = getattr(self._kept, "plan", None)
        if plan is None:
            plan = self._kept.plan = _Plan(self._query(STAND_IN))
        return plan.first(pk)


class _Plan(Generic[M]):
    """As django.db.models.query.ModelIterable goes about it, but for what is kept."""

    def __init__(self, query: QuerySet[M]) -> None:
        self._compiler: Any = query[:1].query.get_compiler(connection=connection)
        self._ask = _asking(*self._compiler.as_sql())
        select, info = self._compiler.select, self._compiler.klass_info
        own: Sequence[int] = info["select_fields"]
        self._own = slice(own[0], own[-1] + 1)
        self._names = [column.target.attname for column, *_ in select[self._own]]
        self._model: type[M] = info["model"]
        # The types are those of Django 6, where it takes one more.
        self._joined = get_related_populators(  # type: ignore[call-arg]
            info, select, connection.alias
        )
        self._converters = self._compiler.get_converters([each for each, *_ in select])

    def first(self, pk: int) -> M | None:
        for row in self._compiler.apply_converters(self._ask(pk), self._converters):
            found = self._model.from_db(connection.alias, self._names, row[self._own])
            for each in self._joined:
                each.populate(row, found)
            for name, at in self._compiler.annotation_col_map.items():
                setattr(found, name, row[at])
            return found
        return None


Ask = Callable[[int], Sequence[tuple[Any, ...]]]


def _asking(sql: str, params: Sequence[Any]) -> Ask:
    if connection.vendor != "postgresql":

        def ask(pk: int) -> Sequence[tuple[Any, ...]]:
            with connection.cursor() as cursor:
                cursor.execute(sql, [pk if each == STAND_IN else each for each in params])
                return list(cursor.fetchall())

        return ask
    with connection.cursor() as cursor:
        # Only the id differs from one time to the next, so all else is part of the text.
        fixed = str(cursor.mogrify(sql, params)).replace("%", "%%")
    times = fixed.count(str(STAND_IN))
    text = fixed.replace(str(STAND_IN), "%s::bigint")
    return lambda pk: ask_prepared(text, [str(pk)] * times)
