"""What became of each message: a verdict, from what the campaigns say to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext_noop

from campaigns.models import Campaign
from segment_ingest.models import SegmentMessage
from surveys.models import SkipReason
from surveys.scheduling import Decision, Trigger
from surveys.withdrawing import Withdrawal, Withdrawn

Verdict = SegmentMessage.Verdict
BEFORE = gettext_noop("This event had its survey before.")
NOTHING_TO_WITHDRAW = gettext_noop("There was no survey to withdraw.")
# Of what several campaigns say, what goes before the rest.
TELLING = (Verdict.SCHEDULED, Verdict.WITHDREW)
VERDICT_OF_SKIP = {
    SkipReason.THROTTLED: Verdict.THROTTLED,
    SkipReason.SUPPRESSED: Verdict.SUPPRESSED,
    SkipReason.ERASED: Verdict.SUPPRESSED,
    SkipReason.NO_ADDRESS: Verdict.NO_ADDRESS,
    SkipReason.CAMPAIGN_INACTIVE: Verdict.NO_CAMPAIGN,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What one campaign says to an event; `note` says more than the verdict's label."""

    campaign: Campaign
    verdict: SegmentMessage.Verdict
    note: str = ""

    @property
    def words(self) -> str:
        return f"{self.campaign.name}: {self.note.removesuffix('.') or self.verdict.label}"


@dataclass(slots=True)
class Outcome:
    """What became of one message.

    `triggers` wait for the decision of scheduling, `withdrawals` for what they stop;
    `answers` are those of single campaigns so far. `phase` tells what a person's later
    events must wait for: the withdrawals of the phase before.
    """

    verdict: SegmentMessage.Verdict
    detail: str = ""
    triggers: list[Trigger] = field(default_factory=list)
    withdrawals: list[Withdrawal] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    phase: int = 0
    hold_hours: int = 0
    # Names somebody who was erased: what it says of them is not kept either.
    is_too_late: bool = False

    def settle(self, decisions: Sequence[Decision]) -> None:
        """Take the decisions on the triggers, one each, in their order."""
        for trigger, decision in zip(self.triggers, decisions, strict=True):
            verdict = _verdict(decision)
            note = BEFORE if verdict == Verdict.IGNORED else ""
            self.answers.append(Answer(trigger.campaign, verdict, note))
        self.sum_up()

    def settle_withdrawals(self, withdrawn: Sequence[Withdrawn]) -> None:
        """Take what the withdrawals stopped, one each, in their order."""
        for withdrawal, each in zip(self.withdrawals, withdrawn, strict=True):
            verdict = Verdict.WITHDREW if each.words else Verdict.IGNORED
            self.answers.append(
                Answer(withdrawal.campaign, verdict, each.words or NOTHING_TO_WITHDRAW)
            )
        self.sum_up()

    def sum_up(self) -> None:
        """One verdict and one detail from what the campaigns say."""
        if not self.answers:
            return
        verdicts = [each.verdict for each in self.answers]
        telling = [each for each in TELLING if each in verdicts]
        others = [each for each in verdicts if each != Verdict.IGNORED]
        self.verdict = [*telling, *others, Verdict.IGNORED][0]
        first = self.answers[0]
        if len(self.answers) > 1:
            self.detail = "; ".join(each.words for each in self.answers)
        elif first.verdict == Verdict.IGNORED:
            self.detail = first.note
        else:
            self.detail = first.words if first.note else ""


def settle(outcomes: Iterable[Outcome], decisions: Sequence[Decision]) -> None:
    """Hand the decisions on all triggers, in their order, to whose they are."""
    at = 0
    for outcome in outcomes:
        if outcome.triggers:
            outcome.settle(decisions[at : at + len(outcome.triggers)])
            at += len(outcome.triggers)


def _verdict(decision: Decision) -> SegmentMessage.Verdict:
    if decision.skip_reason is not None:
        return VERDICT_OF_SKIP[decision.skip_reason]
    if decision.is_burst:
        return Verdict.BURST
    return Verdict.IGNORED if decision.survey is None else Verdict.SCHEDULED
