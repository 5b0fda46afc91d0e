"""`manage.py migrate` on tables that take longer than any page may."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models.signals import pre_migrate

pytestmark = pytest.mark.django_db


def limit() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        return str(cursor.fetchone()[0])


def test_it_has_all_the_time_it_needs_and_what_comes_after_has_not():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite limits no statement")
    seen = []

    def look(**_: object) -> None:
        seen.append(limit())

    pre_migrate.connect(look)
    try:
        call_command("migrate", verbosity=0)
    finally:
        pre_migrate.disconnect(look)

    assert set(seen) == {"0"}
    assert limit() == "15s"
