"""What the files beside the code say is true of the code."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import anymail
import pytest

from promoter.lib import mail_providers

ROOT = Path(__file__).resolve().parent.parent
READERS = {"text", "flag", "number", "words", "required", "choice", "server"}
# Read by `make run` and not by the settings.
OF_MAKE = {"PORT"}


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def tracked() -> list[str]:
    if not (ROOT / ".git").exists():
        pytest.skip("not a clone")
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return [name for name in listed.stdout.split("\0") if (ROOT / name).is_file()]


def settings_variables() -> set[str]:
    """Names that settings.py reads from the environment by way of promoter.lib.env."""
    return {
        node.args[0].value
        for node in ast.walk(ast.parse(read("promoter/settings.py")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in READERS
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "env"
        and isinstance(node.args[0], ast.Constant)
    }


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):", read("Makefile"), re.M))


def test_the_example_environment_lists_every_variable_and_no_other():
    listed = set(re.findall(r"^#? ?([A-Z][A-Z0-9_]+)=", read(".env.example"), re.M))
    compose = set(re.findall(r"\$\{([A-Z][A-Z0-9_]+)", read("compose.yaml")))

    # ENV_FILE says where this very file is.
    elsewhere = OF_MAKE | set(mail_providers.variables())
    assert listed == (settings_variables() - {"ENV_FILE"}) | compose | (listed & elsewhere)


def test_the_guide_lists_every_mail_provider_with_its_variables():
    guide = read("docs/production.md")
    for name, provider in mail_providers.PROVIDERS.items():
        [row] = re.findall(rf"^\| {re.escape(provider.label)} \|.*", guide, re.M)
        assert f"`{name}`" in row
        told = set(re.findall(r"`ANYMAIL_([A-Z_]+)`", row))
        assert told == set(provider.settings), name


def test_the_providers_are_those_of_the_installed_anymail():
    backends = Path(anymail.__file__).parent / "backends"
    found = {file.stem for file in backends.glob("[a-z]*.py")}
    # Not providers: the bases, two for development, and Brevo under its former name.
    others = {"base", "base_requests", "console", "test", "sendinblue"}
    assert set(mail_providers.PROVIDERS) == found - others


def test_settings_read_the_environment_through_one_module():
    assert "os.environ" not in read("promoter/settings.py")


@pytest.mark.parametrize("name", ["README.md", ".ci/run", "Makefile"])
def test_every_make_command_that_is_named_exists(name):
    named = set(re.findall(r"\bmake ([a-z]+(?:-[a-z]+)*)\b", "\n".join(code_of(name))))

    assert named <= make_targets(), named - make_targets()


def code_of(name: str) -> list[str]:
    """The commands in a file: all of it, or what a Markdown file sets as code."""
    text = read(name)
    if not name.endswith(".md"):
        return [line for line in text.splitlines() if not line.startswith("#")]
    blocks = re.findall(r"```[a-z]*\n(.*?)```", text, re.S)
    return [*blocks, *re.findall(r"`([^`\n]+)`", text)]


GUIDES = [
    "README.md",
    *sorted(f"docs/{each.name}" for each in (ROOT / "docs").glob("*.md")),
]


@pytest.mark.parametrize("name", GUIDES)
def test_every_file_that_a_guide_points_at_is_there(name):
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", read(name))
    folder = (ROOT / name).parent

    assert [link for link in links if not (folder / link).exists()] == []


def test_every_module_that_the_architecture_names_is_there():
    named = set(re.findall(r"`([\w/]+(?:\.py|/))`", read("docs/architecture.md")))
    paths = {str(each.relative_to(ROOT)) for each in ROOT.glob("[a-z]*/**/*.py")}

    assert named
    assert [
        name
        for name in named
        if not any(
            f"/{path}".endswith(f"/{name}") or f"/{name}" in f"/{path}" for path in paths
        )
    ] == []


MACHINE = re.compile(
    r"/root/|/home/[a-z]+/|/Users/[A-Za-z]+/|/work/(?:main|shared)"
    r"|index-url|PIP_INDEX|registry\.npmjs|/simple/?(?:\s|\"|$)"
)


def test_no_file_knows_the_machine_it_was_made_on():
    told = set()
    for name in tracked():
        try:
            text = read(name)
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if MACHINE.search(line) and name != "tests/test_repository.py":
                told.add(f"{name}:{number}: {line.strip()[:80]}")

    # uv's option that keeps addresses out of the locks, and the test that looks for them.
    allowed = ("--no-emit-index-url", "--index")
    assert {line for line in told if not any(word in line for word in allowed)} == set()


def test_the_ci_calls_the_developers_doors():
    script = read(".ci/run")

    assert "set -euo pipefail" in script
    assert "make check" in script
    assert "make test" in script
    assert (ROOT / ".ci/run").stat().st_mode & 0o111
