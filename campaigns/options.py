"""A campaign's options in words, for the pages that show what it does."""

from __future__ import annotations

from django.utils.text import get_text_list
from django.utils.translation import gettext, ngettext

from campaigns.conditions import ConditionError, parse
from campaigns.models import Campaign


def options_in_words(campaign: Campaign) -> list[str]:
    """One sentence for each option that is on; none when it asks in the plain way."""
    words = conditions_in_words(campaign)
    if campaign.sample_percent < 100:
        words.append(
            gettext("Asks about %(share)s of the events.")
            % {"share": f"{campaign.sample_percent}\u00a0%"}
        )
    if campaign.hold_hours:
        words.append(
            ngettext(
                "Holds the event of somebody not identified yet for up to %(hours)s hour, "
                "in case the identify follows.",
                "Holds the event of somebody not identified yet for up to %(hours)s hours, "
                "in case the identify follows.",
                campaign.hold_hours,
            )
            % {"hours": campaign.hold_hours}
        )
    if campaign.cancel_event:
        words.append(
            gettext("Withdraws an unsent survey when “%(event)s” follows.")
            % {"event": campaign.cancel_event}
        )
    return words


def conditions_in_words(campaign: Campaign) -> list[str]:
    try:
        conditions = parse(campaign.conditions)
    except ConditionError as error:
        return [
            gettext("Asks nobody, because its conditions can’t be read: %(error)s")
            % {"error": error}
        ]
    if not conditions:
        return []
    listed = get_text_list([each.long_words for each in conditions], gettext("and"))
    return [gettext("Asks only if %(conditions)s.") % {"conditions": listed}]
