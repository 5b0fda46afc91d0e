"""A statement that PostgreSQL has planned goes on answering."""

from __future__ import annotations

import pytest
from django.db import connection

from promoter.lib.prepared import ask_prepared

pytestmark = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite plans each time"
)
ASK = "SELECT word FROM promoter_test_words WHERE word = %s"


@pytest.mark.django_db(transaction=True)
def test_it_is_planned_anew_when_a_migration_has_changed_a_column():
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE promoter_test_words (word varchar(10))")
        cursor.execute("INSERT INTO promoter_test_words VALUES ('one')")
    try:
        assert ask_prepared(ASK, ["one"]) == [("one",)]

        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE promoter_test_words ALTER word TYPE varchar(20)")

        assert ask_prepared(ASK, ["one"]) == [("one",)]
        assert ask_prepared(ASK, ["two"]) == []
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE promoter_test_words")
