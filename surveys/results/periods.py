"""The stretch of time that a page of results is about, as its address says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Max, Min
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from promoter.accounts.access import for_account
from promoter.accounts.models import Account
from promoter.lib.relative import written_day
from surveys.daily_sums.cohorts import first_asked_at
from surveys.models import Response
from surveys.windows import DAY, Step, Window, last_days, midnight

DEFAULT = "30"
EVERYTHING = "all"
OWN = "own"
# More points of a chart than this are not told apart on any screen.
MOST_STEPS = 400
SHORTEST = {Step.DAY: 1, Step.WEEK: 7, Step.MONTH: 28}
# Nobody's answers are older, and no arithmetic on a day overflows.
FIRST = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class Range:
    """One choice: its word in the address and its words on the page, `within` as an
    answer to "when?"."""

    key: str
    label: str | Promise
    words: str | Promise
    within: str | Promise

    @property
    def days(self) -> int | None:
        return None if self.key == EVERYTHING else int(self.key)


RANGES = (
    Range("7", _("7 days"), _("the last 7 days"), _("in the last 7 days")),
    Range("30", _("30 days"), _("the last 30 days"), _("in the last 30 days")),
    Range("90", _("90 days"), _("the last 90 days"), _("in the last 90 days")),
    Range("365", _("1 year"), _("the last 365 days"), _("in the last 365 days")),
    Range(EVERYTHING, _("All"), _("all time"), _("in all time")),
)
KNOWN = {choice.key: choice for choice in RANGES}
# What a period may be compared with: the word in the address, the words in the form.
COMPARED_WITH = {
    "": _("the period before"),
    "year": _("a year earlier"),
    "none": _("nothing"),
}


@dataclass(frozen=True, slots=True)
class Period:
    """A window of whole days, and the one that it is compared with, if any.

    `step` is how wide the points of its charts are, None where they choose by themselves.
    `params` are what its address says of it, without what goes without saying.
    """

    key: str
    words: str
    within: str
    window: Window
    first: date
    last: date
    before: Window | None
    before_words: str
    compare: str
    step: Step | None
    params: tuple[tuple[str, str], ...]

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def steps(self) -> list[Step]:
        """Those to choose from: as many points as a chart has room for."""
        return [step for step in Step if self.days / SHORTEST[step] <= MOST_STEPS]


def period_of(
    query: Mapping[str, str], *, account: Account, zone: ZoneInfo, now: datetime
) -> Period:
    """Own days (`from`, `to`, both within) win over `range`; what makes no sense is as if
    it weren't there. `range=all` costs 2 queries."""
    today = now.astimezone(zone).date()
    compare = query.get("compare", "")
    compare = compare if compare in COMPARED_WITH else ""
    since, until = _day(query.get("from"), today), _day(query.get("to"), today)
    if since or until:
        last = until or today
        first = since or last - 29 * DAY
        first, last = min(first, last), max(first, last)
        window = Window(midnight(first, zone), midnight(last + DAY, zone))
        days = {"first": written_day(first, "j F Y"), "last": written_day(last, "j F Y")}
        own = Range(
            OWN,
            "",
            gettext("%(first)s to %(last)s") % days,
            gettext("in %(first)s to %(last)s") % days,
        )
        params = [("from", first.isoformat()), ("to", last.isoformat())]
        period = _period(own, window, zone, params)
    else:
        choice = KNOWN.get(query.get("range", ""), KNOWN[DEFAULT])
        window = (
            everything(account, zone=zone, now=now)
            if choice.days is None
            else last_days(choice.days, zone=zone, now=now)
        )
        params = [] if choice.key == DEFAULT else [("range", choice.key)]
        period = _period(choice, window, zone, params)
    return _stepped(_compared(period, compare, zone), query.get("step", ""))


def last_range_with_answers(
    *, account: Account, zone: ZoneInfo, now: datetime
) -> Range | None:
    """The shortest that reaches the latest answer; None when there is none. 1 query."""
    latest = for_account(Response, account).aggregate(at=Max("responded_at"))["at"]
    if latest is None:
        return None
    reaching = (
        choice
        for choice in RANGES
        if choice.days is not None
        and last_days(choice.days, zone=zone, now=now).start <= latest
    )
    return next(reaching, KNOWN[EVERYTHING])


def everything(account: Account, *, zone: ZoneInfo, now: datetime) -> Window:
    """From the day of the first survey sent or answered to the end of today. 2 queries."""
    today = last_days(1, zone=zone, now=now)
    asked = first_asked_at(account)
    answered = for_account(Response, account).aggregate(at=Min("responded_at"))["at"]
    first = min((at for at in (asked, answered) if at is not None), default=now)
    return Window(
        min(midnight(first.astimezone(zone).date(), zone), today.start), today.end
    )


def _period(
    choice: Range, window: Window, zone: ZoneInfo, params: list[tuple[str, str]]
) -> Period:
    return Period(
        key=choice.key,
        words=str(choice.words),
        within=str(choice.within),
        window=window,
        first=window.start.astimezone(zone).date(),
        last=(window.end - timedelta(microseconds=1)).astimezone(zone).date(),
        before=None,
        before_words="",
        compare="",
        step=None,
        params=tuple(params),
    )


def _compared(period: Period, compare: str, zone: ZoneInfo) -> Period:
    """With the window before, or the same days 52 weeks earlier: weekday by weekday."""
    if compare:
        params = (*period.params, ("compare", compare))
        period = replace(period, compare=compare, params=params)
    if period.key == EVERYTHING or compare == "none":
        return period
    if compare == "year":
        first, last = period.first - 364 * DAY, period.last - 364 * DAY
        before = Window(midnight(first, zone), midnight(last + DAY, zone))
        return replace(
            period, before=before, before_words=gettext("the same days 52 weeks before")
        )
    before = period.window.before(zone)
    words = ngettext("the day before", "the %(days)s days before", period.days)
    return replace(period, before=before, before_words=words % {"days": period.days})


def _stepped(period: Period, text: str) -> Period:
    """With the step that was chosen, if it is one for so long a time."""
    if text not in period.steps:
        return period
    params = (*period.params, ("step", text))
    return replace(period, step=Step(text), params=params)


def _day(text: str | None, today: date) -> date | None:
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return min(max(day, FIRST), today)
