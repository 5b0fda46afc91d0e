"""Prove that the sums which reports are read from hold, or make them anew."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from promoter.accounts.models import Account
from surveys.daily_sums.comparing import days_that_differ
from surveys.daily_sums.rolling_up import roll_up, start_anew
from surveys.rollups import Rollup


class Command(BaseCommand):
    help = "Compare the daily sums with the answers themselves; --rebuild sums up anew."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--account", type=int, help="The id of one account; else all.")
        parser.add_argument(
            "--rebuild", action="store_true", help="Drop the sums and sum up anew."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        accounts = Account.objects.order_by("pk")
        if options["account"] is not None:
            accounts = accounts.filter(pk=options["account"])
            if not accounts:
                raise CommandError(f"There is no account {options['account']}.")
        wrong = 0
        for account in accounts:
            if options["rebuild"]:
                start_anew(account=account)
                while roll_up(account=account, now=timezone.now()):
                    pass
            for rollup in Rollup.objects.filter(account=account):
                days = days_that_differ(rollup=rollup)
                wrong += len(days)
                name = f"{account}: {rollup.key or 'all answers'}"
                listed = ", ".join(str(day) for day in days[:10])
                words = f"differ on {len(days)} days: {listed}" if days else "agree"
                self.stdout.write(f"{name}, through {rollup.through}: {words}")
        if wrong:
            raise CommandError("Some sums do not hold. Mend them with --rebuild.")
