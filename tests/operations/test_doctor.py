"""manage.py doctor says what is wrong with an installation, and what to do."""

from __future__ import annotations

import json
from collections import namedtuple
from datetime import timedelta
from io import StringIO

import pytest
import redis
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from promoter.operations import examining
from promoter.operations.models import Worker
from tests.harness.valkey import broker

SPF = "v=spf1 a:mail.acme.example ~all"
DMARC = "v=DMARC1; p=none; rua=mailto:postmaster@acme.example"


@pytest.fixture
def well(at_work, valkey, smtp_sink, name_server, settings, tmp_path):
    """An installation with nothing to complain about but that its settings are a test's."""
    settings.DEBUG = True
    settings.EMAIL_HOST = "127.0.0.1"
    settings.DATA_DIR = tmp_path
    name_server.texts = {
        "acme.example": [SPF],
        "_dmarc.acme.example": [DMARC],
        "default._domainkey.acme.example": ["v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3"],
    }


def examine() -> tuple[int, dict[str, list[tuple[str, str]]]]:
    """The exit code, and about what -> what is said."""
    out = StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("doctor", "--json", stdout=out)
    assert "%(" not in out.getvalue()
    told: dict[str, list[tuple[str, str]]] = {}
    for each in json.loads(out.getvalue())["findings"]:
        told.setdefault(each["about"], []).append((each["level"], each["what"]))
    return end.value.code, told


def test_an_installation_that_is_well(well):
    code, told = examine()

    assert code == 0
    levels = {about: [level for level, _ in lines] for about, lines in told.items()}
    assert levels.pop("Settings") == ["look"]
    assert set(levels) >= {"Database", "Broker", "Disk", "Static files", "Mail", "Work"}
    assert {level for each in levels.values() for level in each} == {"fine"}, told

    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("doctor", stdout=out, no_color=True)
    assert "fine   Mail: The mail server 127.0.0.1 lets us in." in out.getvalue()
    assert out.getvalue().endswith("0 things are wrong, 1 to look at.\n")


def test_what_is_wrong_is_said_with_what_to_do(well, settings, monkeypatch, tmp_path):
    settings.EMAIL_PORT = 1
    (tmp_path / "file").write_text("")
    settings.DATA_DIR = tmp_path / "file"
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {
            "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage",
            "OPTIONS": {"location": tmp_path},
        }
    }
    Worker.objects.update(seen_at=timezone.now() - timedelta(hours=1))
    with broker("redis://127.0.0.1:1/0"):
        code, told = examine()

    assert code == 1
    for about, words in {
        "Broker": "The broker does not answer: mail waits",
        "Mail": "did not let us in: ConnectionRefusedError",
        "Disk": "can’t be written",
        "Static files": "files of this program are not in STATIC_ROOT",
        "Work": "No worker is at work (last seen 3600 s ago): events wait",
    }.items():
        assert told[about][0][0] == "wrong"
        assert words in told[about][0][1]


def test_production_settings_are_judged_and_an_old_database_is_told(well, settings):
    settings.DEBUG = False
    settings.SECRET_KEY = "guess"
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'surveys'")
    code, told = examine()

    assert code == 1
    assert ("wrong", "SECRET_KEY can be guessed.") in told["Settings"]
    assert told["Database"] == [("wrong", "The database is older than the program.")]
    assert "Work" not in told


def test_a_full_disk_a_forgetful_broker_and_a_silent_dns_are_to_be_looked_at(
    well, settings, valkey, name_server, monkeypatch
):
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(examining.shutil, "disk_usage", lambda _: usage(5 * 10**8))
    name_server.texts = {"acme.example": [SPF]}
    with redis.Redis(port=valkey.port) as operator:
        operator.config_set("maxmemory", "1gb")
        operator.config_set("maxmemory-policy", "allkeys-lru")
        try:
            code, told = examine()
        finally:
            operator.config_set("maxmemory-policy", "noeviction")
            operator.config_set("maxmemory", "0")

    assert code == 0
    assert told["Disk"][0][0] == told["Broker"][0][0] == "look"
    assert "(allkeys-lru)" in told["Broker"][0][1]
    for record in ("DKIM", "DMARC"):
        assert "missing or wrong" in told[f"{record} acme.example"][0][1]


def test_a_clock_that_is_off_is_told(db):
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has no clock of its own")
    late = timezone.now() - timedelta(minutes=3)
    told = [(each.about, each.level) for each in examining.of_database(now=late)]
    assert told == [("Database", "fine"), ("Clock", "wrong")]
