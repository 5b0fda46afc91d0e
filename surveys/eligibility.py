"""May this contact be asked now? Pure rules, the same at scheduling and at delivery.

Throttles count days of 24 hours between the due times of two asks, so a change of
daylight saving time moves nothing. An ask counts from the moment it is scheduled; one
that was skipped does not. Callers collect the asks of the contact and of its address
(one person may stand in two contacts) and hand them in; nothing here reads the database
or the clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from campaigns.models import Throttle
from contacts.addresses import clean_address
from surveys.models import SkipReason


@dataclass(frozen=True, slots=True)
class Ask:
    """One ask of one person: by which campaign, and when its invitation is due."""

    campaign_id: int
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Spacing:
    """How far apart two asks of one person must be.

    `floor` holds among all campaigns of the account, `throttle` among those of its scope.
    """

    floor: timedelta
    throttle: timedelta = timedelta(0)
    account_wide: bool = True

    @classmethod
    def of(cls, throttle: Throttle | None, *, floor_hours: int) -> Spacing:
        """The spacing of a campaign with this throttle, or with none."""
        floor = timedelta(hours=floor_hours)
        if throttle is None:
            return cls(floor=floor)
        return cls(
            floor=floor,
            throttle=timedelta(days=throttle.days),
            account_wide=throttle.scope == Throttle.Scope.ACCOUNT,
        )

    @property
    def reach(self) -> timedelta:
        """Asks further away than this can't matter: the bound of the caller's query."""
        return max(self.floor, self.throttle)

    def between(self, ask: Ask, other: Ask) -> timedelta:
        """The least time between these two asks."""
        if self.account_wide or other.campaign_id == ask.campaign_id:
            return self.reach
        return self.floor

    def allows(self, ask: Ask, others: Iterable[Ask]) -> bool:
        """Exactly as far apart as demanded is far enough.

        Looks both ways: with different delays the earlier trigger may be due later.
        """
        return all(
            abs(ask.due_at - other.due_at) >= self.between(ask, other) for other in others
        )

    def free_from(self, ask: Ask, others: Iterable[Ask]) -> datetime:
        """The earliest due time, from this ask's on, that `allows` would let pass.

        Once past a later ask no earlier one is in the way again, so one look at each, in
        the order of their due times, is enough.
        """
        due_at = ask.due_at
        for other in sorted(others, key=lambda each: each.due_at):
            distance = self.between(ask, other)
            if abs(due_at - other.due_at) < distance:
                due_at = other.due_at + distance
        return due_at


def first_allowed(
    *,
    ask: Ask,
    spacing: Spacing,
    other_asks: Sequence[Ask],
    opens_at: Callable[[datetime], datetime],
    latest: datetime,
) -> datetime | None:
    """The first moment from the ask's due time on at which it may go out; None when that
    comes after `latest`.

    `opens_at` says when mail may go out from a moment on: that moment or a later one.
    """
    due_at = opens_at(ask.due_at)
    while due_at <= latest:
        free_from = spacing.free_from(Ask(ask.campaign_id, due_at), other_asks)
        if free_from == due_at:
            return due_at
        # Past one of the other asks at least: as many rounds as there are, at most.
        due_at = opens_at(free_from)
    return None


def skip_reason(
    *,
    ask: Ask,
    spacing: Spacing,
    other_asks: Iterable[Ask],
    campaign_live: bool,
    email: str,
    suppressed: bool,
    erased: bool = False,
) -> SkipReason | None:
    """Why this ask must not go out, or None when it may.

    `other_asks` leaves out the ask itself. At delivery hand in only those that go before
    it (asked already, or due earlier): two pending asks must not cancel each other.
    Where several reasons hold, the one that no waiting will mend comes first.
    """
    if erased:
        return SkipReason.ERASED
    if suppressed:
        return SkipReason.SUPPRESSED
    if clean_address(email) is None:
        return SkipReason.NO_ADDRESS
    if not campaign_live:
        return SkipReason.CAMPAIGN_INACTIVE
    if not spacing.allows(ask, other_asks):
        return SkipReason.THROTTLED
    return None
