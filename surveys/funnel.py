"""How far a campaign's surveys came."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q

from campaigns.models import Campaign
from surveys.models import SkipReason, Survey, SurveyEmail

Status = SurveyEmail.Status
Outcome = SurveyEmail.Outcome

UNASKED = Q(survey__asked_at=None, survey__skip_reason="")
UNSETTLED = Q(status__in=[Status.UNCERTAIN, Status.FAILED])
# Each survey without a skip reason is in exactly one of these, by its invitation: an
# unasked one by its state, an asked one by the provider's word, if there was one.
PLACES = {
    "scheduled": UNASKED & Q(status=Status.SCHEDULED),
    "sending": UNASKED & Q(status__in=SurveyEmail.CLAIMED),
    "needs_look": UNASKED & UNSETTLED & Q(left_at=None),
    "left": UNASKED & UNSETTLED & Q(left_at__isnull=False),
    "stopped": UNASKED & Q(status=Status.CANCELLED),
    # Whoever complains, or unsubscribes by their mail program, has got the mail.
    "delivered": ~UNASKED
    & Q(outcome__in=[Outcome.DELIVERED, Outcome.UNSUBSCRIBED, Outcome.COMPLAINED]),
    "bounced": ~UNASKED & Q(outcome=Outcome.BOUNCED),
    "refused": ~UNASKED & Q(outcome=Outcome.REJECTED),
    "delayed": ~UNASKED & Q(outcome=Outcome.DEFERRED),
}


@dataclass(frozen=True, slots=True)
class Funnel:
    """Surveys by how far their invitation came; a reminder is not another survey.

    `triggered` is the sum of the skipped, `scheduled`, `sending`, `needs_look` (failed or
    uncertain, and nobody has decided), `left` (somebody has), `stopped` and `sent`; that
    is the sum of `delivered`, `bounced`, `refused`, `delayed` and `unheard`.
    """

    triggered: int
    skipped: list[tuple[SkipReason, int]]
    scheduled: int
    sending: int
    needs_look: int
    left: int
    stopped: int
    sent: int
    delivered: int
    complained: int
    """Of the delivered: they called it spam."""
    bounced: int
    refused: int
    delayed: int
    answered: int

    @property
    def unheard(self) -> int:
        """Sent, and nobody has said what became of it."""
        return self.sent - self.delivered - self.bounced - self.refused - self.delayed

    def share(self, count: int) -> float:
        """Per cent of the triggered; 0 while there are none."""
        return round(100 * count / self.triggered, 2) if self.triggered else 0.0

    @property
    def sent_share(self) -> float:
        return self.share(self.sent)

    @property
    def delivered_share(self) -> float:
        return self.share(self.delivered)

    @property
    def answered_share(self) -> float:
        return self.share(self.answered)


def funnel(campaign: Campaign) -> Funnel:
    """All of the campaign's surveys so far. 2 queries."""
    rows = list(
        Survey.objects.filter(campaign=campaign)
        .values("skip_reason")
        .annotate(triggered=Count("pk"), sent=Count("asked_at"), answered=Count("response"))
        .order_by("skip_reason")
    )
    invitations = SurveyEmail.objects.filter(
        Q(survey__asked_at__isnull=False) | Q(survey__skip_reason=""),
        survey__campaign=campaign,
        kind=SurveyEmail.Kind.INVITATION,
    )
    return Funnel(
        triggered=sum(row["triggered"] for row in rows),
        skipped=[
            (SkipReason(row["skip_reason"]), row["triggered"] - row["sent"])
            for row in rows
            if row["skip_reason"] and row["triggered"] > row["sent"]
        ],
        sent=sum(row["sent"] for row in rows),
        answered=sum(row["answered"] for row in rows),
        **invitations.aggregate(
            complained=Count("pk", filter=Q(outcome=Outcome.COMPLAINED)),
            **{name: Count("pk", filter=place) for name, place in PLACES.items()},
        ),
    )
