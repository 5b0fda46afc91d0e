"""`make run`: everything on this computer, for trying it and for working on it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from promoter.local import programs
from promoter.local.children import Guardian
from promoter.local.files import Refusal, lock, read_demo
from promoter.local.logs import say
from promoter.local.supervisor import Cast, Fatal, Supervisor, port_taken

DIRECTORIES = ("log", "mail", "static", "tmp")


def main() -> int:
    try:
        port = read_port(os.environ.get("PORT") or "8000")
        data_dir = make_data_dir(os.environ.get("DATA_DIR") or "var")
        holding = lock(data_dir)
        if programs.is_taken(port):
            raise Refusal(port_taken(port))
        supervisor = assemble(data_dir, port=port, holding=holding)
    except Refusal as refusal:
        say(str(refusal))
        return 1
    code = 0
    try:
        supervisor.run(lambda: announce(data_dir, port))
    except Fatal as fatal:
        say(str(fatal))
        code = 1
    else:
        say("\nStopping …")
    supervisor.stop()
    return code


def read_port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65_536:
        raise Refusal(f"PORT is {text!r}: set it to a number from 1 to 65535.")
    return int(text)


def make_data_dir(name: str) -> Path:
    """Private to this user: it holds a key, a password and people's mail."""
    os.umask(0o077)
    data_dir = Path(name).resolve()
    try:
        for directory in DIRECTORIES:
            (data_dir / directory).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refusal(
            f"{data_dir} can't be written ({error.strerror}). Name another directory, "
            "for example: DATA_DIR=~/promoter make run"
        ) from None
    return data_dir


def assemble(data_dir: Path, *, port: int, holding: int) -> Supervisor:
    valkey, redis_url = programs.broker(data_dir)
    catcher, smtp_port = programs.mail_catcher(data_dir)
    return Supervisor(
        Cast(
            services=(valkey, catcher),
            preparation=programs.preparation(),
            web=programs.web(port),
            worker=programs.worker(),
            beat=programs.beat(),
        ),
        guardian=Guardian(holding=holding),
        environment=programs.environment(
            data_dir, port=port, redis_url=redis_url, smtp_port=smtp_port
        ),
        log_dir=data_dir / "log",
        port=port,
    )


def announce(data_dir: Path, port: int) -> None:
    demo = read_demo(data_dir)
    address = f"http://{programs.LOOPBACK}:{port}/"
    say(f"Open     {address}")
    say(f"Sign in  {demo.email} / {demo.password}")
    say(f"Mail     {address}mail/")
    say(f"Segment API key  {demo.segment_key}")
    say(f"Ctrl-C stops everything. Logs are in {data_dir / 'log'}.")


if __name__ == "__main__":
    sys.exit(main())
