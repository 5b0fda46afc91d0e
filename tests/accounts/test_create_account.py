"""`manage.py create_account`: a tenant, its owner and its key in one go."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from promoter.accounts.models import Account, ApiKey, Membership, User
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def create(monkeypatch):
    """Run the command; what it printed."""

    def run(*words: str, password: str = PASSWORD) -> str:
        monkeypatch.setenv("PROMOTER_PASSWORD", password)
        monkeypatch.setattr("sys.stdin", StringIO())
        output = StringIO()
        call_command("create_account", *words, stdout=output)
        return output.getvalue()

    return run


def test_a_new_owner_signs_in_and_the_printed_key_works(create, client):
    printed = create("Acme", "Alice@Example.com", "--time-zone", "Europe/Berlin")

    (key,) = re.findall(r"seg_\w{40}", printed)
    account = ApiKey.objects.matching(key).account
    assert (account.name, account.time_zone) == ("Acme", "Europe/Berlin")
    assert account.memberships.get().role == Membership.Role.OWNER
    assert client.login(username="alice@example.com", password=PASSWORD)


def test_who_signs_in_already_keeps_their_password(create, client, bob):
    create("Second", "bob@example.com", password="")

    assert bob.memberships.count() == 2
    assert client.login(username="bob@example.com", password=PASSWORD)


@pytest.mark.parametrize(
    ("words", "password", "says"),
    [
        (["", "alice@example.com"], PASSWORD, "cannot be blank"),
        (["Acme", "alice"], PASSWORD, "valid email"),
        (["Acme", "alice@example.com"], "12345678", "too common"),
        (["Acme", "alice@example.com", "--time-zone", "Mars"], PASSWORD, "time zone"),
        (["Acme", "alice@example.com"], "", "Set PROMOTER_PASSWORD"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_left(create, words, password, says):
    with pytest.raises(CommandError, match=says):
        create(*words, password=password)

    assert not Account.objects.exists()
    assert not User.objects.exists()


def test_a_database_without_tables_is_said_in_a_sentence(tmp_path):
    run = subprocess.run(
        [sys.executable, "manage.py", "create_account", "Acme", "alice@example.com"],
        cwd=Path(__file__).resolve().parent.parent.parent,
        env={"PATH": os.environ["PATH"], "DEBUG": "1", "DATA_DIR": str(tmp_path)}
        | {"ENV_FILE": os.devnull},
        capture_output=True,
        text=True,
    )

    assert run.returncode == 1
    assert run.stderr.endswith("If it is new, run `manage.py migrate` first.\n")
    assert "Traceback" not in run.stderr
