"""`manage.py backup FILE`: the whole installation on SQLite in one file."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from promoter.operations import archives


class Command(BaseCommand):
    help = (
        "Copy the SQLite database, uploads and exports into one checked file, while "
        "everything runs. With PostgreSQL use pg_dump: docs/operations.md."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="such as backup-2026-11-25.tar.gz")

    def handle(self, *args: Any, **options: Any) -> None:
        database = database_file()
        if not database.is_file():
            raise CommandError(_("There is no database at %s.") % database)
        try:
            size = archives.make(
                database=database,
                data_dir=Path(settings.DATA_DIR),
                file=options["file"].absolute(),
                now=timezone.now(),
            )
        except (archives.Unusable, OSError) as error:
            raise CommandError(_("No backup was made. %s") % error) from None
        self.stdout.write(
            _("%(file)s holds everything as of now: %(size)s MB, checked.")
            % {"file": options["file"], "size": f"{size / 1e6:.1f}"}
        )
        if not (Path(settings.DATA_DIR) / archives.SECRET).is_file():
            self.stdout.write(
                _("Keep SECRET_KEY and ADDRESS_KEY too: they stand in your settings.")
            )


def database_file() -> Path:
    """Where SQLite's database lies. Raises CommandError for PostgreSQL."""
    if connection.vendor != "sqlite":
        raise CommandError(
            _(
                "This installation is on PostgreSQL: use pg_dump and pg_restore, as "
                "docs/operations.md says."
            )
        )
    return Path(connection.settings_dict["NAME"]).absolute()
