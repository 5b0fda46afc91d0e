"""`manage.py create_account "Acme" alice@example.com`: a tenant, its owner, its key."""

from __future__ import annotations

import getpass
import sys
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, ProgrammingError, transaction
from django.utils import timezone

from promoter.accounts.addresses import confirm_address
from promoter.accounts.models import Account, ApiKey, User
from promoter.accounts.opening import open_account
from promoter.lib import env


class Command(BaseCommand):
    help = (
        "Create an account with its owner and a Segment API key, which is printed once. "
        "A new owner's password is asked for, or taken from PROMOTER_PASSWORD; an owner "
        "who signs in already keeps theirs."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="Name of the account")
        parser.add_argument("email", help="Email with which the owner signs in")
        parser.add_argument(
            "--time-zone", default="UTC", help="such as Europe/Berlin (default: UTC)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._create(options)
        except (OperationalError, ProgrammingError) as error:
            # Also of one that is away, as its own words tell.
            raise CommandError(
                f"The database says: {error}. If it is new, run `manage.py migrate` first."
            ) from None

    def _create(self, options: dict[str, Any]) -> None:
        account = Account(name=options["name"].strip(), time_zone=options["time_zone"])
        email = options["email"].strip().lower()
        owner = User.objects.filter(email=email).first()
        try:
            account.full_clean()
            owner_or_new = owner or self._new_owner(email)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        now = timezone.now()
        with transaction.atomic():
            if owner is None:
                owner_or_new.save()
                confirm_address(owner_or_new)
            open_account(account=account, owner=owner_or_new, now=now)
            _, key = ApiKey.objects.issue(account=account, name="Segment", now=now)
        self.stdout.write(f"Account          {account.name}")
        self.stdout.write(f"Owner            {email}")
        self.stdout.write(f"Segment API key  {key}")
        self.stdout.write("Copy the key now: it can't be shown again.")

    def _new_owner(self, email: str) -> User:
        """Not saved yet. Raises ValidationError for a bad email or a weak password."""
        owner = User(email=email)
        owner.full_clean(exclude=["password"])
        password = env.text("PROMOTER_PASSWORD")
        if not password:
            if not sys.stdin.isatty():
                raise CommandError(
                    f"{email} is new. Set PROMOTER_PASSWORD to their password, or run "
                    "this in a terminal to be asked."
                )
            password = getpass.getpass(f"Password for {email}: ")
        validate_password(password, owner)
        owner.set_password(password)
        return owner
