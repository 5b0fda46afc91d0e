"""What a database does of the same rows without HTTP, key or quota: floors of ingest."""

from __future__ import annotations

import sqlite3
import threading
import time
from datetime import UTC, datetime
from typing import Any

from tests.performance.load import Figures, Load

CONNECTIONS = 8
TABLE = "segment_ingest_segmentmessage"
COLUMNS = (
    "account_id, message_id, type, user_id, event, body, timestamp, received_at, verdict, "
    "detail, is_public"
)
COPIED_ROWS = 20_000
# More than one connection commits in a second.
MOST_A_SECOND = 12_000


def commits(account: int, timestamp: str, seconds: float) -> Figures:
    """INSERT and COMMIT of one row at a time, on 8 connections at once (SQLite: one)."""
    times: list[float] = []
    statement = insert()
    links = [link() for _ in range(1 if is_sqlite() else CONNECTIONS)]
    shares = [rows(account, timestamp, int(MOST_A_SECOND * seconds)) for _ in links]
    begun = time.perf_counter()

    def work(connection: Any, share: list[tuple[Any, ...]]) -> None:
        for row in share:
            asked = time.perf_counter()
            if asked > begun + seconds:
                break
            connection.execute(statement, row)
            times.append(time.perf_counter() - asked)
        connection.close()

    threads = [
        threading.Thread(target=work, args=each) for each in zip(links, shares, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - begun
    times.sort()
    middle, late = times[len(times) // 2], times[len(times) * 99 // 100]
    return Figures(len(times) / took, len(times), 0, 1_000 * middle, 1_000 * late)


def copied(account: int, timestamp: str) -> Figures:
    """Rows a second into the same table and its indexes, in one transaction."""
    new = rows(account, timestamp, COPIED_ROWS)
    connection = link()
    begun = time.perf_counter()
    if is_sqlite():
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(insert(), new)
        connection.execute("COMMIT")
    else:
        with connection.cursor().copy(f"COPY {TABLE} ({COLUMNS}) FROM STDIN") as sink:
            for row in new:
                sink.write_row(row)
    took = time.perf_counter() - begun
    connection.close()
    return Figures(len(new) / took, len(new), 0, 0, 0)


def rows(account: int, timestamp: str, count: int) -> list[tuple[Any, ...]]:
    now, load = datetime.now(UTC), Load("", [], timestamp=timestamp)
    return [
        (account, f"floor-{load.run}{number}", "track", f"user-{number}")
        + ("Order Completed", load.body(number).decode(), now, now, "", "", False)
        for number in range(count)
    ]


def insert() -> str:
    holders = ", ".join(["?" if is_sqlite() else "%s"] * len(COLUMNS.split(",")))
    return f"INSERT INTO {TABLE} ({COLUMNS}) VALUES ({holders})"  # noqa: S608 - ours


def is_sqlite() -> bool:
    from django.db import connection  # noqa: PLC0415

    return connection.vendor == "sqlite"


def link() -> Any:
    """A connection of the driver's own, which commits each statement."""
    import psycopg  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    if not is_sqlite():
        ours = {"cursor_factory": psycopg.Cursor, "prepare_threshold": 1}
        return psycopg.connect(**connection.get_connection_params() | ours, autocommit=True)
    sqlite3.register_adapter(datetime, lambda moment: moment.isoformat(" "))
    path = connection.settings_dict["NAME"]
    raw = sqlite3.connect(path, timeout=20, isolation_level=None, check_same_thread=False)
    raw.execute("PRAGMA synchronous=FULL")
    return raw
