"""A client's process on one side, granian on the test's database on the other."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator

import pytest

from tests.clients.installing import CLIENTS, Client, install
from tests.clients.line import Line
from tests.harness.web import WebServer
from tests.harness.worker import environment

# The slowest honest end: the back-off of a client after a lost answer.
PATIENCE_SECONDS = 60


@pytest.fixture(params=CLIENTS, ids=str)
def client(request: pytest.FixtureRequest) -> Client:
    """Each client in turn; one that can't be installed is skipped by name."""
    found: Client = request.param
    problem = install(found)
    if problem:
        pytest.skip(problem)
    return found


@pytest.fixture(scope="session")
def _granian(
    django_db_setup: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[WebServer]:
    # No broker: the doorbell's ring is lost, and the test processes the inbox itself.
    nobody = environment(redis_url="redis://127.0.0.1:1/0", email_url="smtp://127.0.0.1:1")
    server = WebServer(tmp_path_factory.mktemp("granian") / "log", nobody)
    yield server
    server.process.kill()


@pytest.fixture
def line(transactional_db: None, _granian: WebServer) -> Iterator[Line]:
    """Where a client calls; behind it is the server."""
    line = Line(_granian.port)
    yield line
    line.hang_up()


@pytest.fixture
def send(client: Client, line: Line) -> Callable[[str], None]:
    """Run the client's program with a key until it ends."""

    def run(key: str) -> None:
        host = {"KEY": key, "HOST": f"http://127.0.0.1:{line.port}"}
        subprocess.run(
            client.command(),
            env=client.environment() | host,
            check=True,
            timeout=PATIENCE_SECONDS,
        )

    return run
