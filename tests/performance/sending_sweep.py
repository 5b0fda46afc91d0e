"""What a tick costs that finds nothing due, among few and among many mails that wait."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import connection, models
from django.utils import timezone

from surveys.delivery import deliver_due
from surveys.models import Survey, SurveyEmail
from surveys.proving.sending import make_due
from surveys.sending.claiming import sweep_expired
from surveys.sending.transport import connection as mail_connection
from tests.performance.tables import machine, record, short, table

TURNS = 200
CHUNK = 1_000_000


def measure(counts: Sequence[int]) -> None:
    Survey.objects.all().delete()
    make_due(1, now=timezone.now() + timedelta(days=30))
    rows, first = [], 0.0
    for count in sorted(counts):
        wait(count)
        times = sorted(tick() for _ in range(TURNS))
        middle = statistics.median(times)
        first = first or middle
        rows.append(
            [
                f"{SurveyEmail.objects.count():,}",
                short(middle),
                short(times[TURNS * 95 // 100]),
                short(middle / first),
            ]
        )
        print(rows[-1], flush=True)
    head = ["mails that wait, none due", "ms", "p95 ms", "x the first line"]
    lines = [machine(connection.vendor), "", *table(head, rows)]
    record(f"sending sweep {connection.vendor}", lines)


def tick() -> float:
    """Milliseconds of what beat rings for: due mail, and claims of dead workers."""
    begun = time.perf_counter()
    with mail_connection() as transport:
        deliver_due(clock=timezone.now, transport=transport, limit=timedelta(seconds=20))
    sweep_expired(now=timezone.now())
    return 1_000 * (time.perf_counter() - begun)


def wait(count: int) -> None:
    """So many copies of the one mail, each with its survey."""
    have = SurveyEmail.objects.count()
    while have < count:
        more = min(CHUNK, count - have)
        newest = Survey.objects.order_by("-pk")[0].pk
        numbers = (
            "WITH RECURSIVE n(i) AS "  # noqa: S608
            f"(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {more})"
        )
        trigger = f"'wait-' || ({newest} + i)"
        copy(Survey, numbers, {"trigger_id": trigger}, "id = %s", newest)
        with connection.cursor() as cursor:
            emails = column_list(SurveyEmail)
            values = {
                "survey_id": "s.id",
                "email_message_id": "'<wait-' || s.id || '@example.com>'",
            }
            cursor.execute(
                f"INSERT INTO surveys_surveyemail ({', '.join(emails)}) "  # noqa: S608
                f"SELECT {', '.join(values.get(each, 'e.' + each) for each in emails)} "
                "FROM surveys_survey s, "
                "(SELECT * FROM surveys_surveyemail ORDER BY id LIMIT 1) e WHERE s.id > %s",
                [newest],
            )
        have += more
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def copy(
    model: type[models.Model], numbers: str, values: dict[str, str], where: str, *given: Any
) -> None:
    columns = column_list(model)
    name = model._meta.db_table
    chosen = ", ".join(values.get(each, each) for each in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {name} ({', '.join(columns)}) {numbers} "  # noqa: S608
            f"SELECT {chosen} FROM {name}, n WHERE {where}",
            given,
        )


def column_list(model: type[models.Model]) -> list[str]:
    return [field.column for field in model._meta.concrete_fields if field.column != "id"]
