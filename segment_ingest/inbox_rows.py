"""The statements of the inbox: SQL by hand, for they are run for every event.

One account's row of the day is locked first (SQLite: its transactions have the one
writer's lock) and held until the commit: counts are exact, and the account's messages get
their ids in the order of their commits. Several accounts are locked in one order, or two
processes would wait for each other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

import msgspec
from django.db import connection, transaction

from promoter.accounts.models import Account
from segment_ingest.models import DailyUsage

Names = set[tuple[int, str]]
"""Messages by account and messageId."""

COLUMNS = (
    "account_id, message_id, type, user_id, event, body, timestamp, received_at, verdict, "
    "detail, is_public, processed_at"
)

# Of a row as json_of has it.
VALUES = """
    (item->>0)::bigint, item->>1, item->>2, item->>3, item->>4, NULLIF(item->5, 'null'),
    (item->>6)::timestamptz, (item->>7)::timestamptz, item->>8, item->>9,
    (item->>10)::boolean, (item->>11)::timestamptz
"""


class _Statements(NamedTuple):
    days: str
    limits: str
    known: str
    insert: str


# Lists are arrays here.
_POSTGRESQL = _Statements(
    days="""
        SELECT usage.id, usage.account_id, usage.day, usage.accepted,
            account.daily_event_limit, ARRAY(
                SELECT id FROM accounts_apikey WHERE revoked_at IS NULL AND id = ANY(%s)
            )
        FROM segment_ingest_dailyusage usage
        JOIN accounts_account account ON account.id = usage.account_id
        WHERE usage.account_id = ANY(%s) AND usage.day = ANY(%s)
            AND account.suspended_at IS NULL
        ORDER BY usage.account_id, usage.day
        FOR NO KEY UPDATE OF usage
    """,
    limits="""
        SELECT account.id, account.daily_event_limit, coalesce(usage.accepted, 0), ARRAY(
                SELECT id FROM accounts_apikey WHERE revoked_at IS NULL AND id = ANY(%s)
            )
        FROM accounts_account account
        LEFT JOIN segment_ingest_dailyusage usage
            ON usage.account_id = account.id AND usage.day = %s
        WHERE account.id = ANY(%s) AND account.suspended_at IS NULL
    """,
    known="""
        SELECT account_id, message_id FROM segment_ingest_segmentmessage
        WHERE account_id = ANY(%s) AND message_id = ANY(%s)
    """,
    insert=f"""INSERT INTO segment_ingest_segmentmessage ({COLUMNS})
        SELECT {VALUES}
        FROM jsonb_array_elements(%s::jsonb) WITH ORDINALITY AS given (item, place)
        ORDER BY place
        ON CONFLICT (account_id, message_id) DO NOTHING
        RETURNING account_id, message_id
    """,  # noqa: S608 - no value of a request is in it
)
# Lists are JSON here.
_SQLITE = _Statements(
    days="""
        SELECT usage.id, usage.account_id, usage.day, usage.accepted,
            account.daily_event_limit, (
                SELECT json_group_array(id) FROM accounts_apikey
                WHERE revoked_at IS NULL AND id IN (SELECT value FROM json_each(%s))
            )
        FROM segment_ingest_dailyusage usage
        JOIN accounts_account account ON account.id = usage.account_id
        WHERE usage.account_id IN (SELECT value FROM json_each(%s))
            AND usage.day IN (SELECT value FROM json_each(%s))
            AND account.suspended_at IS NULL
    """,
    limits="""
        SELECT account.id, account.daily_event_limit, coalesce(usage.accepted, 0), (
                SELECT json_group_array(id) FROM accounts_apikey
                WHERE revoked_at IS NULL AND id IN (SELECT value FROM json_each(%s))
            )
        FROM accounts_account account
        LEFT JOIN segment_ingest_dailyusage usage
            ON usage.account_id = account.id AND usage.day = %s
        WHERE account.id IN (SELECT value FROM json_each(%s))
            AND account.suspended_at IS NULL
    """,
    known="""
        SELECT account_id, message_id FROM segment_ingest_segmentmessage
        WHERE account_id IN (SELECT value FROM json_each(%s))
            AND message_id IN (SELECT value FROM json_each(%s))
    """,
    insert=f"""INSERT INTO segment_ingest_segmentmessage ({COLUMNS})
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
    """,  # noqa: S608 - no value of a request is in it
)
_COUNT = """
    UPDATE segment_ingest_dailyusage SET accepted = accepted + %s,
    duplicates = duplicates + %s, rejected = rejected + %s, refused = refused + %s
    WHERE id = %s
"""
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


class Row(NamedTuple):
    """A message about to be stored; `body` is JSON."""

    account_id: int
    message_id: str
    type: str
    user_id: str
    event: str
    body: bytes | None
    timestamp: datetime
    received_at: datetime
    verdict: str
    detail: str
    is_public: bool
    processed_at: datetime | None


@dataclass(slots=True)
class Day:
    """What is left of one account's UTC day, and what is to be added to its counts."""

    pk: int
    room: int
    limit: int
    accepted: int = 0
    duplicates: int = 0
    rejected: int = 0
    refused: int = 0

    def take(self, events: int) -> None:
        self.room -= events
        self.accepted += events


