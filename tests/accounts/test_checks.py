"""Configuration that starts but would fail or harm later is said at the start."""

from __future__ import annotations

import pytest

from promoter.accounts.checks import check_configuration

STRONG = "3kP9vTzqLmXw7RsYb2NcHd5FgJ8aQeUo"
GOOD = {
    "DEBUG": False,
    "SECRET_KEY": STRONG,
    "SECRET_KEY_FALLBACKS": [],
    "ADDRESS_KEY": STRONG,
    "SITE_URL": "https://nps.example.com",
    "ALLOWED_HOSTS": ["nps.example.com"],
    "SECURE_SSL_REDIRECT": True,
    "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https"),
    "DEFAULT_FROM_EMAIL": "Acme <surveys@example.com>",
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
    "EMAIL_HOST": "mail.example.com",
    "EMAIL_HOST_PASSWORD": "secret",
    "EMAIL_USE_TLS": True,
    "EMAIL_USE_SSL": False,
}


@pytest.fixture
def found(settings):
    """The ids of what the checks say to the good configuration with these changes."""

    def run(**changes: object) -> list[str]:
        for name, value in (GOOD | changes).items():
            setattr(settings, name, value)
        return [message.id for message in check_configuration()]

    return run


def test_a_good_configuration_passes_without_a_word(found):
    assert found() == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"SECRET_KEY": "short"}, "promoter.E001"),
        ({"SECRET_KEY": "abab" * 20}, "promoter.E001"),
        ({"SECRET_KEY_FALLBACKS": ["older"]}, "promoter.E002"),
        ({"SITE_URL": "https://nps.example.com/promoter"}, "promoter.E003"),
        ({"ALLOWED_HOSTS": ["www.example.com"]}, "promoter.E004"),
        ({"SITE_URL": "http://nps.example.com"}, "promoter.W001"),
        ({"ALLOWED_HOSTS": ["*"]}, "promoter.W002"),
        ({"SECURE_PROXY_SSL_HEADER": None}, "promoter.W003"),
        ({"DEFAULT_FROM_EMAIL": "surveys"}, "promoter.E005"),
        ({"DEFAULT_FROM_EMAIL": "surveys@localhost"}, "promoter.E005"),
        (
            {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"},
            "promoter.W004",
        ),
        ({"EMAIL_USE_TLS": False}, "promoter.W005"),
    ],
)
def test_what_is_weak_or_wrong_is_named(found, changes, expected):
    assert found(**changes) == [expected]


@pytest.mark.parametrize(
    "changes",
    [
        {"SECRET_KEY_FALLBACKS": ["older"], "ADDRESS_KEY": "older"},
        {"ALLOWED_HOSTS": [".example.com"]},
        {"SITE_URL": "http://127.0.0.1:8000", "ALLOWED_HOSTS": ["127.0.0.1"]},
        {"SITE_URL": "http://localhost:8000", "ALLOWED_HOSTS": ["localhost"]},
        {"EMAIL_USE_TLS": False, "EMAIL_USE_SSL": True},
        {"EMAIL_USE_TLS": False, "EMAIL_HOST": "127.0.0.1"},
        {"EMAIL_USE_TLS": False, "EMAIL_HOST_PASSWORD": ""},
        {"SECURE_SSL_REDIRECT": False, "SECURE_PROXY_SSL_HEADER": None},
    ],
)
def test_what_is_fine_is_left_alone(found, changes):
    assert found(**changes) == []


def test_a_developers_configuration_is_their_own(found):
    assert found(DEBUG=True, SECRET_KEY="x", SITE_URL="http://example.com/x") == []


def test_every_message_says_what_to_do(settings):
    settings.DEBUG = False
    settings.SECRET_KEY = settings.ADDRESS_KEY = "x"
    settings.SITE_URL = "http://example.com/x"
    settings.ALLOWED_HOSTS = []
    settings.DEFAULT_FROM_EMAIL = "x"

    messages = check_configuration()

    assert len(messages) >= 5
    assert all(message.hint for message in messages)
