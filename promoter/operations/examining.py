"""Looks at the installation from its own machine: settings, database, broker, disk, files.

What it finds is a sentence and, where something is to be done, what that is.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.storage import (
    ManifestStaticFilesStorage,
    staticfiles_storage,
)
from django.core import checks
from django.db import connection
from django.utils.translation import gettext as _

from promoter.operations.broker import connected, fault_of_broker
from promoter.operations.health import CHECKS

Level = Literal["fine", "look", "wrong"]
# Leases and claims compare the clocks of several machines.
CLOCKS_APART = timedelta(seconds=5)
SCARCE_BYTES, LAST_BYTES = 1_000_000_000, 100_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """`wrong`: something doesn't work; `look`: it works, and somebody should look."""

    about: str
    level: Level
    what: str
    advice: str = ""


def of_settings() -> Iterator[Finding]:
    """What Django's checks and ours say of them."""
    about = _("Settings")
    if settings.DEBUG:
        yield Finding(
            about,
            "look",
            _("DEBUG is on: errors show their insides in the browser."),
            _("On a public address, unset DEBUG."),
        )
        return
    found = checks.run_checks(include_deployment_checks=True)
    heard = [each for each in found if not each.is_silenced()]
    for each in heard:
        level: Level = "wrong" if each.is_serious() else "look"
        yield Finding(about, level, str(each.msg), str(each.hint or ""))
    if not heard:
        yield Finding(
            about, "fine", _("All are set, for %(site)s.") % {"site": settings.SITE_URL}
        )


def of_database(*, now: datetime) -> Iterator[Finding]:
    """Whether it answers, is new enough, of our version, and of our time."""
    about = _("Database")
    for name in ("database", "migrations"):
        reason = CHECKS[name]()
        if reason:
            what, _dot, advice = reason.partition(". ")
            yield Finding(about, "wrong", f"{what}.", advice)
            return
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT sqlite_version()")
            what = _("SQLite %(version)s, in %(place)s.") % {
                "version": cursor.fetchone()[0],
                "place": connection.settings_dict["NAME"],
            }
            yield Finding(about, "fine", what)
            return
        cursor.execute("SELECT current_setting('server_version'), clock_timestamp()")
        version, theirs = cursor.fetchone()
    yield Finding(about, "fine", _("PostgreSQL %(version)s.") % {"version": version})
    apart = abs(now - theirs)
    if apart > CLOCKS_APART:
        yield Finding(
            _("Clock"),
            "wrong",
            _("This machine’s clock and the database’s are %(seconds)s s apart.")
            % {"seconds": int(apart.total_seconds())},
            _("Have both set their clocks by NTP: leases and due times lean on them."),
        )


def of_broker() -> Iterator[Finding]:
    """Whether it answers, and keeps what it is given."""
    about = _("Broker")
    fault = fault_of_broker()
    if fault is not None:
        what, advice = fault
        yield Finding(about, "wrong", _(what), _(advice))
        return
    with connected() as broker:
        server, memory = broker.info("server"), broker.info("memory")
    policy = memory.get("maxmemory_policy", "noeviction")
    if memory.get("maxmemory") and policy.startswith("allkeys"):
        yield Finding(
            about,
            "look",
            _("When its memory is full it drops what it likes (%(policy)s).")
            % {"policy": policy},
            _(
                "Set maxmemory-policy to noeviction, or give Promoter a broker of its own: "
                "nothing is lost, but work waits for seconds instead of none."
            ),
        )
        return
    version = server.get("valkey_version") or server.get("redis_version", "?")
    yield Finding(about, "fine", _("Version %(version)s answers.") % {"version": version})


def of_disk() -> Iterator[Finding]:
    """Whether DATA_DIR can be written, and for how long."""
    about, place = _("Disk"), Path(settings.DATA_DIR)
    try:
        place.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=place) as probe:
            probe.write(b"x")
    except OSError as error:
        yield Finding(
            about,
            "wrong",
            _("DATA_DIR %(place)s can’t be written: %(error)s.")
            % {"place": place, "error": error.strerror},
            _("Make it, and give it to the user that Promoter runs as."),
        )
        return
    free = shutil.disk_usage(place).free
    level: Level = (
        "wrong" if free < LAST_BYTES else "look" if free < SCARCE_BYTES else "fine"
    )
    yield Finding(
        about,
        level,
        _("%(free)s GB are free for DATA_DIR %(place)s.")
        % {"free": f"{free / 1e9:.1f}", "place": place},
        "" if level == "fine" else _("Make room: imports, exports and SQLite need it."),
    )


def of_static_files() -> Iterator[Finding]:
    """Whether those of this program were collected."""
    about = _("Static files")
    if not isinstance(staticfiles_storage, ManifestStaticFilesStorage):
        yield Finding(about, "fine", _("Served from where they lie, as DEBUG is on."))
        return
    known = staticfiles_storage.hashed_files
    missing = sum(
        path not in known for finder in get_finders() for path, _storage in finder.list([])
    )
    if missing:
        yield Finding(
            about,
            "wrong",
            _("%(n)s files of this program are not in STATIC_ROOT %(place)s.")
            % {"n": missing, "place": settings.STATIC_ROOT},
            _("Pages that need one fail. Run `manage.py collectstatic`, restart the web."),
        )
        return
    yield Finding(about, "fine", _("%(n)s files are collected.") % {"n": len(known)})
