"""`make check-image`: the Dockerfile's steps without Docker, in a clean folder.

The files that .dockerignore lets in, the packages, the static files, the start and the
health check, each as the Dockerfile has it. Needs a package index, and a minute.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
PORT = "9870"
PATIENCE_SECONDS = 60


def files() -> list[str]:
    """What `COPY . .` copies: .dockerignore names what is let in."""
    rules = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    let_in = []
    for name in filter(None, listed.stdout.split("\0")):
        parts = [name, *(str(parent) for parent in Path(name).parents)]
        is_in = True
        for rule in rules:
            pattern = rule.removeprefix("!").removeprefix("**/")
            if any(fnmatch(part, pattern) for part in parts):
                is_in = rule.startswith("!")
        if is_in:
            let_in.append(name)
    return let_in


def command_of(instruction: str) -> list[str]:
    """The JSON form of CMD, or of the health check's."""
    [found] = re.findall(rf"^{instruction}[^\[\n]*(\[.*\])", DOCKERFILE, re.M)
    command: list[str] = json.loads(found)
    return command


def collecting() -> tuple[dict[str, str], list[str]]:
    """The RUN that collects the static files: its variables and its command."""
    [line] = re.findall(r"^RUN (SECRET_KEY=.*)$", DOCKERFILE, re.M)
    words = shlex.split(line)
    variables = dict(word.split("=", 1) for word in words if re.match(r"[A-Z_]+=", word))
    return variables, [word for word in words if not re.match(r"[A-Z_]+=", word)]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        app, venv, data = (Path(folder) / name for name in ("app", "venv", "data"))
        data.mkdir()
        for name in files():
            (app / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, app / name)
        print(f"{len(files())} files")
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
        lock = app / "requirements" / "providers.txt"
        pip = [venv / "bin/pip", "install", "-qq", "--require-hashes", "-r", lock]
        subprocess.run(pip, check=True, cwd=app)
        print("packages installed")

        path = f"{venv / 'bin'}:{os.environ['PATH']}"
        image = {"PATH": path, "DATA_DIR": str(data), "STATIC_ROOT": str(app / "static")}
        variables, command = collecting()
        subprocess.run(command, cwd=app, env=image | variables, check=True)
        print("static files collected")
        key = {"SECRET_KEY": secrets.token_urlsafe(48), "BEHIND_PROXY": "1"}
        settings = image | variables | key
        migrate = ["python", "manage.py", "migrate", "--noinput", "--verbosity", "0"]
        subprocess.run(migrate, cwd=app, env=settings, check=True)
        print("migrated")
        start_and_probe(app, settings)


def start_and_probe(app: Path, settings: dict[str, str]) -> None:
    start = [PORT if word == "8000" else word for word in command_of("CMD")]
    probe = [word.replace(":8000/", f":{PORT}/") for word in command_of("HEALTHCHECK")]
    web = subprocess.Popen(start, cwd=app, env=settings)
    try:
        until = time.monotonic() + PATIENCE_SECONDS
        while subprocess.run(probe, env=settings, capture_output=True).returncode:
            if time.monotonic() > until:
                raise SystemExit("The health check does not come out well.")
            time.sleep(0.5)
        print("healthy")
    finally:
        web.terminate()
        print(f"stopped with {web.wait(timeout=30)}")


if __name__ == "__main__":
    main()
