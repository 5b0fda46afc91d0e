"""The programs of `make run`, and the environment they run in."""

from __future__ import annotations

import os
import re
import secrets
import socket
import sys
from pathlib import Path
from urllib.parse import quote

from promoter.lib.valkey import valkey_program
from promoter.local.children import Program
from promoter.local.files import Refusal, secret_key, write_private

ROOT = Path(__file__).resolve().parents[2]
LOOPBACK = "127.0.0.1"
# Of the shell's variables only what a program needs to run, and the product's numbers: a
# DATABASE_URL that another project left there must not be migrated and seeded.
KEPT = {"HOME", "LANG", "LOGNAME", "PATH", "TERM", "TZ", "USER"}
KEPT |= {"LOG_LEVEL", "PYTHONPYCACHEPREFIX", "SIGN_UP_OPEN"}
KEPT_PREFIXES = ("LC_", "SEGMENT_", "SURVEY_", "DELIVERY_", "WEBHOOK_")
# No scanner sees a mail that stays here, and who tries the product is quick, or a script.
OURS = {"SURVEY_FASTEST_ANSWER_SECONDS": "0"}


def environment(
    data_dir: Path, *, port: int, redis_url: str, smtp_port: int
) -> dict[str, str]:
    """What the children see; a .env is about a real installation and is not read."""
    kept = OURS | {
        name: value
        for name, value in os.environ.items()
        if name in KEPT or name.startswith(KEPT_PREFIXES)
    }
    return kept | {
        "ENV_FILE": os.devnull,
        # No DEBUG: who tries the product sees its own pages; tracebacks are in the log.
        "DATA_DIR": str(data_dir),
        "DATABASE_URL": f"sqlite:///{quote(str(data_dir / 'promoter.sqlite3'))}",
        "REDIS_URL": redis_url,
        "EMAIL_URL": f"smtp://{LOOPBACK}:{smtp_port}",
        "DEFAULT_FROM_EMAIL": "surveys@localhost.test",
        "MAIL_CATCHER_DIR": str(data_dir / "mail"),
        "SITE_URL": f"http://{LOOPBACK}:{port}",
        "ALLOWED_HOSTS": f"{LOOPBACK},localhost",
        "CSRF_TRUSTED_ORIGINS": f"http://{LOOPBACK}:{port},http://localhost:{port}",
        "SECRET_KEY": secret_key(data_dir),
        "DJANGO_SETTINGS_MODULE": "promoter.settings",
        "PYTHONUNBUFFERED": "1",
        "TMPDIR": str(data_dir / "tmp"),
    }


def broker(data_dir: Path) -> tuple[Program, str]:
    """Valkey without a disk, as the database remembers; and its REDIS_URL."""
    binary = valkey_program()
    if binary is None:
        raise Refusal("Valkey is missing for this kind of computer: `make run` needs it.")
    port, password = free_port(), secrets.token_urlsafe(16)
    place = data_dir / "valkey"
    place.mkdir(exist_ok=True)
    lines = (
        f"bind {LOOPBACK}",
        f"port {port}",
        f"requirepass {password}",
        'save ""',
        "appendonly no",
    )
    write_private(place / "valkey.conf", "\n".join(lines) + "\n")
    program = Program("valkey", (str(binary), "valkey.conf"), cwd=place)
    return program, f"redis://:{password}@{LOOPBACK}:{port}/0"


def mail_catcher(data_dir: Path) -> tuple[Program, int]:
    """The SMTP server behind the Mail page, and its port.

    The socket is ours and stays open: a restarted catcher answers at the same port.
    """
    listening = socket.create_server((LOOPBACK, 0))
    descriptor = listening.detach()
    os.set_inheritable(descriptor, True)
    script = str(Path(__file__).with_name("catcher.py"))
    mail = str(data_dir / "mail")
    return Program(
        "mail",
        (sys.executable, "-P", script, str(descriptor), mail),
        descriptors=(descriptor,),
    ), port_of(descriptor)


def port_of(descriptor: int) -> int:
    with socket.socket(fileno=os.dup(descriptor)) as listening:
        return int(listening.getsockname()[1])


def preparation() -> Program:
    return Program("prepare", (sys.executable, "-m", "promoter.local.prepare"), cwd=ROOT)


def web(port: int) -> Program:
    return Program(
        "web",
        (
            *(sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws"),
            *("--host", LOOPBACK, "--port", str(port)),
            *("--workers", "1", "--blocking-threads", "16"),
            *("--workers-kill-timeout", "2", "--log-level", "warning"),
            "promoter.wsgi:application",
        ),
        cwd=ROOT,
    )


# Django's checks of every model and page: 0.5 s a process, and for developers' eyes.
CELERY = (sys.executable, "-m", "celery", "-A", "promoter", "--skip-checks")


def worker() -> Program:
    """Threads: the work is waiting for the database and the mail server."""
    return Program(
        "worker",
        (
            *(*CELERY, "worker", "--loglevel", "INFO"),
            *("--pool", "threads", "--concurrency", "4"),
            # One worker has nobody to greet; the greeting costs a second at the start.
            *("--without-gossip", "--without-mingle", "--without-heartbeat"),
        ),
        ready=re.compile(rb" ready\.\s*$"),
        cwd=ROOT,
    )


def beat() -> Program:
    return Program("beat", (*CELERY, "beat", "--loglevel", "INFO"), cwd=ROOT)


def free_port() -> int:
    with socket.create_server((LOOPBACK, 0)) as probe:
        return int(probe.getsockname()[1])


def is_taken(port: int) -> bool:
    try:
        with socket.create_server((LOOPBACK, port)):
            return False
    except OSError:
        return True
