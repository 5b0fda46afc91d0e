from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from promoter.accounts.models import Account, User
from promoter.local.files import read_demo, write_demo
from promoter.local.sample.making import make_sample
from promoter.local.seeding import seed_demo


class Command(BaseCommand):
    help = (
        "Makes the demo and the sample account of `make run`; run again, it mends the demo."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        before, now = read_demo(settings.DATA_DIR), timezone.now()
        is_first = not Account.objects.exists()
        # The database first: a key whose text is lost on the way is replaced next time.
        demo = seed_demo(demo=before, now=now)
        if demo != before:
            write_demo(settings.DATA_DIR, demo)
        if is_first:
            # Once: who leaves the sample account has done with it.
            make_sample(owner=User.objects.get(email=demo.email), now=now)
        self.stdout.write(f"Demo account: sign in as {demo.email}.")