Days = dict[tuple[int, date], Day]


@contextmanager
def lock_days(
    wanted: Collection[tuple[int, date]], key_ids: Collection[int]
) -> Iterator[tuple[Days, set[int]]]:
    """A transaction that holds these accounts' rows of the day, made if missing (but not
    for an account that is gone or suspended); and which of the keys are usable still."""
    with transaction.atomic():
        days, keys = _read_days(wanted, key_ids)
        missing = sorted(set(wanted) - days.keys())
        if missing:
            there = set(
                Account.objects.filter(
                    pk__in=[account for account, _ in missing], suspended_at=None
                )
                # Stays until the commit, or its deletion would fail all who share it.
                .select_for_update(no_key=True)
                .order_by("pk")
                .values_list("pk", flat=True)
            )
            DailyUsage.objects.bulk_create(
                [
                    DailyUsage(account_id=account, day=day)
                    for account, day in missing
                    if account in there
                ],
                ignore_conflicts=True,
            )
            days, keys = _read_days(wanted, key_ids)
        yield days, keys


def _read_days(
    wanted: Collection[tuple[int, date]], key_ids: Collection[int]
) -> tuple[Days, set[int]]:
    accounts = list({account for account, _ in wanted})
    dates = list({day for _, day in wanted})
    days: Days = {}
    keys: set[int] = set()
    for pk, account, day, accepted, limit, found in _ask(
        _statements().days, list(key_ids), accounts, dates
    ):
        # What is no column of its own comes as text from SQLite.
        day = date.fromisoformat(day) if isinstance(day, str) else day
        days[account, day] = Day(pk, max(0, limit - accepted), limit)
        keys = set(_decode(found) if isinstance(found, str) else found)
    return days, keys


def read_limits(
    accounts: Collection[int], day: date, key_ids: Collection[int]
) -> tuple[dict[int, tuple[int, int]], set[int]]:
    """How much each account (not one that is suspended) has taken that day and may take;
    and which of the keys are usable. Nothing is locked."""
    limits: dict[int, tuple[int, int]] = {}
    keys: set[int] = set()
    for account, limit, accepted, found in _ask(
        _statements().limits, list(key_ids), day, list(accounts)
    ):
        limits[account] = accepted, limit
        keys = set(_decode(found) if isinstance(found, str) else found)
    return limits, keys


def known_ids(ids: Names, *, is_tight: bool) -> Names:
    """Which of the messages are there already.

    PostgreSQL isn't asked unless the limit is near: its INSERT says which were new.
    """
    if not is_tight and not _is_sqlite():
        return set()
    accounts = list({account for account, _ in ids})
    return set(_ask(_statements().known, accounts, [message_id for _, message_id in ids]))


def insert(rows: Sequence[Row]) -> Names:
    """Insert them in this order; which were new.

    On SQLite all of them must be: nobody else can have written since known_ids.
    """
    if not rows:
        return set()
    with connection.cursor() as cursor:
        if _is_sqlite():
            cursor.executemany(_SQLITE.insert, [_sqlite_values(row) for row in rows])
            return {(row.account_id, row.message_id) for row in rows}
        cursor.execute(_POSTGRESQL.insert, [json_of(rows)])
        return set(cursor.fetchall())


def add_counts(days: Iterable[Day]) -> None:
    counts = [
        (day.accepted, day.duplicates, day.rejected, day.refused, day.pk) for day in days
    ]
    counts = [each for each in counts if any(each[:4])]
    if counts:
        with connection.cursor() as cursor:
            cursor.executemany(_COUNT, counts)


def json_of(rows: Sequence[Row]) -> str:
    """For PostgreSQL, which takes one JSON text fastest."""
    return as_json(
        [
            (*row[:5], None if row.body is None else msgspec.Raw(row.body), *row[6:])
            for row in rows
        ]
    )


def as_json(value: object) -> str:
    return _encode(value).decode()


def _sqlite_values(row: Row) -> tuple[Any, ...]:
    body = None if row.body is None else row.body.decode()
    moments = _sqlite_time(row.timestamp), _sqlite_time(row.received_at)
    return (*row[:5], body, *moments, *row[8:11], _sqlite_time(row.processed_at))


def _sqlite_time(moment: datetime | None) -> str | None:
    """As Django writes it."""
    return None if moment is None else str(moment.astimezone(UTC).replace(tzinfo=None))


def _ask(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    if _is_sqlite():
        values = tuple(as_json(v) if isinstance(v, list) else v for v in values)
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _statements() -> _Statements:
    return _SQLITE if _is_sqlite() else _POSTGRESQL


def _is_sqlite() -> bool:
    return connection.vendor == "sqlite"
