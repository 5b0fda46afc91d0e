"""A campaign's options in words, for the pages that show what it does."""

from __future__ import annotations

from campaigns.conditions import ConditionError, parse
from campaigns.models import Campaign


def options_in_words(campaign: Campaign) -> list[str]:
    """One sentence for each option that is on; none when it asks in the plain way."""
    words = conditions_in_words(campaign)
    if campaign.sample_percent < 100:
        words.append(f"Asks about {campaign.sample_percent}\u00a0% of the events.")
    if campaign.hold_hours:
        hours = "1 hour" if campaign.hold_hours == 1 else f"{campaign.hold_hours} hours"
        words.append(
            f"Holds the event of somebody not identified yet for up to {hours}, "
            "in case the identify follows."
        )
    if campaign.cancel_event:
        words.append(f"Withdraws an unsent survey when “{campaign.cancel_event}” follows.")
    return words


def conditions_in_words(campaign: Campaign) -> list[str]:
    try:
        conditions = parse(campaign.conditions)
    except ConditionError as error:
        return [f"Asks nobody, because its conditions can’t be read: {error}"]
    if not conditions:
        return []
    return [f"Asks only if {_and([each.long_words for each in conditions])}."]


def _and(parts: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))
