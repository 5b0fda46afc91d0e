"""The sentences of a digest that are made of several parts; in the active language."""

from __future__ import annotations

from datetime import date

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext

from promoter.lib.relative import written_day
from promoter.lib.templatetags.ui import percent, signed
from surveys.digests.content import Content
from surveys.digests.periods import Span
from surveys.nps import Band, Difference, rounded
from surveys.reports import Cohort
from surveys.windows import Step


def days_of(span: Span) -> str:
    """`Sunday, 22 November 2026`, `16–22 November 2026`, `November 2026`."""
    if span.step is Step.DAY:
        return written_day(span.first, "l, j F Y")
    if span.step is Step.MONTH:
        return date_format(span.first, "F Y")
    same_month = span.first.month == span.last.month
    start = written_day(span.first, "j" if same_month else "j F")
    dash = "–" if same_month else " – "
    return f"{start}{dash}{written_day(span.last, 'j F Y')}"


def when(span: Span, *, today: date) -> str:
    """`last week`; of a digest that comes late, the days themselves."""
    if Span.around(today, span.step).before != span:
        return days_of(span)
    return {
        Step.DAY: gettext("yesterday"),
        Step.WEEK: gettext("last week"),
        Step.MONTH: gettext("last month"),
    }[span.step]


def title(span: Span) -> str:
    heads = {
        Step.DAY: gettext("The day: %(days)s"),
        Step.WEEK: gettext("The week: %(days)s"),
        Step.MONTH: gettext("The month: %(days)s"),
    }
    return heads[span.step] % {"days": days_of(span)}


def history_title(step: Step) -> str:
    return {
        Step.DAY: gettext("Score by day"),
        Step.WEEK: gettext("Score by week"),
        Step.MONTH: gettext("Score by month"),
    }[step]


def column_label(day: date, step: Step) -> str:
    """Short enough for an eighth of a phone's width."""
    if step is Step.WEEK:
        # Its number and its month on one line, with what stands beneath.
        return written_day(day, "j M").replace(" ", "\N{NO-BREAK SPACE}")
    return date_format(day, "D" if step is Step.DAY else "M")


def nobody(content: Content) -> str:
    named = when(content.span, today=content.today)
    return gettext("Nobody answered %(when)s.") % {"when": named}


def subject(content: Content) -> str:
    """The figures themselves: many read no further."""
    words = {
        "account": content.account.name,
        "when": when(content.span, today=content.today),
        "nps": _plain(content),
    }
    if not content.n:
        return gettext("%(account)s: nobody answered %(when)s") % words
    score = gettext("%(account)s: NPS %(nps)s %(when)s") % words
    if content.summary.change is not None:
        score = f"{score}, {moved(content.summary.change)}"
    counts = ngettext("%(n)s answer", "%(n)s answers", content.n)
    counts %= {"n": intcomma(content.n)}
    if content.to_read:
        reading = ngettext("%(n)s to read", "%(n)s to read", content.to_read)
        counts = f"{counts}, {reading % {'n': intcomma(content.to_read)}}"
    return f"{score} – {counts}"


def moved(change: Difference) -> str:
    points = rounded(change.points)
    if not points:
        return gettext("unchanged")
    words = gettext("up %(points)s") if points > 0 else gettext("down %(points)s")
    return words % {"points": abs(points)}


def change_words(change: Difference, step: Step) -> str:
    """Beside the figure: by how much, and since when."""
    points = rounded(change.points)
    before = {
        Step.DAY: gettext("the day before"),
        Step.WEEK: gettext("the week before"),
        Step.MONTH: gettext("the month before"),
    }[step]
    if not points:
        return gettext("The same as %(before)s.") % {"before": before}
    words = ngettext(
        "%(arrow)s %(points)s point on %(before)s.",
        "%(arrow)s %(points)s points on %(before)s.",
        int(abs(points)),
    )
    arrow = "▲" if points > 0 else "▼"
    return words % {"arrow": arrow, "points": signed(points), "before": before}


def significance(change: Difference) -> str:
    if change.significant:
        return gettext("Significant: more than chance explains.")
    return gettext("Not significant: chance alone can do that.")


def band_label(band: Band) -> str:
    return {
        Band.PROMOTER: gettext("Promoters"),
        Band.PASSIVE: gettext("Passives"),
        Band.DETRACTOR: gettext("Detractors"),
    }[band]


def answers_before(n: int) -> str:
    return ngettext("%(n)s before", "%(n)s before", n) % {"n": intcomma(n)}


def rate_before(cohort: Cohort) -> str:
    if cohort.rate is None:
        return gettext("nothing sent before")
    return gettext("%(rate)s before") % {"rate": percent(cohort.rate)}


def to_read(count: int) -> str:
    if not count:
        return gettext("no new words to read")
    words = ngettext("%(n)s new with words", "%(n)s new with words", count)
    return words % {"n": intcomma(count)}


def preheader(content: Content) -> str:
    """What an inbox shows after the subject."""
    change = content.summary.change
    return significance(change) if change is not None else days_of(content.span)


def _plain(content: Content) -> str:
    """Without the plus: a subject is read as a sentence."""
    return signed(content.summary.nps).removeprefix("+")
