"""SQLite's file, written anew."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine
from django.db import connection

from contacts.models import Contact
from promoter.accounts.models import Account
from promoter.lib import sqlite_file
from segment_ingest.tasks import rewrite_database


@pytest.mark.django_db(transaction=True)
@pytest.mark.either_database
def test_of_what_was_deleted_no_byte_is_left_in_the_file(account: Account):
    chance = random.Random(1)
    marks = [f"zq{chance.getrandbits(48):012x}" for _ in range(600)]
    Contact.objects.bulk_create(
        Contact(account=account, user_id=mark, last_name="x" * chance.randint(1, 90))
        for mark in marks
    )
    # Rows that grow and shrink move from page to page.
    for mark in chance.choices(marks, k=1200):
        attributes = {"words": mark + "y" * chance.randint(1, 900)}
        Contact.objects.filter(user_id=mark).update(attributes=attributes)
    gone = chance.sample(marks, 400)
    Contact.objects.filter(user_id__in=gone).delete()

    assert sqlite_file.rewrite()

    path = Path(connection.settings_dict["NAME"])
    for file in (path, Path(f"{path}-wal")):
        content = file.read_bytes() if file.is_file() else b""
        assert [mark for mark in gone if mark.encode() in content] == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.either_database
def test_a_large_file_is_left_to_a_person(monkeypatch):
    monkeypatch.setattr(sqlite_file, "LARGEST_BYTES", 10)
    assert not sqlite_file.rewrite()


@pytest.mark.django_db(transaction=True)
@pytest.mark.either_database
@pytest.mark.parametrize(("hour", "is_rewritten"), [(2, False), (3, True), (4, False)])
def test_it_is_written_anew_in_one_hour_of_the_night(account: Account, hour, is_rewritten):
    Contact.objects.bulk_create(
        Contact(account=account, user_id=f"{n}", last_name="x" * 90) for n in range(200)
    )
    Contact.objects.all().delete()
    with time_machine.travel(datetime(2026, 11, 25, hour, 30, tzinfo=UTC), tick=False):
        rewrite_database()
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA freelist_count")
        assert (cursor.fetchone()[0] == 0) is is_rewritten
