"""A kept connection to PostgreSQL is found dead without asking it while it lives."""

from __future__ import annotations

from contextlib import closing

import pytest
from django.db import connection

from tests.harness.processes import wait_until

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor == "sqlite", reason="asked on PostgreSQL's turn"),
]


def test_a_live_connection_is_not_asked_and_one_that_the_server_ended_is_seen():
    with closing(connection.copy()) as kept, connection.cursor() as watch:
        with kept.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid() AS mine")
            [pid] = cursor.fetchone()

        assert kept.is_usable()
        watch.execute("SELECT query FROM pg_stat_activity WHERE pid = %s", [pid])
        assert watch.fetchone() == ("SELECT pg_backend_pid() AS mine",)

        watch.execute("SELECT pg_terminate_backend(%s)", [pid])
        wait_until(lambda: not kept.is_usable())
        kept.close_if_unusable_or_obsolete()
        with kept.cursor() as cursor:
            cursor.execute("SELECT 1")
