"""Turn a kind of mail off by the link in it: one press, without signing in."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext

from promoter.lib.signing import make_token, read_token
from surveys.digests.subscriptions import Frequency
from surveys.models import Subscription, TeamMail


class Way(StrEnum):
    """One kind of mail that a member can be without, as its address names it."""

    DIGEST = "digest"
    DETRACTORS = "detractors"
    MOVES = "moves"

    @property
    def off_label(self) -> str:
        return {
            Way.DIGEST: gettext("No more digests"),
            Way.DETRACTORS: gettext("No more mail about detractors"),
            Way.MOVES: gettext("No more mail about a moved score"),
        }[self]

    @property
    def off_sentence(self) -> str:
        return {
            Way.DIGEST: gettext("You get no more digests of %(account)s."),
            Way.DETRACTORS: gettext(
                "You get no more mail about detractors of %(account)s."
            ),
            Way.MOVES: gettext("You get no more mail when the score of %(account)s moves."),
        }[self]

    def off_url(self, member: int) -> str:
        token = make_token(self._purpose, member)
        return settings.SITE_URL + reverse("digest-off", args=[self, token])

    def member_of(self, token: str) -> int | None:
        """Whose link it is; None for a token that we did not make for this kind."""
        return read_token(self._purpose, token)

    @property
    def _purpose(self) -> str:
        return f"{self}-off"


def way_of(kind: str) -> Way:
    """What a mail of this kind is turned off by."""
    ways = {TeamMail.Kind.DETRACTORS: Way.DETRACTORS, TeamMail.Kind.MOVED: Way.MOVES}
    return ways.get(TeamMail.Kind(kind), Way.DIGEST)


def turn_off(way: Way, *, subscription: Subscription) -> None:
    """Twice changes nothing. What waits already is dropped when its turn comes."""
    changes: dict[Way, dict[str, Any]] = {
        Way.DIGEST: {"frequency": Frequency.NEVER, "next_at": None},
        Way.DETRACTORS: {"wants_detractors": False},
        Way.MOVES: {"wants_moves": False},
    }
    Subscription.objects.filter(pk=subscription.pk).update(**changes[way])


def is_off(way: Way, *, subscription: Subscription) -> bool:
    return {
        Way.DIGEST: subscription.frequency == Frequency.NEVER,
        Way.DETRACTORS: not subscription.wants_detractors,
        Way.MOVES: not subscription.wants_moves,
    }[way]
