"""docs/security.md is true: its tests exist, its limits are the code's."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from allauth.account import app_settings as allauth_settings
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from campaigns import logo_reading
from campaigns.models import MAX_HOLD_HOURS
from contacts.import_jobs import RESULT_KEPT
from contacts.importing import uploads as import_uploads
from promoter.accounts.models import Account
from surveys.exports.jobs import KEPT as EXPORT_KEPT
from surveys.pruning import VISITS_KEPT
from surveys.responding import MAX_COMMENT_LENGTH

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
PACKAGES = ("promoter", "contacts", "campaigns", "segment_ingest", "surveys")
# Level 1 of ASVS 5.0, chapter by chapter; V16 and V17 have no item of that level.
LEVEL_1 = set(
    re.findall(
        r"\S+",
        """
1.2.1 1.2.2 1.2.3 1.2.4 1.2.5 1.3.1 1.3.2 1.5.1 2.1.1 2.2.1 2.2.2 2.3.1
3.2.1 3.2.2 3.3.1 3.4.1 3.4.2 3.5.1 3.5.2 3.5.3 4.1.1 4.4.1 5.2.1 5.2.2 5.3.1 5.3.2
6.1.1 6.2.1 6.2.2 6.2.3 6.2.4 6.2.5 6.2.6 6.2.7 6.2.8 6.3.1 6.4.1 6.4.2
7.2.1 7.2.2 7.2.3 7.2.4 7.4.1 7.4.2 8.1.1 8.2.1 8.2.2 8.3.1 9.1.1 9.1.2 9.1.3 9.2.1
10.4.1 10.4.2 10.4.3 10.4.4 10.4.5 11.3.1 11.3.2 11.4.1 12.1.1 12.2.1 12.2.2
13.4.1 14.2.1 14.3.1 15.1.1 15.2.1 15.3.1
""",
    )
)
# Names that run a text, or read one as more than data.
DANGEROUS = {"eval", "exec", "__import__", "system", "popen", "md5", "sha1"}
DANGEROUS_MODULES = {"pickle", "marshal", "shelve", "xml", "lxml", "yaml"}
# SHA-1 is what Segment signs its webhooks with; the rest makes such calls to try it out.
MAY_NAME_SHA1 = {"segment_ingest/signatures.py", "segment_ingest/proving/hostile.py"}
MAY_MARK_SAFE = {"promoter/lib/templatetags/ui.py", "segment_ingest/snippets.py"}
MAY_WRITE_SQL = {
    "promoter/accounts/audit_guard.py",
    "promoter/lib/compiled.py",
    "promoter/lib/many_rows.py",
    "promoter/lib/prepared.py",
    "promoter/lib/scratch.py",
    "promoter/lib/sqlite_cache.py",
    "promoter/lib/sqlite_file.py",
    "promoter/lib/sqlite_log.py",
    "promoter/operations/archives.py",
    "promoter/operations/examining.py",
    "promoter/operations/health.py",
    "promoter/operations/management/commands/migrate.py",
    "promoter/operations/restoring.py",
    "segment_ingest/inbox_rows.py",
    "segment_ingest/proving/database.py",
    "segment_ingest/proving/dump.py",
    "segment_ingest/proving/kept_state.py",
    "segment_ingest/proving/killed_tasks.py",
    "surveys/sending/round_rows.py",
    "surveys/seeding/sql.py",
    "surveys/seeding/unindexed.py",
}


@pytest.fixture(scope="module")
def modules() -> list[tuple[str, ast.Module]]:
    return [
        (str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8")))
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        if "migrations" not in path.parts
    ]


def names_called(tree: ast.Module) -> set[str]:
    called = {
        node.func.id if isinstance(node.func, ast.Name) else node.func.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, (ast.Name, ast.Attribute))
    }
    return called | {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in {"md5", "sha1"}
    }


def names_imported(tree: ast.Module) -> set[str]:
    return {
        name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in [
            *(alias.name for alias in node.names),
            getattr(node, "module", "") or "",
        ]
    }


def test_every_test_that_the_page_names_exists():
    named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", PAGE)
    assert len(named) > 60

    missing = {
        (file, test)
        for file, test in named
        if not (ROOT / file).exists()
        or not re.search(rf"^ *def {test}\(", (ROOT / file).read_text(), re.M)
    }
    assert missing == set()


def test_every_item_of_level_1_has_its_line():
    items = re.findall(r"^\| (\d+\.\d+\.\d+)(?: – (\d+\.\d+\.\d+))? \|", PAGE, re.M)
    told = {item for pair in items for item in pair if item}
    if ("10.4.1", "10.4.5") in items:
        told |= {"10.4.2", "10.4.3", "10.4.4"}

    assert told == LEVEL_1


def test_nothing_reads_a_text_as_code(modules):
    wrong = {
        (name, word)
        for name, tree in modules
        for word in (names_called(tree) & DANGEROUS)
        | (names_imported(tree) & DANGEROUS_MODULES)
        if not (word == "sha1" and name in MAY_NAME_SHA1)
    }
    assert wrong == set()

    safe = {name for name, tree in modules if "mark_safe" in names_called(tree)}
    assert safe == MAY_MARK_SAFE
    for template in (ROOT / "templates").rglob("*.html"):
        text = template.read_text(encoding="utf-8")
        assert not re.search(r"\|\s*safe\b|autoescape\s+off", text), template
    for script in (ROOT / "promoter" / "static").glob("*.js"):
        text = script.read_text(encoding="utf-8")
        found = re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", text
        )
        assert found is None, script


def test_sql_is_written_by_hand_in_few_modules_and_never_from_texts(modules):
    """Elsewhere the ORM gives each value as a parameter; ruff's S608 and S611 look at
    how those that are listed build theirs."""
    by_hand = {
        name
        for name, tree in modules
        if names_called(tree) & {"execute", "executemany", "raw", "extra", "RawSQL"}
    }
    assert by_hand == MAY_WRITE_SQL


def limits() -> dict[str, str]:
    rows = re.findall(r"^\| ([^|]+) \| ([^|]*) \| ([^|]*) \|", PAGE, re.M)
    return {name: f"{first}|{second}" for name, first, second in rows}


def test_the_limits_that_the_guide_names_are_those_of_the_settings():
    told = limits()
    kilobytes = settings.SEGMENT_MAX_EVENT_BYTES // 1024
    assert told["an event of Segment's"].startswith(f"{kilobytes} KB")
    body, events = (
        settings.SEGMENT_MAX_BODY_BYTES // 1024,
        settings.SEGMENT_MAX_BATCH_EVENTS,
    )
    assert told["a call with events"].startswith(f"{body} KB, {events:,} events")
    body = settings.SEGMENT_MAX_WEBHOOK_BYTES // 1024**2
    events = settings.SEGMENT_MAX_WEBHOOK_EVENTS
    assert told["a call of Segment's Webhooks"].startswith(f"{body} MB, {events:,} events")
    quota = Account._meta.get_field("daily_event_limit").default
    assert told["events of an account in a day"].startswith(f"{quota:,}")
    file, logo = (
        settings.FILE_UPLOAD_MAX_BYTES // 1024**2,
        logo_reading.MAX_BYTES // 1024**2,
    )
    pixels = logo_reading.MAX_PIXELS // 10**6
    assert told["an uploaded file"].startswith(
        f"{file} MB; a logo {logo} MB and {pixels} million pixels"
    )
    assert told["rows of an import"].startswith(f"{import_uploads.MAX_ROWS:,}")
    assert told["a comment"].startswith(f"{MAX_COMMENT_LENGTH:,}")

    tries = allauth_settings.RATE_LIMITS
    assert (tries["login"], told["signing in"]) == ("30/m/ip", "30 a minute|–")
    assert tries["login_failed"] == "10/m/ip,5/300s/key"
    assert told["a wrong password"] == "10 a minute|5 in 5 minutes"
    assert tries["reset_password"] == "20/m/ip,5/m/key"
    assert told["asking for a new password"] == "20 a minute|5 a minute"
    assert (tries["signup"], told["signing up"]) == ("20/m/ip", "20 a minute|–")
    assert settings.SESSION_COOKIE_AGE == 30 * 24 * 3600


def test_the_times_that_the_guide_names_are_those_of_the_settings():
    kept = PAGE.partition("## How long things are kept")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| .* \| (\d+) days \| `(\w+)` \|$", kept, re.M)
    assert len(rows) == 4
    assert {name: int(days) for days, name in rows} == {
        name: getattr(settings, name) for _, name in rows
    }
    told = limits()
    assert told["events held for a late identify"].startswith(f"{MAX_HOLD_HOURS} hours")
    assert told["who opened which link"].startswith(f"{VISITS_KEPT.days} day")
    assert told["files of imports and exports"].startswith(f"{RESULT_KEPT.days} days")
    assert RESULT_KEPT == EXPORT_KEPT


def test_the_guide_says_how_soon_a_hole_in_a_package_is_mended():
    packages = PAGE.partition("## Packages")[2].partition("##")[0]

    assert "within 7 days" in packages
    assert "within 30" in packages


@pytest.mark.parametrize("good", ["aaaa bbbb", "ÄÖÜ☃ pass", "zwölf boxkämpfer", "x" * 128])
def test_only_length_and_being_common_count_against_a_password(good):
    validate_password(good)
    for bad in ("seven77", "password1", "12345678", "qwertyuiop"):
        with pytest.raises(ValidationError):
            validate_password(bad)
