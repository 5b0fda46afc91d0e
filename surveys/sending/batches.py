"""One claim's mails on their way out, over several connections at once."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from surveys.models import SurveyEmail
from surveys.sending.claiming import give_back, lease
from surveys.sending.composing import compose
from surveys.sending.faults import (
    Fault,
    MayHaveLeft,
    Refused,
    SenderRefused,
    ServerUnwell,
    SignInRefused,
)
from surveys.sending.idempotency import may_repeat
from surveys.sending.pausing import pause_sending, pause_waiting
from surveys.sending.rechecking import recheck
from surveys.sending.settling import (
    Sent,
    call_uncertain,
    fail,
    hand_off,
    record_sent,
    repeat_later,
    try_later,
)
from surveys.sending.transport import Transport, WaysOut
from surveys.sending.wordings import Wordings

log = logging.getLogger(__name__)

TOO_LATE_TO_REPEAT = "It may have arrived, and its provider no longer knows its key."

Clock = Callable[[], datetime]
# How long, at most, mail goes out after a campaign that paused itself was told to go on.
ASK_AGAIN = timedelta(minutes=10)


@dataclass(slots=True)
class _Lane:
    """One connection with the mails on it: one on its way, the next being prepared."""

    transport: Transport
    going: SurveyEmail | None = None
    coming: SurveyEmail | None = None


class Batch:
    """One claim's mails on their way out.

    In rounds, each mail on a connection of its own: one commit says that the mails of the
    round before are sent and that these leave; they are given away; the next ones are
    composed and announced while the servers think; the answers are read.
    """

    def __init__(
        self,
        claimed: list[SurveyEmail],
        *,
        clock: Clock,
        transport: WaysOut,
        wordings: Wordings,
    ) -> None:
        self._claimed = claimed
        self._wordings = wordings
        self._clock = clock
        self._waiting: deque[SurveyEmail] = deque()
        self._refused: set[int] = set()
        self._lanes = [_Lane(each) for each in transport.for_mails(len(claimed))]
        self._unrecorded: list[Sent] = []

    def deliver(self) -> bool:
        """Send them. False when the server is unwell and no mail should be tried now."""
        # What is left after a quarter of the lease is given back: with a slow server the
        # last mails of a batch must not wait here while other workers are idle.
        stop_at = self._clock() + lease() / 4
        self._waiting = deque(recheck(self._decided(), now=self._clock()))
        try:
            while self._round(stop_at):
                pass
        except SignInRefused as fault:
            log.warning("mail server: %s", fault)
            # Due again, and so among those that wait.
            self._give_back()
            pause_waiting(error=str(fault), now=self._clock())
            return False
        except ServerUnwell as fault:
            log.warning("mail server: %s", fault)
            return False
        finally:
            self._record()
            self._give_back()
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

    def _round(self, stop_at: datetime) -> bool:
        """Bring every mail that is begun to its next state. False when none was.

        Raises ServerUnwell, SignInRefused.
        """
        self._hand_over([lane for lane in self._lanes if lane.coming])
        if self._clock() < stop_at:
            for lane in self._lanes:
                self._begin_next(lane)
        busy = False
        for lane in self._lanes:
            if lane.going:
                busy = True
                self._take_answer(lane)
        for lane in self._lanes:
            if lane.coming:
                busy = True
                self._prepare(lane)
        return busy

    def _hand_over(self, lanes: list[_Lane]) -> None:
        """Commit that these mails may be gone, then let them go."""
        if not lanes:
            return
        emails = [lane.coming for lane in lanes if lane.coming]
        handed = hand_off(emails, previous=self._unrecorded, now=self._clock())
        self._unrecorded = []
        for lane in lanes:
            email, lane.coming = lane.coming, None
            if email in handed:
                with self._fate_of(email), _may_be_gone(email):
                    lane.transport.hand_over()
                    lane.going = email
            elif email:
                log.warning("survey mail %s must not go now", email.pk)
                lane.transport.abandon()
                # Its campaign was paused, says the next re-check; or it is another's.
                self._put_off(email)

    def _put_off(self, email: SurveyEmail) -> None:
        """Back with it and with those of its campaign, which would fare alike."""
        campaign = email.survey.campaign_id
        alike = [each for each in self._waiting if each.survey.campaign_id == campaign]
        self._waiting = deque(each for each in self._waiting if each not in alike)
        give_back([email, *alike])

    def _begin_next(self, lane: _Lane) -> None:
        """The next mail that can be written goes onto this connection."""
        while self._waiting and lane.coming is None:
            email, now = self._waiting.popleft(), self._clock()
            if email.account_id in self._refused:
                give_back([email])
            elif email.repeating_since and not may_repeat(
                since=email.repeating_since, now=now
            ):
                call_uncertain(email, error=TOO_LATE_TO_REPEAT, now=now)
            else:
                with self._fate_of(email):
                    self._wordings.note(email, now=now)
                    lane.transport.begin(compose(email, now=now))
                    lane.coming = email

    def _prepare(self, lane: _Lane) -> None:
        email, lane.coming = lane.coming, None
        if email is None:
            return
        with self._fate_of(email):
            try:
                lane.transport.prepare()
            except (ValueError, Fault):
                raise
            except Exception:
                lane.transport.abandon()
                raise
            lane.coming = email

    def _take_answer(self, lane: _Lane) -> None:
        email, lane.going = lane.going, None
        if email is None:
            return
        with self._fate_of(email):
            with _may_be_gone(email):
                provider_message_id = lane.transport.answer()
            # One moment for those of a round: they are written down in one statement.
            at = self._unrecorded[0].at if self._unrecorded else self._clock()
            self._unrecorded.append(Sent(email, at, provider_message_id))

    @contextmanager
    def _fate_of(self, email: SurveyEmail) -> Iterator[None]:
        """Write down what an exception means for the mail.

        Raises ServerUnwell and SignInRefused, which are about all mails.
        """
        try:
            yield
        except MayHaveLeft as error:
            now, text = self._clock(), str(error)
            if not (error.repeatable and repeat_later(email, error=text, now=now)):
                call_uncertain(email, error=text, now=now)
        except Refused as fault:
            contact = email.survey.contact
            dead = contact.email if fault.dead and contact else ""
            fail(email, error=str(fault), now=self._clock(), dead=dead)
        except SenderRefused as fault:
            pause_sending(email=email, error=str(fault), now=self._clock())
            if isinstance(fault, SignInRefused):
                raise
            # None of that account's can go.
            log.warning("account %s may not send: %s", email.account_id, fault)
            self._refused.add(email.account_id)
        except Fault as fault:
            try_later(email, error=str(fault), now=self._clock())
            if isinstance(fault, ServerUnwell):
                raise
        except ValueError as error:
            # It will be as broken next time: a line end in a header, half a surrogate.
            fail(email, error=f"This mail can't be written: {error}", now=self._clock())
        except Exception as error:
            # Ours to mend, and meanwhile no reason to drop this mail or stop the others.
            log.exception("survey mail %s could not be prepared", email.pk)
            try_later(email, error=f"{type(error).__name__}: {error}", now=self._clock())

    def _give_back(self) -> None:
        """What has not left and will not leave from here."""
        begun = [lane for lane in self._lanes if lane.coming]
        for lane in begun:
            lane.transport.abandon()
        give_back([*self._waiting, *(lane.coming for lane in begun if lane.coming)])
        self._waiting.clear()
        for lane in begun:
            lane.coming = None

    def _record(self) -> None:
        """Write down the last successes, when no next handoff will carry them."""
        if self._unrecorded:
            record_sent(self._unrecorded)
            self._unrecorded = []


@contextmanager
def _may_be_gone(email: SurveyEmail) -> Iterator[None]:
    """From its handoff on, a fault of ours leaves open whether the mail was given away:
    it must not go again. Raises MayHaveLeft for what is neither that nor a Fault."""
    try:
        yield
    except (Fault, MayHaveLeft):
        raise
    except Exception as error:
        log.exception("survey mail %s was handed over, and then something broke", email.pk)
        raise MayHaveLeft(f"{type(error).__name__}: {error}") from error
