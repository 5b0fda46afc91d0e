"""`manage.py hold_due_mail`: for a database that was set back to an earlier day."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import ngettext

from surveys.sending.doubting import doubt_what_may_have_left


class Command(BaseCommand):
    help = (
        "Have people decide on the survey mail that is due: after an older database was "
        "brought back it may have left already. Run it before the workers start."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        held = doubt_what_may_have_left(now=timezone.now())
        text = ngettext(
            "%(n)s survey mail may have left already: it is uncertain, and its account’s "
            "people decide.",
            "%(n)s survey mails may have left already: they are uncertain, and their "
            "accounts’ people decide.",
            held,
        )
        self.stdout.write(text % {"n": held})
