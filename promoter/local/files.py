"""What `make run` keeps in DATA_DIR, and who may read it: nobody else."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

DEMO_EMAIL = "demo@example.com"
LOCK_WAIT_SECONDS = 5.0


class Refusal(Exception):
    """`make run` can't start; the text says why and what to do."""


@dataclass(frozen=True)
class Demo:
    """The demo account's sign-in and Segment key, as they are printed at every start.

    The database has only digests of both. `password_hash` is what the database held when
    the password was set: another value there means that the person changed it.
    """

    email: str = DEMO_EMAIL
    password: str = field(default_factory=lambda: secrets.token_urlsafe(9))
    segment_key: str = ""
    password_hash: str = ""


def read_demo(data_dir: Path) -> Demo:
    """What was kept, or fresh credentials when nothing (readable) was."""
    try:
        return Demo(**json.loads((data_dir / "demo.json").read_bytes()))
    except (FileNotFoundError, ValueError, TypeError):
        return Demo()


def write_demo(data_dir: Path, demo: Demo) -> None:
    write_private(data_dir / "demo.json", json.dumps(asdict(demo), indent=2) + "\n")


def secret_key(data_dir: Path) -> str:
    """The same at every start: links in caught mail depend on it."""
    path = data_dir / "secret_key"
    if not path.exists():
        write_private(path, secrets.token_urlsafe(48) + "\n")
    return path.read_text().strip()


def write_private(path: Path, text: str) -> None:
    """Mode 0600 from the first byte on; a crash leaves the old file or the new one."""
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    part.replace(path)


def lock(data_dir: Path) -> int:
    """Take the directory for this process; the answer is the lock's descriptor.

    Who inherits the descriptor holds the lock too. A holder whose supervisor is dead is
    only cleaning up, so that one is waited for. Raises Refusal when another one runs.
    """
    descriptor = os.open(data_dir / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + LOCK_WAIT_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 32, 0).decode().strip()
            if not _alive(holder) and time.monotonic() < deadline:
                time.sleep(0.05)
                continue
            os.close(descriptor)
            raise Refusal(
                f"Promoter runs already in {data_dir} (process {holder}): stop that one, "
                "or give this one a directory and a port of its own, "
                "for example DATA_DIR=var2 PORT=8001 make run."
            ) from None
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        return descriptor


def _alive(pid: str) -> bool:
    if not pid.isdigit():
        return False
    with contextlib.suppress(PermissionError):
        try:
            os.kill(int(pid), 0)
        except ProcessLookupError:
            return False
    return True
