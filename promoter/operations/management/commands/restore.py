"""`manage.py restore FILE`: what `manage.py backup` has kept, in its place again."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from promoter.operations.archives import Unusable
from promoter.operations.management.commands.backup import database_file
from promoter.operations.restoring import is_in_use, restore


class Command(BaseCommand):
    help = (
        "Put a backup in the place of the SQLite database. Stop web, workers and beat "
        "first. What was there is kept beside it."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--replace", action="store_true", help="though the database here is in use"
        )
        parser.add_argument(
            "--moved",
            action="store_true",
            help="all was stopped before the backup was made, so no mail has left since: "
            "send what is due. Otherwise that mail waits for a person's word.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        database, now = database_file(), timezone.now()
        if is_in_use(database) and not options["replace"]:
            raise CommandError(
                _(
                    "The database at %s is in use: nothing was restored. With --replace "
                    "it is put aside first."
                )
                % database
            )
        connection.close()
        try:
            aside = restore(
                file=options["file"].absolute(),
                database=database,
                data_dir=Path(settings.DATA_DIR),
                now=now,
            )
        except Unusable as error:
            raise CommandError(_("Nothing was restored. %s") % error) from None
        except OSError as error:
            raise CommandError(_("It came to no end: %s. Try again.") % error) from None
        for path in aside:
            self.stdout.write(_("What was there is now %s.") % path)
        call_command("migrate", interactive=False, verbosity=0)
        if not options["moved"]:
            call_command("hold_due_mail", stdout=self.stdout)
        self.stdout.write(_("Restored. Start web, workers and beat."))
