"""Send what is due: claim, re-check, compose, hand off, hand over, record.

Each mail goes scheduled -> sending -> handoff -> sent, and each step is committed before
the next begins. Kill us anywhere: a mail that can't have left goes out again, one that
may have left is called uncertain, and none is sent twice.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from surveys.models import SurveyEmail
from surveys.sending.batches import Batch, Clock
from surveys.sending.claiming import BATCH, Turns, claim_due
from surveys.sending.faults import ServerUnwell, SignInRefused
from surveys.sending.pausing import pause_sending, pause_waiting
from surveys.sending.settling import try_later
from surveys.sending.transport import WaysOut
from surveys.sending.wordings import Wordings

log = logging.getLogger(__name__)


def deliver_due(
    *,
    clock: Clock,
    transport: WaysOut,
    limit: timedelta,
    turns: Turns | None = None,
) -> bool:
    """Send due mail until none is left or `limit` has passed.

    True when the time was up first: there may be more. `turns` goes on where the last run
    stopped. A mail server that is unwell ends the run early; the mail stays due, and
    whoever rings next tries again.
    """
    end = clock() + limit
    turns = turns or Turns()
    wordings = Wordings()
    while clock() < end:
        # One look at an index, and all that a tick costs when nothing is due.
        if not SurveyEmail.objects.due(now=clock()).exists():
            return False
        if not turns.anybody(now=clock()):
            return False
        if not _reachable(transport, clock, turns):
            return False
        claimed = claim_due(now=clock(), turns=turns, size=BATCH * transport.most)
        if not claimed:
            return False
        batch = Batch(claimed, clock=clock, transport=transport, wordings=wordings)
        if not batch.deliver():
            return False
    return True


def _reachable(transport: WaysOut, clock: Clock, turns: Turns) -> bool:
    """Whether there is a connection. If not, one due mail carries the reason."""
    try:
        transport.open()
    except SignInRefused as fault:
        for email in claim_due(now=clock(), turns=turns, size=1):
            pause_sending(email=email, error=str(fault), now=clock())
        # Not tried again for each account: that would lock us out.
        pause_waiting(error=str(fault), now=clock())
        log.warning("mail server: %s", fault)
        return False
    except ServerUnwell as fault:
        for email in claim_due(now=clock(), turns=turns, size=1):
            try_later(email, error=str(fault), now=clock())
        log.warning("mail server: %s", fault)
        return False
    return True
