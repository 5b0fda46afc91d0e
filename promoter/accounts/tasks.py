"""Periodic work on people's doors: forgets what opens nothing any more; may run twice."""

from __future__ import annotations

import logging

from celery import shared_task
from django.core.management import call_command
from django.utils import timezone

from promoter.accounts.models import Invitation

log = logging.getLogger(__name__)


@shared_task
def forget_old_doors() -> None:
    """Sessions that have ended, and invitations whose end is long past."""
    call_command("clearsessions")
    deleted, _ = Invitation.objects.over(now=timezone.now()).delete()
    if deleted:
        log.info("forgot %s old invitations", deleted)
