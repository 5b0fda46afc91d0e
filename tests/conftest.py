"""Three people (alice owns, bob helps, charlie is a stranger) and what they work with."""

from __future__ import annotations

import gc
from datetime import UTC, datetime
from hashlib import md5

import hypothesis
import pytest
from django.conf import settings as django_settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.test import Client, override_settings
from django.utils import translation
from whitenoise.middleware import WhiteNoiseMiddleware

from campaigns.models import Campaign, EmailTemplate
from contacts.models import ContactList
from promoter.accounts.models import Account, ApiKey, Membership, User
from promoter.celery import app
from tests.harness.migrated import begin_migrated

pytest_plugins = ["tests.harness.fixtures"]

# A deadline in milliseconds says how busy the machine is, not whether a rule holds. The
# suite tries the same examples every time; `make test-thorough` looks for new ones.
hypothesis.settings.register_profile(
    "suite", deadline=None, derandomize=True, max_examples=20
)
hypothesis.settings.register_profile(
    "thorough", deadline=None, derandomize=False, max_examples=500
)
hypothesis.settings.load_profile("suite")

# Kombu knocks for four seconds where nobody listens; here once says as much.
app.conf.broker_transport_options |= {"max_retries": 0}

PASSWORD = "correct horse battery"
# Files with long tests, the longest first: begun last, one would keep a single processor
# busy (or waiting for the processes that it starts) when all others have ended.
LONG = (
    "tests/surveys/test_proving.py",
    "tests/local/test_run.py",
    "tests/surveys/test_tasks.py",
    "tests/segment_ingest/test_proving.py",
    "tests/segment_ingest/test_hostile_bodies.py",
    "tests/test_admin.py",
    "tests/test_i18n.py",
    "tests/surveys/test_rolling_up.py",
    "tests/test_pages.py",
    "tests/segment_ingest/test_killed_replay.py",
    "tests/surveys/test_delivery.py",
    "tests/surveys/test_results.py",
    "tests/surveys/test_killed_enrolment.py",
    "tests/segment_ingest/proving/test_erase.py",
    "tests/segment_ingest/proving/test_fuzz.py",
    "tests/segment_ingest/proving/test_secrets.py",
    "tests/operations/test_stopping.py",
    "tests/contacts/test_killed_import.py",
)
DATABASE_FIXTURES = frozenset({"db", "transactional_db", "django_db_setup"})
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if connection.vendor != "sqlite":
        shown = [item for item in items if _is_the_same_on_either(item)]
        items[:] = [item for item in items if not _is_the_same_on_either(item)]
        config.hook.pytest_deselected(items=shown)
    items.sort(key=_rank)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Nothing is left to run where all was shown on SQLite's turn."""
    nothing = exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED
    if nothing and connection.vendor != "sqlite":
        session.exitstatus = pytest.ExitCode.OK


def pytest_collection_finish() -> None:
    """What was imported and collected stays: nobody need look there for garbage."""
    gc.collect()
    gc.freeze()


def _rank(item: pytest.Item) -> int:
    path = item.nodeid.partition("::")[0]
    return LONG.index(path) if path in LONG else len(LONG)


def _is_the_same_on_either(item: pytest.Item) -> bool:
    """Shown on SQLite's turn, and left out of the other: a skip costs as much as a test."""
    return bool(item.get_closest_marker("either_database")) or not _needs_database(item)


def _needs_database(item: pytest.Item) -> bool:
    """Whether it asks for the configured database, or says itself on which it runs."""
    said = item.get_closest_marker("django_db") or item.get_closest_marker("skipif")
    return bool(said) or not DATABASE_FIXTURES.isdisjoint(getattr(item, "fixturenames", ()))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix, django_db_blocker
) -> None:
    """pytest-django's place for what must be known before it makes the database."""
    with django_db_blocker.unblock():
        begin_migrated()


@pytest.fixture(scope="session", autouse=True)
def _static_files_are_looked_for_once():
    """Each test's client makes the middleware anew, which then reads about every file."""
    look, found = WhiteNoiseMiddleware.add_files_from_finders, {}

    def look_once(self: WhiteNoiseMiddleware) -> None:
        if not found:
            look(self)
            found.update(self.files)
        self.files.update(found)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", look_once)
        yield


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def summed_up_by_seasons(monkeypatch) -> None:
    """Daily sums of years are made 90 days at once instead of 7: few rows, few steps."""
    for module in ("rolling_up", "comparing"):
        monkeypatch.setattr(f"surveys.daily_sums.{module}.DAYS_AT_ONCE", 90)


@pytest.fixture
def account(db) -> Account:
    """Alice's and Bob's account."""
    return Account.objects.create(name="Acme", postal_address="1 Acme Road, Springfield")


@pytest.fixture
def other_account(db) -> Account:
    """Charlie's account."""
    return Account.objects.create(name="Strangers Ltd")


def _person(name: str, account: Account, role: str) -> User:
    user = User(email=f"{name}@example.com", name=name.title())
    # One cheap round instead of a million: the suite signs in hundreds of times.
    # A salt long enough: a short one would be renewed at the first sign-in.
    salt = "salt" * 6
    user.password = f"md5${salt}${_md5(salt + PASSWORD)}"
    user.save()
    Membership.objects.create(account=account, user=user, role=role)
    return user


def _md5(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()


@pytest.fixture(scope="session", autouse=True)
def _cheap_passwords():
    with override_settings(
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]
    ):
        yield


@pytest.fixture(autouse=True)
def _no_language_is_left_on():
    """The last page's stays on in its thread; a mail of the next test would be in it."""
    yield
    translation.deactivate()


@pytest.fixture
def alice(account) -> User:
    """Owner of the account."""
    return _person("alice", account, Membership.Role.OWNER)


@pytest.fixture
def bob(account) -> User:
    """Editor in Alice's account."""
    return _person("bob", account, Membership.Role.EDITOR)


@pytest.fixture
def charlie(other_account) -> User:
    """Owner of another account: must see nothing of Alice's."""
    return _person("charlie", other_account, Membership.Role.OWNER)


def _signed_in(user: User) -> Client:
    """As `force_login`, with a third of its queries: the suite does this 2,000 times."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = django_settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    client = Client()
    client.cookies[django_settings.SESSION_COOKIE_NAME] = session.session_key
    return client


@pytest.fixture
def alice_client(alice) -> Client:
    return _signed_in(alice)


@pytest.fixture
def charlie_client(charlie) -> Client:
    return _signed_in(charlie)


@pytest.fixture
def segment_key(account, now) -> str:
    """The text of a usable key of Alice's account."""
    return ApiKey.objects.issue(account=account, name="Segment", now=now)[1]


@pytest.fixture
def template(account) -> EmailTemplate:
    return EmailTemplate.objects.create(
        account=account,
        name="Default",
        subject="How did we do?",
        brand="Acme",
        from_name="Acme",
        intro='Hi {{ contact.first_name|default:"there" }}, thank you for your order.',
        thank_you="Thank you. Every answer is read by a person.",
    )


@pytest.fixture
def campaign(account, template, now) -> Campaign:
    """A ready campaign that listens to `Order Completed` and sends at once."""
    return Campaign.objects.create(
        account=account,
        name="After an order",
        status=Campaign.Status.READY,
        event_name="Order Completed",
        email_template=template,
        contact_list=ContactList.objects.create(account=account, name="Segment List"),
        activated_at=now,
    )
