"""The SQL that invents data, on either database: whatever goes into it is our own."""

# ruff: noqa: S608
from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import accumulate

from django.db import connection
from django.db.models import Model

PRIME = 2**31 - 1


def roll(number: str, seed: str, faces: int) -> str:
    """A whole number from 0 to below `faces`, the same for the same number and seed; a
    square modulo a prime leaves no pattern from one row to the next."""
    dice = random.Random(seed)  # noqa: S311 - nobody has to be kept from guessing
    times, plus, then, more = (dice.randrange(1, PRIME) for _ in range(4))
    line = f"(({number} * {times} + {plus}) % {PRIME})"
    return f"(({line} * {line} % {PRIME} * {then} + {more}) % {PRIME} % {faces})"


def one_of(roll: str, choices: Sequence[object]) -> str:
    """The choice at this place."""
    whens = " ".join(f"WHEN {at} THEN {literal(one)}" for at, one in enumerate(choices))
    return f"CASE {roll} {whens} END"


def by_weight(roll: str, weights: Mapping[str, int]) -> str:
    """One of them, by a roll of a hundred."""
    ends = zip(weights, accumulate(weights.values()), strict=True)
    whens = " ".join(f"WHEN {roll} < {end} THEN {literal(one)}" for one, end in ends)
    return f"CASE {whens} END"


def literal(value: object) -> str:
    return str(value) if isinstance(value, int) else f"'{value}'"


def is_postgresql() -> bool:
    return connection.vendor == "postgresql"


def numbers(count: int) -> str:
    """A table of the numbers n from 0 to below this."""
    if is_postgresql():
        return f"generate_series(0::bigint, {count - 1}) AS numbers (n)"
    return (
        "(WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers "
        f"WHERE n < {count - 1}) SELECT n FROM numbers) AS numbers"
    )


def instant(start: datetime, seconds: str) -> str:
    """So many seconds after the start."""
    start = start.astimezone(UTC)
    if is_postgresql():
        return f"TIMESTAMPTZ '{start.isoformat()}' + {seconds} * INTERVAL '1 second'"
    # As Django writes them.
    clock = f"{start.timestamp():.3f} + {seconds}, 'unixepoch'"
    return f"strftime('%Y-%m-%d %H:%M:%f', {clock}) || '000'"


def json(text: str) -> str:
    return f"CAST({text} AS jsonb)" if is_postgresql() else f"({text})"


def text_at(column: str, key: str) -> str:
    if is_postgresql():
        return f"{column} ->> '{key}'"
    return f"JSON_EXTRACT({column}, '$.{key}')"


def insert(model: type[Model], columns: Mapping[str, str], source: str) -> None:
    run(
        f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) "
        f"SELECT {', '.join(columns.values())} FROM {source}"
    )


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
