"""Segment's own clients, each installed once into a folder of its own in DATA_DIR.

A client is what a customer gets from the package index at this version, with whatever
it depends on today; that is why it is not locked.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
INSTALL_SECONDS = 180


@dataclass(frozen=True)
class Client:
    """A package at a version, and the program that uses it as its manual says."""

    package: str
    version: str
    program: str
    module: str = ""

    def __str__(self) -> str:
        return f"{self.package} {self.version}"

    @property
    def home(self) -> Path:
        name = self.package.strip("@").replace("/", "-")
        data = Path(os.environ["DATA_DIR"]).resolve()
        return data / "clients" / f"{name}-{self.version}"

    @property
    def is_node(self) -> bool:
        return self.program.endswith(".cjs")

    def command(self) -> list[str]:
        if self.is_node:
            return ["node", str(HERE / self.program)]
        return [str(self.home / "bin" / "python"), str(HERE / self.program), self.module]

    def environment(self) -> dict[str, str]:
        """Enough to start; nothing of ours, which the client's process must not see."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        return kept | {"NODE_PATH": str(self.home / "node_modules")}


CLIENTS = [
    Client("segment-analytics-python", "2.3.4", "send.py", "segment.analytics"),
    Client("segment-analytics-python", "2.4.0", "send.py", "segment.analytics"),
    Client("analytics-python", "1.4.post1", "send.py", "analytics"),
    Client("@segment/analytics-node", "2.3.0", "send_node.cjs"),
    Client("@segment/analytics-node", "3.1.0", "send_node.cjs"),
    Client("analytics-node", "6.2.0", "send_legacy_node.cjs"),
]


@functools.cache
def install(client: Client) -> str:
    """Unless it is there already. A sentence when it can't be had here, "" otherwise."""
    done = client.home / "installed"
    if done.exists():
        return ""
    shutil.rmtree(client.home, ignore_errors=True)
    client.home.mkdir(parents=True)
    problem = _npm(client) if client.is_node else _pip(client)
    if problem:
        return f"{client} can't be installed here: {problem}"
    done.touch()
    return ""


def _pip(client: Client) -> str:
    quick = ["--quiet", "--no-input", "--retries=1", "--timeout=15"]
    wanted = f"{client.package}=={client.version}"
    python = str(client.home / "bin" / "python")
    return _run([sys.executable, "-m", "venv", "."], client.home) or _run(
        [python, "-m", "pip", "install", *quick, wanted], client.home
    )


def _npm(client: Client) -> str:
    package = {"private": True, "dependencies": {client.package: client.version}}
    (client.home / "package.json").write_text(json.dumps(package))
    quick = ["--fetch-retries=1", "--fetch-timeout=15000", "--loglevel=error"]
    safe = ["--no-audit", "--no-fund", "--ignore-scripts"]
    return _run(["npm", "install", *quick, *safe], client.home) or _run(
        ["node", "--version"], client.home
    )


def _run(command: list[str], folder: Path) -> str:
    """Why it failed, in the words of the program; "" when it didn't."""
    try:
        run = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=INSTALL_SECONDS
        )
    except FileNotFoundError:
        return f"there is no {command[0]}."
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if not run.returncode:
        return ""
    # pip ends with the reason, npm begins with it.
    lines = (run.stderr or run.stdout).strip().splitlines() or ["no reason given"]
    return lines[0 if command[0] == "npm" else -1]
