"""Settings from the environment: each missing or wrong one stops the start, in words."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

# By nobody, not even by root.
UNREADABLE = Path("/proc/self/mem")
ROOT = Path(__file__).resolve().parent.parent
PRODUCTION = {
    "SECRET_KEY": "3kP9vTzqLmXw7RsYb2NcHd5FgJ8aQeUo4WtZ6iVx1pMnBkCyGh",
    "SITE_URL": "https://nps.example.com",
    "EMAIL_URL": "smtp+tls://user:pa%40ss@mail.example.com",
    "DEFAULT_FROM_EMAIL": "Acme <surveys@example.com>",
    "REDIS_URL": "redis://redis.example.com:6379/0",
    "BEHIND_PROXY": "1",
}
# One process reads the settings under every environment: a start of Python costs more
# than all of them together.
PROBE = """
import json, os, runpy, sys
from django.core.exceptions import ImproperlyConfigured
# As on a machine without the packages that only some mail providers need.
sys.modules.update(boto3=None, svix=None)
for line in sys.stdin:
    os.environ.clear()
    os.environ.update(json.loads(line))
    try:
        values = runpy.run_path("promoter/settings.py")
    except ImproperlyConfigured as error:
        answer = {"refusal": str(error)}
    except Exception as error:
        answer = {"crash": repr(error)}
    else:
        answer = {key: value for key, value in values.items() if key.isupper()}
    print(json.dumps(answer, default=str), flush=True)
