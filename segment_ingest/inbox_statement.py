"""What inbox.py does in a transaction of several statements, as one (PostgreSQL).

Each statement is a journey to the server and back, and while it lasts the accounts' rows
are held. This one takes the plain case: the day's row is there, what is asked for fits into
the limit, each key is usable. An account of which that isn't true is left alone, and goes
the long way.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import date

from django.db import connection, transaction

from promoter.lib.prepared import ask_prepared
from segment_ingest.inbox_rows import COLUMNS, VALUES, Names, Row, as_json, json_of

# `locked` reads the row as it is once it is held, and its order is the one in which all
# lock. `added` is sorted, so it begins when all are held: ids are in order of commits.
_STATEMENT = f"""
    WITH given AS MATERIALIZED (
        SELECT (item->>0)::bigint AS account_id, (item->>1)::int AS wanted,
            (item->>2)::int AS events, (item->>3)::int AS rejected,
            item->4 AS keys
        FROM jsonb_array_elements(%s::jsonb) AS list (item)
    ), locked AS MATERIALIZED (
        SELECT usage.id, usage.account_id, usage.accepted,
            account.daily_event_limit AS most
        FROM segment_ingest_dailyusage usage
        JOIN accounts_account account ON account.id = usage.account_id
        WHERE usage.day = %s::date AND usage.account_id = ANY(%s::bigint[])
            AND account.suspended_at IS NULL
        ORDER BY usage.account_id
        FOR NO KEY UPDATE OF usage
    ), ready AS MATERIALIZED (
        SELECT locked.id, locked.accepted, locked.most, given.*
        FROM locked JOIN given USING (account_id)
        WHERE (wanted = 0 OR accepted + wanted <= most)
            AND NOT EXISTS (
                SELECT 1 FROM jsonb_array_elements(keys) AS shown (key)
                WHERE NOT EXISTS (
                    SELECT 1 FROM accounts_apikey
                    WHERE id = key::bigint AND revoked_at IS NULL
                )
            )
    ), added AS (
        INSERT INTO segment_ingest_segmentmessage ({COLUMNS})
        SELECT {VALUES}
        FROM jsonb_array_elements(%s::jsonb) WITH ORDINALITY AS list (item, place)
        JOIN ready ON ready.account_id = (item->>0)::bigint
        ORDER BY place
        ON CONFLICT (account_id, message_id) DO NOTHING
        RETURNING account_id, message_id
    ), sums AS (
        SELECT account_id, count(*) AS added FROM added GROUP BY account_id
    ), counted AS (
        UPDATE segment_ingest_dailyusage usage SET
            accepted = usage.accepted + coalesce(sums.added, 0),
            duplicates = usage.duplicates + ready.events - coalesce(sums.added, 0),
            rejected = usage.rejected + ready.rejected
        FROM ready LEFT JOIN sums USING (account_id)
        WHERE usage.id = ready.id
    )
    SELECT ready.account_id, ready.accepted, ready.most, added.message_id
    FROM ready LEFT JOIN added USING (account_id)
"""  # noqa: S608 - no value of a request is in it


@dataclass(slots=True)
class Given:
    """What is asked for an account: `wanted` counts each messageId once."""

    account_id: int
    wanted: int = 0
    events: int = 0
    rejected: int = 0
    keys: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Taken:
    """What the account's row said before, and which of the messages were new."""

    accepted: int
    limit: int
    new: Names = field(default_factory=set)


def take(day: date, given: Collection[Given], rows: Sequence[Row]) -> dict[int, Taken]:
    """Store and count all of it for the accounts that are in the answer, and nothing for
    the others."""
    asked = [
        (one.account_id, one.wanted, one.events, one.rejected, one.keys) for one in given
    ]
    accounts = "{" + ",".join(str(one.account_id) for one in given) + "}"
    taken: dict[int, Taken] = {}
    # It commits itself; inside somebody's transaction its failure must not end that one.
    guard = transaction.atomic() if connection.in_atomic_block else nullcontext()
    with guard:
        found = ask_prepared(
            _STATEMENT, (as_json(asked), day.isoformat(), accounts, json_of(rows))
        )
    for account, accepted, limit, message_id in found:
        each = taken.get(account)
        if each is None:
            each = taken[account] = Taken(accepted, limit)
        if message_id is not None:
            each.new.add((account, message_id))
    return taken
