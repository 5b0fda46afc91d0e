from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from promoter.local.files import read_demo, write_demo
from promoter.local.seeding import seed_demo


class Command(BaseCommand):
    help = "Makes the demo account of `make run`; run again, it mends what is missing."

    def handle(self, *args: Any, **options: Any) -> None:
        before = read_demo(settings.DATA_DIR)
        # The database first: a key whose text is lost on the way is replaced next time.
        demo = seed_demo(demo=before, now=timezone.now())
        if demo != before:
            write_demo(settings.DATA_DIR, demo)
        self.stdout.write(f"Demo account: sign in as {demo.email}.")
