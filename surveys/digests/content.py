"""What a digest says: the figures of an account's day, week or month, and the words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Case as Choice
from django.db.models import IntegerField, Value, When
from django.db.models.functions import Length

from campaigns.models import Campaign
from promoter.accounts.access import for_account
from promoter.accounts.models import Account
from surveys.daily_sums.cohorts import Asked
from surveys.daily_sums.coverage import Coverage
from surveys.daily_sums.reading import By
from surveys.digests.periods import Span
from surveys.figures import NOBODY, Distribution, Figures
from surveys.models import Case, Response
from surveys.nps import Band, Counts, Difference, difference
from surveys.reports import Cohort, Point, Summary, cohort_of
from surveys.results.words import Word, top_words
from surveys.selections import SCORES_OF, Selection
from surveys.windows import Step, Window

COMMENTS = 6
WORDS = 8
CAMPAIGNS = 10
# A shorter one rarely says why.
TELLING_LENGTH = 20
BACK = {Step.DAY: 7, Step.WEEK: 8, Step.MONTH: 6}
"""How many days, weeks or months the chart shows, the digest's own being the last."""


@dataclass(frozen=True, slots=True)
class Line:
    """One campaign that was answered or asked for in the period."""

    campaign: Campaign
    counts: Counts
    before: Counts
    cohort: Cohort

    @property
    def change(self) -> Difference | None:
        return difference(self.before, self.counts)


@dataclass(frozen=True, slots=True)
class Content:
    """One account's period, the same for all of its members."""

    account: Account
    span: Span
    today: date
    summary: Summary
    history: list[Point]
    lines: list[Line]
    more_lines: int
    comments: list[Response]
    comment_count: int
    to_read: int
    open_cases: int
    words: list[Word]

    @property
    def n(self) -> int:
        return self.summary.counts.n

    @property
    def goes_without_saying(self) -> bool:
        """Nobody was asked and nobody answered, nor in the period before: digests pause.
        A day without answers is no news at all."""
        if self.n or self.span.step is Step.DAY:
            return not self.n
        return not self.summary.counts_before.n and not self.summary.cohort.asked

    @classmethod
    def of(cls, account: Account, span: Span, *, now: datetime) -> Content:
        """At most 17 queries."""
        coverage = Coverage.of(account, now=now)
        figures = Figures(Selection(account), coverage)
        window = span.window(coverage.zone)
        history, daily = _history(figures, span)
        lines = _lines(figures, span, now=now)
        comments, count = _comments(window, account)
        cases = Case.objects.filter(account=account).open()
        waiting = cases.filter(
            responded_at__gte=window.start, responded_at__lt=window.end
        ).exclude(response__comment="")
        return cls(
            account=account,
            span=span,
            today=now.astimezone(coverage.zone).date(),
            summary=_summary(figures, span, daily, now=now),
            history=history,
            lines=lines[:CAMPAIGNS],
            more_lines=max(0, len(lines) - CAMPAIGNS),
            comments=comments,
            comment_count=count,
            to_read=waiting.count(),
            open_cases=cases.count(),
            words=top_words(figures.selection, window).words[:WORDS] if count else [],
        )


def _history(
    figures: Figures, span: Span
) -> tuple[list[Point], Mapping[date, Distribution]]:
    """The periods of the chart in order, and who answered on each of their days."""
    spans = [span]
    while len(spans) < BACK[span.step]:
        spans.insert(0, spans[0].before)
    zone = figures.coverage.zone
    whole = Window(spans[0].window(zone).start, span.window(zone).end)
    daily = figures.distributions(whole, By.DAY)
    points = [
        Point(each.first, Counts.of_distribution(_within(daily, each))) for each in spans
    ]
    return points, daily


def _within(daily: Mapping[date, Distribution], span: Span) -> Distribution:
    days = [each for day, each in daily.items() if span.first <= day <= span.last]
    return tuple(sum(column) for column in zip(*days, strict=True)) or NOBODY


def _summary(
    figures: Figures, span: Span, daily: Mapping[date, Distribution], *, now: datetime
) -> Summary:
    zone = figures.coverage.zone
    window, before = span.window(zone), span.before.window(zone)
    asked = figures.cohorts(Window(before.start, window.end), By.DAY)
    cohorts = [
        sum((each for day, each in asked.items() if one.first <= day <= one.last), Asked())
        for one in (span, span.before)
    ]
    return Summary(
        window=window,
        distribution=_within(daily, span),
        cohort=cohort_of(cohorts[0], window, now=now),
        window_before=before,
        distribution_before=_within(daily, span.before),
        cohort_before=cohort_of(cohorts[1], before, now=now),
    )


def _lines(figures: Figures, span: Span, *, now: datetime) -> list[Line]:
    """Most answers first."""
    zone = figures.coverage.zone
    window, before = span.window(zone), span.before.window(zone)
    answers = figures.distributions(window, By.CAMPAIGN)
    earlier = figures.distributions(before, By.CAMPAIGN)
    asked = figures.cohorts(window, By.CAMPAIGN)
    campaigns = for_account(Campaign, figures.selection.account)
    lines = [
        Line(
            campaign=campaign,
            counts=Counts.of_distribution(answers.get(campaign.pk, NOBODY)),
            before=Counts.of_distribution(earlier.get(campaign.pk, NOBODY)),
            cohort=cohort_of(asked.get(campaign.pk, Asked()), window, now=now),
        )
        for campaign in campaigns.filter(pk__in={*answers, *asked})
    ]
    return sorted(lines, key=lambda line: (-line.counts.n, line.campaign.name))


def _comments(window: Window, account: Account) -> tuple[list[Response], int]:
    """Those to read first, and how many there are: detractors before others, whole
    sentences before single words, then the newest. Who was erased has no words left."""
    found = for_account(Response, account).filter(
        responded_at__gte=window.start, responded_at__lt=window.end
    )
    found = found.exclude(comment="").exclude(contact=None)
    found = found.alias(telling=Length("comment"))
    ranked: Any = found.annotate(
        rank=Choice(
            When(score__in=SCORES_OF[Band.DETRACTOR], then=Value(0)),
            default=Value(2),
            output_field=IntegerField(),
        )
        + Choice(
            When(telling__gte=TELLING_LENGTH, then=Value(0)),
            default=Value(1),
            output_field=IntegerField(),
        )
    )
    related = ranked.select_related("contact", "campaign")
    return list(related.order_by("rank", "-responded_at", "-pk")[:COMMENTS]), found.count()
