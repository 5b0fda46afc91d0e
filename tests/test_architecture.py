"""The rules of the house that a linter does not know, read off the source itself."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models
from packaging.requirements import Requirement
from packaging.version import Version

from promoter.celery import app as celery

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("promoter", "contacts", "campaigns", "surveys", "segment_ingest")
MAX_MODULE_LINES = 300
MAX_TEST_MODULE_LINES = 800
MAX_FUNCTION_LINES = 40
# One page lists every setting, on purpose.
LONG_ON_PURPOSE = {"promoter/settings.py"}
# They say nothing of what is in them, and so everything ends up there.
EMPTY_NAMES = {"services", "utils", "util", "helpers", "managers", "misc", "common"}
# The edges, where the world comes in; everything else is told what time it is.
MAY_READ_THE_CLOCK = re.compile(
    r"(^|[/_])(views|front_door|admin|tasks|management)(/|\.py$)|^promoter/(local|operations/health)"
)
CLOCKS = {
    ("timezone", "now"),
    ("timezone", "localdate"),
    ("timezone", "localtime"),
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("time", "time"),
}

Function = ast.FunctionDef | ast.AsyncFunctionDef


@pytest.fixture(scope="module")
def sources() -> list[tuple[str, ast.Module]]:
    """Our modules but migrations: the path from the root, and the tree."""
    return [
        (str(path.relative_to(ROOT)), ast.parse(path.read_text()))
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        if "migrations" not in path.parts
    ]


def functions(tree: ast.Module) -> Iterator[Function]:
    for node in ast.walk(tree):
        if isinstance(node, Function):
            yield node


def body_lines(function: Function) -> int:
    """Lines of the body; its docstring is free."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 0


def own_models() -> list[type[models.Model]]:
    return [
        model for model in apps.get_models() if model.__module__.split(".")[0] in PACKAGES
    ]


def test_a_module_is_read_in_one_sitting():
    limits = dict.fromkeys(PACKAGES, MAX_MODULE_LINES) | {"tests": MAX_TEST_MODULE_LINES}
    long = {
        name: lines
        for package, limit in limits.items()
        for path in (ROOT / package).rglob("*.py")
        if (name := str(path.relative_to(ROOT))) not in LONG_ON_PURPOSE
        and "migrations" not in path.parts
        and (lines := len(path.read_text().splitlines())) > limit
    }

    assert long == {}


def test_a_function_fits_on_a_screen(sources):
    long = {
        f"{path}:{function.name}": lines
        for path, tree in sources
        for function in functions(tree)
        if (lines := body_lines(function)) > MAX_FUNCTION_LINES
    }

    assert long == {}


def test_no_import_hides_in_a_function(sources):
    hidden = {
        f"{path}:{node.lineno}"
        for path, tree in sources
        for function in functions(tree)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }

    assert hidden == set()


def test_every_module_is_named_for_what_it_does(sources):
    empty = [
        path for path, _ in sources if EMPTY_NAMES & set(Path(path).with_suffix("").parts)
    ]

    assert empty == []


def test_every_model_says_what_a_row_means():
    # Django writes a docstring of its own, `Name(field, ...)`, where there is none.
    silent = [
        model.__name__
        for model in own_models()
        if not model.__doc__ or model.__doc__.startswith(f"{model.__name__}(")
    ]

    assert silent == []


def test_every_index_and_constraint_has_a_name_of_ours():
    for model in own_models():
        options = model._meta
        assert not options.unique_together, model
        names = [row.name for row in (*options.indexes, *options.constraints)]
        made_up = [
            name for name in names if re.search(r"_[0-9a-f]{6}_idx$|_[0-9a-f]{8}", name)
        ]
        assert made_up == [], model


def test_only_the_edges_read_the_clock(sources):
    readers = {
        f"{path}:{line}"
        for path, tree in sources
        if not MAY_READ_THE_CLOCK.search(path)
        for line in clock_reads(tree)
    }

    assert readers == set()


def clock_reads(node: ast.AST) -> Iterator[int]:
    """Lines that read the clock; a function that takes a request is a view and may."""
    if isinstance(node, Function) and "request" in {arg.arg for arg in node.args.args}:
        return
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and (node.func.value.id, node.func.attr) in CLOCKS
    ):
        yield node.lineno
    for child in ast.iter_child_nodes(node):
        yield from clock_reads(child)


@pytest.mark.parametrize("name", sorted(settings.CELERY_BEAT_SCHEDULE))
def test_periodic_work_names_a_task_that_exists(name):
    entry = settings.CELERY_BEAT_SCHEDULE[name]
    import_module(entry["task"].rpartition(".")[0])

    assert entry["task"] in celery.tasks
    # A stopped worker must not meet a pile of old ticks.
    assert entry["options"]["expires"] <= entry["schedule"]


def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_every_dependency_gives_its_reason():
    without = []
    optional = project()["optional-dependencies"]
    wanted = [
        *project()["dependencies"],
        *optional["run"],
        *optional["providers"],
        *optional["dev"],
    ]
    lines = [line.strip() for line in (ROOT / "pyproject.toml").read_text().splitlines()]
    for requirement in wanted:
        if requirement.startswith("promoter["):
            continue
        above = lines[lines.index(f'"{requirement}",') - 1]
        if not above.startswith("# "):
            without.append(requirement)

    assert without == []


def locked(name: str) -> dict[str, Version]:
    text = (ROOT / "requirements" / name).read_text()
    return {
        match[1].lower(): Version(match[2])
        for match in re.finditer(
            r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ \\;]+)", text, re.M
        )
    }


@pytest.mark.parametrize(
    ("name", "extras"),
    [
        ("run.txt", ["run"]),
        ("providers.txt", ["run", "providers"]),
        ("dev.txt", ["run", "providers", "dev"]),
    ],
)
def test_the_locks_satisfy_the_ranges(name, extras):
    versions = locked(name)
    optional = project()["optional-dependencies"]
    ranges = project()["dependencies"] + [
        row for extra in extras for row in optional[extra]
    ]

    for requirement in map(Requirement, ranges):
        if requirement.name == "promoter":
            continue
        version = versions[requirement.name.lower()]
        assert requirement.specifier.contains(version), requirement


@pytest.mark.parametrize("name", ["run.txt", "providers.txt", "dev.txt"])
def test_the_locks_pin_by_hash_and_name_no_index(name):
    text = (ROOT / "requirements" / name).read_text()

    assert "://" not in text
    assert "--index" not in text
    packages = re.findall(r"^[A-Za-z0-9._-]+(?:\[[^]]*\])?==.*$", text, re.M)
    assert packages
    assert all(line.endswith("\\") for line in packages), "a package without a hash"


def test_no_lock_expands_a_small_body_to_a_large_one():
    # Below 3.18.2 a body of 105 bytes in a hostile charset takes 60 MB.
    assert locked("run.txt")["djangorestframework"] >= Version("3.18.2")
