"""The words of a digest, and of what tells of detractors and of a score that moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import css_inline
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext, ngettext

from campaigns.rendering import header_text
from promoter.accounts.models import Account
from promoter.lib.templatetags.ui import signed
from surveys.charts import band_parts
from surveys.digests import wording
from surveys.digests.content import Content
from surveys.digests.drawing import score_columns, score_rows
from surveys.digests.leaving import Way
from surveys.digests.moves import Move
from surveys.models import Response
from surveys.sending.writing import MAX_SUBJECT

_inliner = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


@dataclass(frozen=True, slots=True)
class Letter:
    """The words of one mail to one member."""

    subject: str
    text: str
    html: str


def write_digest(content: Content, *, account: Account, off_url: str) -> Letter:
    """In the active language. `off_url` is where the reader turns it off."""
    summary, span = content.summary, content.span
    change = summary.change
    days = [("from", span.first.isoformat()), ("to", span.last.isoformat())]
    context = {
        "content": content,
        "title": wording.title(span),
        "preheader": wording.preheader(content),
        "nobody": wording.nobody(content),
        "counts": summary.counts,
        "likely": summary.counts.likely,
        "cohort": summary.cohort,
        "is_first_hint": summary.counts.is_small,
        "change_words": wording.change_words(change, span.step) if change else "",
        "significance": wording.significance(change) if change else "",
        "parts": _parts(content),
        "rows": score_rows(summary.distribution),
        "history_title": wording.history_title(span.step),
        "has_history": content.n > 0
        and any(point.counts.n for point in content.history[:-1]),
        "chart": _chart(content),
        "more_comments": content.comment_count - len(content.comments),
        "has_significant_line": any(
            line.change and line.change.significant for line in content.lines
        ),
        "before_figures": {
            "answers": wording.answers_before(summary.counts_before.n),
            "rate": wording.rate_before(summary.cohort_before),
            "to_read": wording.to_read(content.to_read),
        },
        "dashboard_url": f"{_page('dashboard')}?{urlencode(days)}",
        "inbox_url": _page("response-list"),
    }
    return _letter(
        "digest",
        wording.subject(content),
        context,
        account=account,
        way=Way.DIGEST,
        off_url=off_url,
    )


def write_detractors(
    responses: Sequence[Response], *, account: Account, count: int, off_url: str
) -> Letter:
    """`responses` are shown of so many."""
    first = responses[0]
    names = {
        "account": account.name,
        "n": count,
        "score": first.score,
        "who": first.contact.name or str(first.contact) if first.contact else "",
    }
    subject = (
        gettext("%(account)s: %(score)s of 10 from %(who)s") % names
        if count == 1
        else gettext("%(account)s: %(n)s detractors wrote") % names
    )
    title = ngettext("A detractor wrote", "%(n)s detractors wrote", count) % {"n": count}
    context = {
        "title": title,
        "preheader": first.comment[:150],
        "responses": responses,
        "more": count - len(responses),
        "can_reply": count == 1 and bool(first.contact and first.contact.email),
        "inbox_url": f"{_page('response-list')}?band=detractor&comment=yes",
    }
    return _letter(
        "detractors",
        subject,
        context,
        account=account,
        way=Way.DETRACTORS,
        off_url=off_url,
    )


def write_moves(moves: Sequence[Move], *, account: Account, off_url: str) -> Letter:
    """The shortest window first: it is the news."""
    first = moves[0]
    names = {
        "account": account.name,
        "nps": signed(first.later.nps).removeprefix("+"),
        "points": signed(first.change.points),
        "days": first.pair.days,
    }
    subject = (
        gettext("%(account)s: NPS has risen to %(nps)s (%(points)s in %(days)s days)")
        if first.change.points > 0
        else gettext("%(account)s: NPS has fallen to %(nps)s (%(points)s in %(days)s days)")
    )
    pair = first.pair
    days = [("from", pair.first.isoformat()), ("to", pair.last.isoformat())]
    context = {
        "title": gettext("NPS has moved by more than chance explains"),
        "preheader": gettext("Significant: more than chance explains."),
        "moves": moves,
        "dashboard_url": f"{_page('dashboard')}?{urlencode(days)}",
    }
    return _letter(
        "moved",
        subject % names,
        context,
        account=account,
        way=Way.MOVES,
        off_url=off_url,
    )


def _letter(
    name: str,
    subject: str,
    context: Mapping[str, Any],
    *,
    account: Account,
    way: Way,
    off_url: str,
) -> Letter:
    subject = header_text(subject)[:MAX_SUBJECT]
    full = {
        **context,
        "subject": subject,
        "account": account,
        "site": settings.SITE_URL,
        "language": translation.get_language(),
        "direction": "rtl" if translation.get_language_bidi() else "ltr",
        # Outlook's old engine aligns by attributes only.
        "start": "right" if translation.get_language_bidi() else "left",
        "why": gettext("You get this as a member of %(account)s.")
        % {"account": account.name},
        "settings_url": _page("digest"),
        "off_url": off_url,
        "off_label": way.off_label,
    }
    html = render_to_string(f"emails/{name}.html", full)
    text = render_to_string(f"emails/{name}.txt", full)
    return Letter(subject=subject, text=text, html=_inliner.inline(html))


def _parts(content: Content) -> list[dict[str, Any]]:
    """Detractors to promoters, as the scale runs."""
    return [
        {
            "band": part.band,
            "label": wording.band_label(part.band),
            "count": part.count,
            "share": part.share,
        }
        for part in band_parts(content.summary.counts)
    ]


def _chart(content: Content) -> dict[str, Any]:
    """The columns with their labels and the room above and below each."""
    chart = score_columns(content.history)
    return {
        "width": 100 // len(chart.columns),
        "columns": [
            {
                "counts": column.counts,
                "up": column.up,
                "down": column.down,
                "is_last": column.is_last,
                "room": chart.above - column.up,
                "rest": chart.below - column.down,
                "label": wording.column_label(column.day, content.span.step),
            }
            for column in chart.columns
        ],
    }


def _page(name: str) -> str:
    return settings.SITE_URL + reverse(name)
