"""Why a campaign paused itself: kept as numbers, said in the language of who reads it."""

from __future__ import annotations

import re

from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext

_BURST = re.compile(r"burst ([0-9]+) ([0-9]+)")


def too_many(*, wanted: int, usual: int) -> str:
    """As the campaign's row keeps that it would ask so many within an hour."""
    return f"burst {wanted} {usual}"


def pause_words(stored: str) -> str:
    """A sentence of what a row keeps. One that was kept in words stays as it is."""
    found = _BURST.fullmatch(stored)
    if found is None:
        return stored
    wanted, usual = int(found[1]), int(found[2])
    surveys = ngettext(
        "%(count)s survey within an hour", "%(count)s surveys within an hour", wanted
    ) % {"count": _number(wanted)}
    if not usual:
        return gettext("%(surveys)s; it usually asks hardly anybody.") % {
            "surveys": surveys
        }
    return ngettext(
        "%(surveys)s; it usually asks %(usual)s.",
        "%(surveys)s; it usually asks %(usual)s.",
        usual,
    ) % {"surveys": surveys, "usual": _number(usual)}


def _number(value: int) -> str:
    return number_format(value, force_grouping=True)
