"""Triggers that keep the audit log append-only, whoever writes to the database.

Put up after every migrate instead of by one migration: SQLite drops a table's triggers
when a later migration rebuilds it, and rebuilds no table that another one's trigger names.
A migrate that breaks off leaves SQLite without them until the next one. Who owns the
database can still take them down, or truncate the table.
"""

from __future__ import annotations

from typing import Any

from django.db import connections

LOG = "accounts_auditevent"
ACCOUNTS = "accounts_account"
IS_THERE = f"EXISTS (SELECT 1 FROM {ACCOUNTS} WHERE id = OLD.account_id)"  # noqa: S608
DELETE = f"DELETE FROM {LOG} WHERE account_id = OLD.id;"  # noqa: S608
REFUSE = "BEGIN SELECT RAISE(ABORT, 'The audit log is append-only.'); END"
# Deleting is ignored, not refused: `flush` deletes from all tables in any order, and the
# account's own deletion then takes the log along.
SQLITE = {
    f"{LOG}_fixed": f"BEFORE UPDATE OF %(fixed)s ON {LOG} {REFUSE}",
    f"{LOG}_actor": (
        f"BEFORE UPDATE OF actor_id ON {LOG} WHEN NEW.actor_id IS NOT NULL {REFUSE}"
    ),
    f"{LOG}_kept": (
        f"BEFORE DELETE ON {LOG} WHEN {IS_THERE} BEGIN SELECT RAISE(IGNORE); END"
    ),
    f"{LOG}_goes": f"AFTER DELETE ON {ACCOUNTS} BEGIN {DELETE} END",
}
FUNCTIONS = f"""
CREATE OR REPLACE FUNCTION {LOG}_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' OR {IS_THERE} THEN
    RAISE EXCEPTION 'The audit log is append-only.';
  END IF;
  RETURN OLD;
END $$;
CREATE OR REPLACE FUNCTION {LOG}_go() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  {DELETE}
  RETURN NULL;
END $$;
"""
EACH = f"FOR EACH ROW EXECUTE FUNCTION {LOG}"
POSTGRES = {
    f"{LOG}_fixed": f"BEFORE UPDATE OF %(fixed)s ON {LOG} {EACH}_refuse()",
    f"{LOG}_actor": (
        f"BEFORE UPDATE OF actor_id ON {LOG} FOR EACH ROW "
        f"WHEN (NEW.actor_id IS NOT NULL) EXECUTE FUNCTION {LOG}_refuse()"
    ),
    f"{LOG}_kept": f"BEFORE DELETE ON {LOG} {EACH}_refuse()",
    f"{LOG}_goes": f"AFTER DELETE ON {ACCOUNTS} {EACH}_go()",
}


def put_up(*, using: str, **_: Any) -> None:
    """Receives post_migrate. Those that stand already stay as they are."""
    connection = connections[using]
    is_sqlite = connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        if LOG not in connection.introspection.table_names(cursor):
            return
        if not is_sqlite:
            cursor.execute(FUNCTIONS)
        columns = connection.introspection.get_table_description(cursor, LOG)
        # The actor becomes NULL when the user is deleted.
        fixed = ", ".join(one.name for one in columns if one.name != "actor_id")
        verb = "TRIGGER IF NOT EXISTS" if is_sqlite else "OR REPLACE TRIGGER"
        for name, body in (SQLITE if is_sqlite else POSTGRES).items():
            cursor.execute(f"CREATE {verb} {name} {body % {'fixed': fixed}}")


def take_down(*, using: str, **_: Any) -> None:
    """Receives pre_migrate, so that SQLite can rebuild the two tables."""
    connection = connections[using]
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for name in SQLITE:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
