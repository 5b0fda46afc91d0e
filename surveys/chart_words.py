"""What pages and drawings call the bands of scores, and the steps of a trend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from surveys.nps import Band
from surveys.windows import Step

# Of one answer, of those who gave one, and of results that show nobody else.
BAND_NAMES = {
    Band.PROMOTER: pgettext_lazy("who answered", "Promoter"),
    Band.PASSIVE: _("Passive"),
    Band.DETRACTOR: _("Detractor"),
}
BAND_PEOPLE = {
    Band.PROMOTER: _("Promoters"),
    Band.PASSIVE: _("Passives"),
    Band.DETRACTOR: _("Detractors"),
}
BAND_ONLY = {
    Band.PROMOTER: _("Promoters only"),
    Band.PASSIVE: _("Passives only"),
    Band.DETRACTOR: _("Detractors only"),
}
# Inside a sentence, of one answer.
BAND_WORDS = {
    Band.PROMOTER: pgettext_lazy("inside a sentence", "promoter"),
    Band.PASSIVE: pgettext_lazy("inside a sentence", "passive"),
    Band.DETRACTOR: pgettext_lazy("inside a sentence", "detractor"),
}


@dataclass(frozen=True, slots=True)
class StepWords:
    """What is said of charts whose points are that wide; each in the reader's language.

    `choice` is its name among them, `column` heads the days of a table, `trend` and
    `rates` explain the drawings, the titles name them.
    """

    choice: Any
    column: Any
    trend: Any
    trend_title: Any
    rates: Any
    rates_title: Any


STEP_WORDS = {
    Step.DAY: StepWords(
        choice=_("Days"),
        column=_("Day of"),
        trend=_(
            "Dots: each day, with how sure it is. Line: the 30 days up to then. "
            "Bars: responses"
        ),
        trend_title=_("Net Promoter Score by day, with its moving score of 30 days"),
        rates=_("By the day in which the mail went out; pale: still open"),
        rates_title=_("Response rate by the day in which the mail went out"),
    ),
    Step.WEEK: StepWords(
        choice=_("Weeks"),
        column=_("Week of"),
        trend=_(
            "Dots: each week, with how sure it is. Line: the 30 days up to then. "
            "Bars: responses"
        ),
        trend_title=_("Net Promoter Score by week, with its moving score of 30 days"),
        rates=_("By the week in which the mail went out; pale: still open"),
        rates_title=_("Response rate by the week in which the mail went out"),
    ),
    Step.MONTH: StepWords(
        choice=_("Months"),
        column=_("Month of"),
        trend=_(
            "Dots: each month, with how sure it is. Line: the 30 days up to then. "
            "Bars: responses"
        ),
        trend_title=_("Net Promoter Score by month, with its moving score of 30 days"),
        rates=_("By the month in which the mail went out; pale: still open"),
        rates_title=_("Response rate by the month in which the mail went out"),
    ),
}
