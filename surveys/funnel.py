"""How far a campaign's surveys came."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count

from campaigns.models import Campaign
from surveys.models import SkipReason, Survey, SurveyEmail

ON_THE_WAY = {
    SurveyEmail.Status.SCHEDULED,
    SurveyEmail.Status.SENDING,
    SurveyEmail.Status.HANDOFF,
}


@dataclass(frozen=True, slots=True)
class Funnel:
    """Surveys by how far they came: `sent`, or else `waiting`, `stuck` or skipped.

    `stuck` are those by their invitation's state (failed, uncertain, cancelled); a
    person has to look.
    """

    triggered: int
    sent: int
    answered: int
    waiting: int
    stuck: list[tuple[SurveyEmail.Status, int]]
    skipped: list[tuple[SkipReason, int]]

    def share(self, count: int) -> float:
        """Per cent of the triggered; 0 while there are none."""
        return round(100 * count / self.triggered, 2) if self.triggered else 0.0

    @property
    def sent_share(self) -> float:
        return self.share(self.sent)

    @property
    def answered_share(self) -> float:
        return self.share(self.answered)


def funnel(campaign: Campaign) -> Funnel:
    """All of the campaign's surveys so far. 2 queries."""
    surveys = Survey.objects.filter(campaign=campaign)
    rows = list(
        surveys.values("skip_reason")
        .annotate(triggered=Count("pk"), sent=Count("asked_at"), answered=Count("response"))
        .order_by("skip_reason")
    )
    unsent = dict(
        SurveyEmail.objects.filter(
            survey__campaign=campaign,
            survey__asked_at=None,
            survey__skip_reason="",
            kind=SurveyEmail.Kind.INVITATION,
        )
        .values_list("status")
        .annotate(count=Count("pk"))
        .order_by("status")
    )
    return Funnel(
        triggered=sum(row["triggered"] for row in rows),
        sent=sum(row["sent"] for row in rows),
        answered=sum(row["answered"] for row in rows),
        waiting=sum(unsent.get(status, 0) for status in ON_THE_WAY),
        stuck=[
            (SurveyEmail.Status(status), count)
            for status, count in unsent.items()
            if status not in ON_THE_WAY
        ],
        skipped=[
            (SkipReason(row["skip_reason"]), row["triggered"] - row["sent"])
            for row in rows
            if row["skip_reason"] and row["triggered"] > row["sent"]
        ],
    )
