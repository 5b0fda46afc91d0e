"""Template tags and filters that every page may use without loading them."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django import template
from django.template.base import Parser, Token
from django.template.context import Context
from django.template.defaulttags import CsrfTokenNode
from django.urls import reverse
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.formats import number_format
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from promoter.lib.error_words import error_words
from promoter.lib.labels import in_sentence
from promoter.lib.relative import exact_time, relative_time, short_date, written_day
from promoter.lib.zones import zone_or_none

register = template.Library()
register.filter("error_words", error_words)
register.filter(in_sentence)

# In every form: the account whose page it stands on.
FORM_ACCOUNT = "form_account"
NOTHING = "–"
MINUS = "\N{MINUS SIGN}"


# Pages that belong to a section without its word in their name.
ELSEWHERE = {"outbox": "campaign-mail", "outbox-settle": "campaign-mail"}
ELSEWHERE |= {"quarantine": "response-quarantine"}
ELSEWHERE |= dict.fromkeys(("export", "export-list"), "response-exports")


class FormTokensNode(CsrfTokenNode):
    """Django's token, and which account the page shows."""

    def render(self, context: Context) -> SafeString:
        account = getattr(getattr(context, "request", None), "account", None)
        token = SafeString(super().render(context))
        if account is None:
            return token
        field = '{}<input type="hidden" name="{}" value="{}">'
        return format_html(field, token, FORM_ACCOUNT, account.pk)


@register.tag
def csrf_token(parser: Parser, token: Token) -> FormTokensNode:
    """In place of Django's, so that no form can leave the account out: who switches to
    another one must not send what they typed for the first (accounts.access)."""
    return FormTokensNode()


@register.inclusion_tag("_partials/nav_link.html", takes_context=True)
def nav_link(context: Context, name: str, label: str) -> dict[str, str]:
    """One entry of the main navigation.

    Names of addresses begin with their section's word (`campaign`, `campaign-list`), so
    the section that a page belongs to can be read off its name; where it can't, the page
    gives such a name as its `section`.
    """
    match = context["request"].resolver_match
    here = context.get("section") or (match.url_name or "" if match else "")
    section = name.removesuffix("-list")
    here = ELSEWHERE.get(here, here)
    current = "page" if here == name else "true" if here.startswith(section) else ""
    return {"address": reverse(name), "label": label, "current": current}


@register.simple_tag(takes_context=True)
def moment(context: Context, value: datetime | None, style: str = "relative") -> str:
    """A <time>: relative (or `date`, `exact`) to read, exact in the reader's zone
    on hover.

    Views give `now`: a page is drawn at one moment, not at several.
    """
    if value is None:
        return NOTHING
    zone = reader_zone(context)
    now: datetime = context["now"]
    if style == "exact":
        return time_element(value, exact_time(value, zone=zone), zone)
    words = short_date if style == "date" else relative_time
    return time_element(value, words(value, now=now, zone=zone), zone)


def reader_zone(context: Context) -> tzinfo:
    """The person's own, or else the account's, or else UTC."""
    request = context.get("request")
    user, account = getattr(request, "user", None), getattr(request, "account", None)
    for owner in (user, account):
        zone = zone_or_none(getattr(owner, "time_zone", "") or "-")
        if zone is not None:
            return zone
    return UTC


def time_element(value: datetime, text: str, zone: tzinfo) -> SafeString:
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        exact_time(value, zone=zone),
        text,
    )


@register.filter
def day(value: date | None, form: str) -> str:
    """The day as this language writes it; `form` is one of relative.DAY_FORMATS. A moment
    is in the zone that it has."""
    return written_day(value, form) if value else NOTHING


@register.filter
def short_weekday(number: int) -> str:
    """`Mon`; 0 is Monday."""
    return str(WEEKDAYS_ABBR[number])


@register.filter
def signed(value: Any, places: int = 0) -> str:
    """A score that may be negative: `+42`, `−7`, `0`; a dash for none."""
    if value is None or value == "":
        return NOTHING
    number = Decimal(str(value)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    sign = "" if not number else "+" if number > 0 else MINUS
    return sign + str(number_format(abs(number)))


@register.filter
def span(likely: Any) -> str:
    """Where a score likely lies: `+23 and +53`; a dash for none. In Python and not in the
    templates: a page has hundreds, and a block to translate costs more each time."""
    if likely is None:
        return NOTHING
    ends = {"low": signed(likely.low), "high": signed(likely.high)}
    return gettext("%(low)s and %(high)s") % ends


@register.filter
def percent(share: Any) -> str:
    """A share of 1 in whole per cent: `42%`; a dash for none."""
    if share is None or share == "":
        return NOTHING
    whole = (Decimal(str(share)) * 100).quantize(Decimal(1), ROUND_HALF_UP)
    return gettext("%(number)s%%") % {"number": whole}


@register.filter
def of_hundred(share: Any) -> str:
    """A share of 100, as percent() writes it."""
    return percent(Decimal(str(share)) / 100)


@register.filter
def compact(count: int) -> str:
    """A count where there is little room: 999, 1.2k, 12k, 1.2M."""
    for unit, name in ((1_000_000, "M"), (1_000, "k")):
        if count >= unit:
            places = 1 if count < 10 * unit else 0
            return f"{number_format(round(Decimal(count) / unit, places))}{name}"
    return str(count)


@register.filter
def attribute(value: Any) -> str:
    """A contact's attribute as people read it; lists and objects as JSON."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


@register.filter
def pretty_json(value: Any) -> str:
    """Indented, in the order in which it came."""
    return json.dumps(value, ensure_ascii=False, indent=2)


@register.filter
def soft_breaks(value: Any) -> SafeString:
    """Lets long addresses and ids break where a person would: after @ . _ - + | /."""
    parts = re.split(r"(?<=[@._+|/-])(?=.)", str(value))
    return mark_safe("<wbr>".join(escape(part) for part in parts))  # noqa: S308
