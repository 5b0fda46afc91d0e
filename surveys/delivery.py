"""Send what is due: claim, re-check, compose, hand off, hand over, record.

Each mail goes scheduled -> sending -> handoff -> sent, and each step is committed before
the next begins. Kill us anywhere: a mail that can't have left goes out again, one that
may have left is called uncertain, and none is sent twice.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta

from surveys.claiming import Turns, claim_due, give_back, lease
from surveys.composing import compose
from surveys.faults import (
    Fault,
    MayHaveLeft,
    Refused,
    SenderRefused,
    ServerUnwell,
    SignInRefused,
)
from surveys.idempotency import may_repeat
from surveys.models import SurveyEmail
from surveys.pausing import pause_sending, pause_waiting
from surveys.rechecking import recheck
from surveys.settling import (
    Sent,
    call_uncertain,
    fail,
    hand_off,
    record_sent,
    repeat_later,
    try_later,
)
from surveys.transport import Transport
from surveys.wordings import Wordings

log = logging.getLogger(__name__)

TOO_LATE_TO_REPEAT = "It may have arrived, and its provider no longer knows its key."

Clock = Callable[[], datetime]
# How long, at most, mail goes out after a campaign that paused itself was told to go on.
ASK_AGAIN = timedelta(minutes=10)


def deliver_due(
    *,
    clock: Clock,
    transport: Transport,
    limit: timedelta,
    turns: Turns | None = None,
) -> bool:
    """Send due mail until none is left or `limit` has passed.

    True when the time was up first: there may be more. `turns` goes on where the last run
    stopped. A mail server that is unwell ends
    the run early; the mail stays due, and whoever rings next tries again.
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
        claimed = claim_due(now=clock(), turns=turns)
        if not claimed:
            return False
        batch = _Batch(claimed, clock=clock, transport=transport, wordings=wordings)
        if not batch.deliver():
            return False
    return True


def _reachable(transport: Transport, clock: Clock, turns: Turns) -> bool:
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


class _Batch:
    """One claim's mails on their way out."""

    def __init__(
        self,
        claimed: list[SurveyEmail],
        *,
        clock: Clock,
        transport: Transport,
        wordings: Wordings,
    ) -> None:
        self._claimed = claimed
        self._wordings = wordings
        self._clock = clock
        self._transport = transport
        self._unrecorded: Sent | None = None

    def deliver(self) -> bool:
        """Send them. False when the server is unwell and no mail should be tried now."""
        # What is left after a quarter of the lease is given back: with a slow server the
        # last mails of a batch must not wait here while other workers are idle.
        stop_at = self._clock() + lease() / 4
        waiting = deque(recheck(self._decided(), now=self._clock()))
        refused: set[int] = set()
        try:
            while waiting and self._clock() < stop_at:
                email = waiting.popleft()
                if email.account_id in refused:
                    give_back([email])
                elif not self._send(email):
                    refused.add(email.account_id)
        except SignInRefused as fault:
            log.warning("mail server: %s", fault)
            # Due again, and so among those that wait.
            give_back(waiting)
            pause_waiting(error=str(fault), now=self._clock())
            return False
        except ServerUnwell as fault:
            log.warning("mail server: %s", fault)
            return False
        finally:
            self._record()
            give_back(waiting)
        return True

    def _decided(self) -> list[SurveyEmail]:
        """The mails without those of campaigns that wait for a person's word: these look
        again every few minutes."""
        now = self._clock()
        decided: list[SurveyEmail] = []
        undecided: list[SurveyEmail] = []
        for each in self._claimed:
            waits = each.survey.campaign.awaits_word(now=now)
            (undecided if waits else decided).append(each)
        give_back(undecided, due_at=now + ASK_AGAIN)
        return decided

    def _send(self, email: SurveyEmail) -> bool:
        """Bring one mail to the next state that lasts. Raises ServerUnwell, SignInRefused.

        False when its account's sender is refused: none of that account's can go.
        """
        now = self._clock()
        if email.repeating_since and not may_repeat(since=email.repeating_since, now=now):
            self._record()
            call_uncertain(email, error=TOO_LATE_TO_REPEAT, now=now)
            return True
        try:
            self._wordings.note(email, now=now)
            self._transport.prepare(compose(email, now=self._clock()))
        except Refused as fault:
            self._record()
            self._refuse(email, fault)
        except SignInRefused as fault:
            self._record()
            pause_sending(email=email, error=str(fault), now=self._clock())
            raise
        except SenderRefused as fault:
            self._record()
            log.warning("account %s may not send: %s", email.account_id, fault)
            pause_sending(email=email, error=str(fault), now=self._clock())
            return False
        except Fault as fault:
            self._record()
            try_later(email, error=str(fault), now=self._clock())
            if isinstance(fault, ServerUnwell):
                raise
        except ValueError as error:
            # It will be as broken next time: a line end in a header, half a surrogate.
            self._record()
            self._transport.abandon()
            fail(email, error=f"This mail can't be written: {error}", now=self._clock())
        except Exception as error:
            # Ours to mend, and meanwhile no reason to drop this mail or stop the others.
            self._record()
            log.exception("survey mail %s could not be prepared", email.pk)
            self._transport.abandon()
            try_later(email, error=f"{type(error).__name__}: {error}", now=self._clock())
        else:
            self._hand_over(email)
        return True

    def _hand_over(self, email: SurveyEmail) -> None:
        ours = hand_off(email, previous=self._unrecorded, now=self._clock())
        self._unrecorded = None
        if not ours:
            log.warning("survey mail %s must not go now", email.pk)
            self._transport.abandon()
            # Its campaign was paused: the next re-check says so. Another worker's stays.
            give_back([email])
            return
        try:
            provider_message_id = self._transport.hand_over()
        except MayHaveLeft as error:
            now, text = self._clock(), str(error)
            if not (error.repeatable and repeat_later(email, error=text, now=now)):
                call_uncertain(email, error=text, now=now)
        except Refused as fault:
            self._refuse(email, fault)
        except SignInRefused as fault:
            pause_sending(email=email, error=str(fault), now=self._clock())
            raise
        except Fault as fault:
            try_later(email, error=str(fault), now=self._clock())
            if isinstance(fault, ServerUnwell):
                raise
        else:
            self._unrecorded = Sent(email, self._clock(), provider_message_id)

    def _refuse(self, email: SurveyEmail, fault: Refused) -> None:
        contact = email.survey.contact
        dead = contact.email if fault.dead and contact else ""
        fail(email, error=str(fault), now=self._clock(), dead=dead)

    def _record(self) -> None:
        """Write down the last success, when no next handoff will carry it."""
        if self._unrecorded is not None:
            record_sent(self._unrecorded)
            self._unrecorded = None
