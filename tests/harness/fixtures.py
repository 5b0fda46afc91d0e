"""Real neighbours for tests: a broker, a mail server, a Celery worker.

Each starts at its first use and serves the whole session; what it holds is dropped
before every test. All die with the test process.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from surveys.sending.transport import close_kept_connection
from tests.harness.dns_server import DnsServer
from tests.harness.smtp_sink import SinkProcess, SmtpSink
from tests.harness.valkey import Valkey, broker
from tests.harness.worker import Worker, environment


@pytest.fixture(scope="session")
def _logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("neighbours")


@pytest.fixture(scope="session")
def _valkey_server(_logs: Path) -> Iterator[Valkey]:
    server = Valkey(_logs / "valkey.log")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def _smtp_server() -> Iterator[SmtpSink]:
    server = SmtpSink()
    yield server
    server.close()


@pytest.fixture
def valkey(_valkey_server: Valkey) -> Iterator[Valkey]:
    """An empty broker that our Celery application talks to; nobody consumes."""
    _valkey_server.flush()
    with broker(_valkey_server.url()):
        yield _valkey_server


@pytest.fixture
def smtp_sink(_smtp_server: SmtpSink, settings) -> Iterator[SmtpSink]:
    """A mail server that took nothing yet; the test's mail goes to it."""
    _smtp_server.reset()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = _smtp_server.port
    settings.EMAIL_TIMEOUT = 20
    yield _smtp_server
    # A task called in this process keeps its connection for the next run.
    close_kept_connection()
    _smtp_server.reset()


@pytest.fixture
def smtp_process(tmp_path: Path) -> Iterator[SinkProcess]:
    """A counting mail server as a process of its own."""
    server = SinkProcess(tmp_path)
    yield server
    server.process.kill()


@pytest.fixture(scope="session")
def _shared_worker(
    django_db_setup: None, _valkey_server: Valkey, _smtp_server: SmtpSink, _logs: Path
) -> Iterator[Worker]:
    redis_url = _valkey_server.url(1)
    with broker(redis_url):
        worker = Worker(
            name="shared",
            environment=environment(redis_url=redis_url, email_url=_smtp_server.url),
            log=_logs / "worker.log",
        )
    yield worker
    worker.process.kill()


@pytest.fixture
def celery_worker(
    transactional_db: None,
    _shared_worker: Worker,
    _valkey_server: Valkey,
    smtp_sink: SmtpSink,
) -> Iterator[Worker]:
    """A Celery worker on the test's database; its mail goes to `smtp_sink`.

    It runs in a process of its own: it sees what is committed, and of settings only
    what stands in the environment.
    """
    _valkey_server.flush()
    with broker(_valkey_server.url(1)):
        yield _shared_worker
        _valkey_server.flush()
        for _ in range(50):
            if not _shared_worker.busy():
                break


@pytest.fixture
def name_server(settings) -> Iterator[DnsServer]:
    """The name server that we ask; mail comes from acme.example by its mail server."""
    server = DnsServer()
    settings.DNS_RESOLVER = server.address
    settings.DEFAULT_FROM_EMAIL = "Acme <surveys@Acme.example>"
    settings.EMAIL_HOST = "mail.acme.example"
    yield server
    server.close()
