"""Fill an account with answers, to see how reports bear them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from campaigns.models import Campaign
from promoter.accounts.models import Account
from surveys.seeding.answers import seed_responses


class Command(BaseCommand):
    help = (
        "Add invented contacts, surveys and answers of the last two years to an account, "
        "by the million if need be. They can't be told from real ones by reports."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--count", type=int, required=True, help="How many answers.")
        parser.add_argument("--account", type=int, help="The id; else the only account.")
        parser.add_argument("--seed", type=int, default=1, help="Repeats a run's choices.")
        parser.add_argument("--yes", action="store_true", help="Do it without DEBUG too.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG and not options["yes"]:
            raise CommandError(
                "This is a real installation. Invented answers can't be taken out again; "
                "add --yes if that is meant."
            )
        if options["count"] < 1:
            raise CommandError("--count must be 1 or more.")
        account = self._account(options["account"])
        if not Campaign.objects.filter(account=account).exists():
            raise CommandError(f"{account} has no campaign that could have asked.")
        now = timezone.now()
        seed_responses(
            account=account, count=options["count"], now=now, seed=options["seed"]
        )
        took = (timezone.now() - now).total_seconds()
        self.stdout.write(f"{options['count']:,} answers for {account} in {took:.0f} s.")

    def _account(self, pk: int | None) -> Account:
        if pk is not None:
            account = Account.objects.filter(pk=pk).first()
            if account is None:
                raise CommandError(f"There is no account {pk}.")
            return account
        accounts = list(Account.objects.all()[:2])
        if len(accounts) != 1:
            raise CommandError("Say which account: --account ID.")
        return accounts[0]
