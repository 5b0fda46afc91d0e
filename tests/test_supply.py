"""What is installed beside the code: with a reason, tested, and free to be used."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from tests import licences

ROOT = Path(__file__).resolve().parent.parent
PYPROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
PROJECT = tomllib.loads(PYPROJECT)["project"]
DIRECT = [
    text
    for texts in (PROJECT["dependencies"], *PROJECT["optional-dependencies"].values())
    for text in texts
    if not text.startswith("promoter[")
]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


def pins(lock: Path) -> dict[str, set[str]]:
    """The versions of each distribution: several, where platforms need different ones."""
    found: dict[str, set[str]] = {}
    pattern = r"^([a-z0-9][a-z0-9._-]*)(?:\[[^]]*\])?==([^\s;\\]+)"
    for name, pinned in re.findall(pattern, lock.read_text(encoding="utf-8"), re.M):
        found.setdefault(name, set()).add(pinned)
    return found


@pytest.mark.parametrize("text", DIRECT)
def test_the_floor_of_a_dependency_is_what_is_tested(text):
    """An older release would be allowed by pyproject.toml and tried by nobody."""
    wanted = Requirement(text)
    name = wanted.name.lower()
    [floor] = [
        Version(one.version) for one in wanted.specifier if one.operator in (">=", "==")
    ]
    assert {one.operator for one in wanted.specifier} in ({">=", "<"}, {"=="})

    [pinned] = pins(LOCKS[0])[name]
    locked = Version(pinned)
    assert locked in wanted.specifier
    assert locked.release[:2] == (floor.major, floor.minor), "raise the floor to it"
    assert Version(version(name)) >= floor


def test_what_runs_is_a_part_of_what_is_tested():
    dev, providers, run = (pins(lock) for lock in LOCKS)

    assert {name: dev[name] for name in providers} == providers
    assert {name: providers[name] for name in run} == run


def test_what_is_tested_is_what_is_locked():
    wrong = {}
    for name, pinned in pins(LOCKS[0]).items():
        try:
            found = version(name)
        except PackageNotFoundError:
            continue  # for another platform
        if found not in pinned:
            wrong[name] = found

    assert wrong == {}


def test_the_licence_of_everything_that_is_installed_is_one_of_those_we_know():
    told = {name: licences.licence_of(name) for name in licences.locked()}
    wrong = {
        name: licence
        for name, licence in told.items()
        if not licences.terms_of(licence) <= licences.ALLOWED
    }

    assert wrong == {}


def test_the_page_of_licences_is_of_this_lock():
    assert licences.PAGE.read_text(encoding="utf-8") == licences.page(), "make licences"
