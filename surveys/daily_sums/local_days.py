"""The day of a zone's wall clock, grouped by in SQL on either database."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Case, Func, IntegerField, Value, When
from django.db.models.expressions import Combinable

from surveys.windows import Window, offsets

# The day that POSIX counts from, as date.fromordinal counts.
EPOCH = date(1970, 1, 1).toordinal()


class LocalDay(Func):
    """LocalDay(instant, seconds east of UTC): whole days since 1970-01-01, wall clock.

    TruncDate would do, but on SQLite it calls back into Python for each row: 1.6 s for
    200,000 responses, where this takes a quarter of one.
    """

    output_field = IntegerField()
    arity = 2

    def as_sqlite(
        self, compiler: Any, connection: Any, **extra: Any
    ) -> tuple[str, tuple[Any, ...]]:
        # The doubled percent sign leaves the database's own %s to the database.
        seconds = "CAST(strftime('%%s', {}) AS INTEGER)"
        return self._days(compiler, f"(({seconds} + {{}}) / 86400)")

    def as_postgresql(
        self, compiler: Any, connection: Any, **extra: Any
    ) -> tuple[str, tuple[Any, ...]]:
        return self._days(compiler, "FLOOR((EXTRACT(EPOCH FROM {}) + {}) / 86400)::integer")

    def _days(self, compiler: Any, template: str) -> tuple[str, tuple[Any, ...]]:
        instant, offset = (compiler.compile(e) for e in self.get_source_expressions())
        return template.format(instant[0], offset[0]), (*instant[1], *offset[1])


def offset_at(field: str, window: Window, zone: ZoneInfo) -> Combinable:
    """The zone's seconds east of UTC at the field's instant, which is in the window."""
    known = offsets(window, zone)
    return Case(
        *(
            When(**{f"{field}__lt": until}, then=Value(seconds))
            for (_, seconds), (until, _) in zip(known, known[1:], strict=False)
        ),
        default=Value(known[-1][1]),
        output_field=IntegerField(),
    )
