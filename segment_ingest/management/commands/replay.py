"""`manage.py replay`: count whom stored events would ask, and ask them with `--send`."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from campaigns.models import Campaign
from segment_ingest.models import Replay
from segment_ingest.replay.replaying import Refused, run, start
from segment_ingest.replay.words import count_lines


class Command(BaseCommand):
    help = (
        "Take a campaign's stored events through it once more. Counts how many surveys "
        "that would send and sends none, unless --send is given."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--campaign", type=int, required=True, metavar="ID")
        parser.add_argument("--since", required=True, help="2026-11-01 or 2026-11-01T09:00")
        parser.add_argument("--until", help="now, unless given; times are the account's")
        parser.add_argument("--send", action="store_true", help="send what was counted")

    def handle(self, *args: Any, **options: Any) -> None:
        campaign = (
            Campaign.objects.select_related("account")
            .filter(pk=options["campaign"])
            .first()
        )
        if campaign is None:
            raise CommandError(f"There is no campaign {options['campaign']}.")
        zone = ZoneInfo(campaign.account.time_zone)
        try:
            replay = start(
                campaign=campaign,
                since=_moment(options["since"], zone),
                until=_moment(options["until"], zone) if options["until"] else None,
                created_by=None,
                now=timezone.now(),
            )
        except Refused as refusal:
            raise CommandError(str(refusal)) from None
        replay = self._work(replay)
        self._print(replay)
        if not options["send"]:
            self.stdout.write("Counted only; --send sends.")
            return
        if not campaign.is_live:
            raise CommandError("Nothing is sent: the campaign is not live.")
        now = timezone.now()
        if not replay.may_send(now=now) or not replay.send(now=now):
            raise CommandError("Nothing is sent: there is nothing to send.")
        replay = self._work(replay)
        self.stdout.write(f"{replay.surveys} surveys are scheduled.")

    def _work(self, replay: Replay) -> Replay:
        claimed = Replay.objects.filter(pk=replay.pk).claim(now=timezone.now())
        if claimed is None:
            raise CommandError(
                f"Another replay of the account is running, or a worker has taken this "
                f"one: see /segment/replay/{replay.pk}/."
            )
        run(replay=claimed, clock=timezone.now, until=None)
        replay.refresh_from_db()
        if replay.status != Replay.Status.DONE:
            raise CommandError(replay.error or "It was stopped.")
        return replay

    def _print(self, replay: Replay) -> None:
        self.stdout.write(f"{replay.campaign.name} ({replay.event_name})")
        for line in count_lines(replay.counts):
            self.stdout.write(f"{line.count:>9,}  {line.words}")
        self.stdout.write(f"{replay.seen:>9,}  events")


def _moment(text: str, zone: ZoneInfo) -> datetime:
    try:
        found = parse_datetime(text) if len(text) > 10 else None
        if found is None and (day := parse_date(text)) is not None:
            found = datetime.combine(day, time.min)
    except ValueError:
        found = None
    if found is None:
        raise CommandError(f"{text} is no moment. Write it like 2026-11-01T09:00.")
    return found if found.tzinfo else found.replace(tzinfo=zone)