"""


@pytest.fixture(scope="module")
def probe():
    """The settings under an environment, or why they refuse it."""
    with subprocess.Popen(
        [sys.executable, "-c", PROBE],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:

        def ask(environment: dict[str, str]) -> dict:
            asked = {"ENV_FILE": os.devnull, "DATA_DIR": os.environ["DATA_DIR"]}
            process.stdin.write(json.dumps(asked | environment) + "\n")
            process.stdin.flush()
            answer = json.loads(process.stdout.readline())
            assert "crash" not in answer, answer
            return answer

        yield ask
        process.stdin.close()


def changed(**changes: str | None) -> dict[str, str]:
    """The production environment with these changes; None takes a variable away."""
    return {
        name: value for name, value in (PRODUCTION | changes).items() if value is not None
    }


@pytest.mark.parametrize(
    ("missing", "says"),
    [
        ("SECRET_KEY", "Set it to a long random text"),
        ("SITE_URL", "Set it to the address people open"),
        ("EMAIL_URL", "Set it to your mail server"),
        ("DEFAULT_FROM_EMAIL", "Set it to the address that survey mail comes from"),
        ("REDIS_URL", "Set it to your Redis or Valkey"),
    ],
)
def test_production_does_not_start_without(probe, missing, says):
    refusal = probe(changed(**{missing: None}))["refusal"]

    assert refusal.startswith(f"{missing} is not set. ")
    assert says in refusal
    assert probe(changed(**{missing: "  "}))["refusal"] == refusal


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("SITE_URL", "nps.example.com", "must start with http:// or https://"),
        ("SITE_URL", "ftp://nps.example.com", "must start with http:// or https://"),
        ("EMAIL_PROVIDER", "postmark", "EMAIL_PROVIDER and EMAIL_URL are both set"),
        ("EMAIL_URL", "mail.example.com", "EMAIL_URL must look like"),
        ("EMAIL_URL", "smtp://", "EMAIL_URL must look like"),
        ("EMAIL_URL", "smtp://mail.example.com:port", "EMAIL_URL"),
        ("EMAIL_URL", "smtp://mail.example.com?timeout=soon", "EMAIL_URL"),
        ("DATABASE_URL", "mysql://db/promoter", "DATABASE_URL must start with"),
        ("DATABASE_URL", "promoter.db", "DATABASE_URL must start with"),
        ("DATABASE_URL", "postgresql://db:port/promoter", "DATABASE_URL"),
        ("DEBUG", "perhaps", "set it to true or false"),
        ("BEHIND_PROXY", "2", "set it to true or false"),
        ("SURVEY_FLOOR_HOURS", "a day", "set it to a whole number"),
        ("SEGMENT_DEDUP_DAYS", "-5", "a whole number from 1 to 36500"),
        ("SEGMENT_DEDUP_DAYS", "0", "a whole number from 1 to 36500"),
        ("SURVEY_OPEN_DAYS", "99999999999", "a whole number from 1 to 36500"),
        ("REDIS_URL", "localhost:6379", "REDIS_URL must start with redis://"),
        ("DATABASE_URL", "sqlite://promoter.db", "write four slashes"),
        ("DATABASE_URL", "sqlite:///promoter.db", "write four slashes"),
        ("DATABASE_URL", "postgresql://me:secret@db", "DATABASE_URL names no database"),
        ("DATABASE_URL", "postgresql://me:p#ss@db/x", "In a password write # as %23"),
        ("EMAIL_URL", "smtp://me:p/ss@mail.example.com", "In a password write # as %23"),
        ("SECRET_KEY_FILE", "/nonexistent/secret", "can't be read"),
        ("LOG_LEVEL", "LOUD", "LOG_LEVEL"),
        ("DNS_RESOLVER", "ns.example.com", "set it to an IP address"),
        ("DNS_RESOLVER", "192.0.2.53:port", "set it to an IP address"),
    ],
)
def test_a_wrong_value_is_named_with_what_it_should_be(probe, name, value, says):
    refusal = probe(changed(**{name: value}))["refusal"]

    assert says in refusal
    assert name.removesuffix("_FILE") in refusal


def test_a_person_sees_the_sentence_and_nothing_else():
    run = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env={"ENV_FILE": os.devnull, "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
    )

    assert run.returncode == 1
    assert run.stdout == ""
    assert run.stderr.startswith("SECRET_KEY is not set. ")
    assert run.stderr.count("\n") == 1


def test_production_needs_nothing_else(probe):
    values = probe(PRODUCTION)

    assert "refusal" not in values
    assert values["DEBUG"] is False
    assert values["ALLOWED_HOSTS"] == ["nps.example.com"]
    assert values["DATABASES"]["default"]["ENGINE"] == "django.db.backends.sqlite3"


def test_the_mail_servers_url_is_taken_apart(probe):
    values = probe(PRODUCTION)

    assert values["EMAIL_HOST"] == "mail.example.com"
    assert values["EMAIL_PORT"] == 587
    assert values["EMAIL_HOST_USER"] == "user"
    assert values["EMAIL_HOST_PASSWORD"] == "pa@ss"
    assert values["EMAIL_USE_TLS"] is True
    assert values["EMAIL_TIMEOUT"] == 60


def test_https_makes_every_cookie_and_page_keep_to_it(probe):
    values = probe(PRODUCTION)
    assert values["SESSION_COOKIE_SECURE"] is True
    assert values["CSRF_COOKIE_SECURE"] is True
    assert values["SESSION_COOKIE_NAME"] == "__Host-sessionid"
    assert values["CSRF_COOKIE_NAME"] == "__Host-csrftoken"
    assert values["SECURE_SSL_REDIRECT"] is True
    assert values["SECURE_HSTS_SECONDS"] == 365 * 24 * 3600

    plain = probe(changed(SITE_URL="http://nps.example.com"))
    assert plain["SESSION_COOKIE_SECURE"] is False
    assert "SESSION_COOKIE_NAME" not in plain
    assert plain["SECURE_SSL_REDIRECT"] is False
    assert plain["SECURE_HSTS_SECONDS"] == 0


def test_a_developer_needs_to_set_nothing_but_debug(probe):
    values = probe({"DEBUG": "1"})

    assert "refusal" not in values
    assert values["SECURE_HSTS_SECONDS"] == 0
    assert values["ALLOWED_HOSTS"] == ["127.0.0.1"]


def test_debug_changes_no_rule_of_the_product(probe):
    names = [
        *("SEGMENT_MAX_EVENT_BYTES", "SEGMENT_MAX_BODY_BYTES", "SEGMENT_MAX_BATCH_EVENTS"),
        *("SEGMENT_MAX_EVENT_AGE_HOURS", "SEGMENT_DEDUP_DAYS", "SURVEY_FLOOR_HOURS"),
        *("DELIVERY_LEASE_SECONDS", "CELERY_BEAT_SCHEDULE", "MIDDLEWARE", "SECURE_CSP"),
        *("AUTH_PASSWORD_VALIDATORS", "REST_FRAMEWORK", "TIME_ZONE", "INSTALLED_APPS"),
    ]
    developer, production = probe({"DEBUG": "1"}), probe(PRODUCTION)

    assert {name: developer[name] for name in names} == {
        name: production[name] for name in names
    }


def test_a_secret_may_come_from_a_file(probe, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("from the file\n")

    values = probe(changed(SECRET_KEY=None, SECRET_KEY_FILE=str(secret)))

    assert values["SECRET_KEY"] == "from the file"


def test_an_env_file_fills_what_the_environment_leaves_out(probe, tmp_path):
    file = tmp_path / ".env"
    file.write_text(
        "# a comment\nSITE_URL='https://from-file.example.com'\nSECRET_KEY=file\n"
    )

    values = probe(changed(SITE_URL=None, ENV_FILE=str(file)))

    assert values["SITE_URL"] == "https://from-file.example.com"
    assert values["SECRET_KEY"] == PRODUCTION["SECRET_KEY"]


@pytest.mark.parametrize(
    ("written", "taken"),
    [
        (b"\xef\xbb\xbfLOG_LEVEL=ERROR\r\n", "ERROR"),
        (b"export LOG_LEVEL=ERROR\n", "ERROR"),
        ("LOG_LEVEL=ERROR".encode("utf-16"), "is not UTF-8 text"),
        (b"OIDC_NAME=B\xfcro", "is not UTF-8 text"),
        pytest.param(
            None,
            "can't be read: Input/output error",
            marks=pytest.mark.skipif(not UNREADABLE.exists(), reason="only on Linux"),
        ),
    ],
)
def test_an_env_file_as_editors_and_shells_write_it(probe, tmp_path, written, taken):
    """What can't be read is named."""
    path = tmp_path / ".env" if written is not None else UNREADABLE
    if written is not None:
        path.write_bytes(written)
    answer = probe(PRODUCTION | {"ENV_FILE": str(path)})
    if "refusal" in answer:
        assert answer["refusal"].startswith(str(path))
        assert taken in answer["refusal"]
    else:
        assert answer["LOG_LEVEL"] == taken


