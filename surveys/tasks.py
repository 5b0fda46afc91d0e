"""Periodic work on survey mail: says "look now", carries nothing, may run twice."""

from __future__ import annotations

import logging
from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from promoter.lib.doorbell import Doorbell
from promoter.lib.heartbeat import leave_sign
from surveys.answering.forwarding import forward_due
from surveys.asking.completing import complete_finished
from surveys.asking.enrolling import enrol_round
from surveys.daily_sums.rolling_up import behind, roll_up
from surveys.delivery import deliver_due
from surveys.digests.alerting import plan_alerts
from surveys.digests.planning import plan_digests, subscribe_new_members
from surveys.digests.sending import send_team_mails
from surveys.digests.watching import watch_scores
from surveys.exports.files import remove_file
from surveys.exports.jobs import ExportJob
from surveys.exports.running import run as run_export
from surveys.inbox.applying import apply_rules
from surveys.inbox.mailing import send_case_mails
from surveys.pruning import forget_transcripts, forget_visits
from surveys.sending.claiming import Turns, sweep_expired
from surveys.sending.transport import kept_connection

RUN_LIMIT = timedelta(seconds=20)
"""Then another task may have the worker; the next run goes on."""

mail_bell = Doorbell("surveys.tasks.deliver_due_emails")
case_bell = Doorbell("surveys.tasks.send_case_mail")
list_bell = Doorbell("surveys.tasks.enrol_list_members")
export_bell = Doorbell("surveys.tasks.run_exports")
digest_bell = Doorbell("surveys.tasks.send_digests")

# This process's place in the round of accounts, over its runs.
_turns = Turns()

log = logging.getLogger(__name__)


@shared_task
def deliver_due_emails() -> None:
    """Send what is due; ring again when the time is up before the mail is."""
    with kept_connection() as transport:
        more = deliver_due(
            clock=timezone.now, transport=transport, limit=RUN_LIMIT, turns=_turns
        )
    if more:
        try:
            deliver_due_emails.delay()
        except Exception as error:  # whatever a broker's client may raise
            log.warning("The broker is away; periodic runs go on. %s", error)


@shared_task
def enrol_list_members() -> None:
    """Schedule the members of lists whose turn has come, until nobody is left or the time
    is up."""
    leave_sign()
    until = timezone.now() + RUN_LIMIT
    while timezone.now() < until:
        progress = enrol_round(now=timezone.now())
        if progress.mail_due:
            mail_bell.ring()
        if not progress.members:
            return
    list_bell.ring()


@shared_task
def complete_finished_campaigns() -> None:
    """End the one-time campaigns that have nobody left to ask."""
    complete_finished(now=timezone.now())


@shared_task
def forward_answers() -> None:
    """Mail answers to the people whom their campaigns name."""
    forward_due(clock=timezone.now)


@shared_task
def send_case_mail() -> None:
    """Let the rules look at what has settled; mail replies, and what the team is shown."""
    apply_rules(now=timezone.now())
    send_case_mails(clock=timezone.now)


@shared_task
def send_digests() -> None:
    """See which digests are due and what there is to be alerted of; mail it to members."""
    now = timezone.now()
    subscribe_new_members(now=now)
    plan_digests(now=now)
    plan_alerts(now=now)
    watch_scores(now=now)
    send_team_mails(clock=timezone.now)


@shared_task
def prune_visits() -> None:
    """Forget who opened which link."""
    forget_visits(now=timezone.now())


@shared_task
def prune_transcripts() -> None:
    """Forget what mail servers said of mail that is long settled."""
    forgotten = forget_transcripts(now=timezone.now())
    if forgotten:
        log.info("Forgot what was said of %d survey mails", forgotten)


@shared_task
def roll_up_figures() -> None:
    """Keep the daily sums that reports are read from, account after account."""
    until = timezone.now() + RUN_LIMIT
    for account in behind(now=timezone.now()):
        while timezone.now() < until and roll_up(account=account, now=timezone.now()):
            pass


@shared_task
def sweep_expired_claims() -> None:
    """Rescue what dead workers held."""
    sweep_expired(now=timezone.now())


@shared_task
def run_exports() -> None:
    """Write for a while, then ring for whoever goes on."""
    leave_sign()
    until = timezone.now() + RUN_LIMIT
    while timezone.now() < until:
        job = ExportJob.objects.claim(now=timezone.now())
        if job is None:
            return
        run_export(job=job, clock=timezone.now, until=until)
    export_bell.ring()


@shared_task
def prune_exports() -> None:
    """Remove the exports whose time is over, each with its file."""
    for job in ExportJob.objects.over(now=timezone.now()).iterator():
        remove_file(job)
        job.delete()
