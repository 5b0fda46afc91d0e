"""Mails that wait by the million, and a tick that finds none of them due."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from django.db import connection, models
from django.utils import timezone

from surveys.delivery import deliver_due
from surveys.models import Survey, SurveyEmail
from surveys.sending.claiming import sweep_expired
from surveys.sending.transport import connection as mail_connection
from tests.performance.copies import filling

CHUNK = 1_000_000


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
    with filling([Survey, SurveyEmail], count - have):
        for begin in range(have, count, CHUNK):
            _add(min(CHUNK, count - begin))


def _add(more: int) -> None:
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