def test_postgresql_gives_up_on_a_slow_statement_before_segment_does(probe):
    values = probe(changed(DATABASE_URL="postgresql://promoter:p%40ss@db:5433/promoter"))
    database = values["DATABASES"]["default"]

    assert database["PASSWORD"] == "p@ss"
    assert "lock_timeout=3000" in database["OPTIONS"]["options"]


POSTMARK = {
    "EMAIL_URL": None,
    "EMAIL_PROVIDER": "postmark",
    "ANYMAIL_POSTMARK_SERVER_TOKEN": "server-token",
}


def test_a_mail_provider_needs_its_name_and_its_key(probe):
    values = probe(changed(**POSTMARK, ANYMAIL_MAILGUN_API_KEY="of the one before"))

    assert values["EMAIL_BACKEND"] == "anymail.backends.postmark.EmailBackend"
    anymail = values["ANYMAIL"]
    assert anymail["POSTMARK_SERVER_TOKEN"] == "server-token"
    assert anymail["MAILGUN_API_KEY"] == "of the one before"
    assert anymail["SEND_DEFAULTS"] == {"track_opens": False, "track_clicks": False}
    assert "WEBHOOK_SECRET" not in anymail


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"EMAIL_PROVIDER": "postbark"}, "set it to one of amazon_ses, brevo"),
        ({"EMAIL_PROVIDER": "mailjet"}, "ANYMAIL_MAILJET_API_KEY is not set"),
        (
            {"EMAIL_PROVIDER": "mailjet", "ANYMAIL_MAILJET_API_KEY": "key"},
            "ANYMAIL_MAILJET_SECRET_KEY is not set",
        ),
        ({"ANYMAIL_POSTMARK_SERVER_TOKEN": " "}, "EMAIL_PROVIDER=postmark needs it"),
        ({"ANYMAIL_WEBHOOK_SECRET": "password"}, "with a colon between them"),
        ({"ANYMAIL_WEBHOOK_SECRET": "name:"}, "with a colon between them"),
        ({"EMAIL_PROVIDER": "amazon_ses"}, "needs the Python package boto3"),
        ({"EMAIL_PROVIDER": "amazon_ses"}, "-r requirements/providers.txt`"),
        (
            {"ANYMAIL_RESEND_SIGNING_SECRET": "whsec_of-the-provider-before"},
            "Resend, by ANYMAIL_RESEND_SIGNING_SECRET, needs the Python package svix",
        ),
    ],
)
def test_a_provider_without_what_it_needs_is_told_so(probe, changes, says):
    refusal = probe(changed(**POSTMARK | changes))["refusal"]

    assert says in refusal
    assert "server-token" not in refusal
