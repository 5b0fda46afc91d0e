"""Who may be asked: the rules without a database."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.models import Throttle
from surveys.asking.send_windows import SendWindow, next_open
from surveys.eligibility import Ask, Spacing, first_allowed, skip_reason
from surveys.models import SkipReason

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def reason(**changed):
    """A person who may be asked, but for what the test changes."""
    facts = {
        "ask": Ask(campaign_id=1, due_at=NOW),
        "spacing": Spacing.of(None, floor_hours=24),
        "other_asks": [],
        "campaign_live": True,
        "email": "ada@example.com",
        "suppressed": False,
    }
    return skip_reason(**(facts | changed))


def throttled_for(days, scope=Throttle.Scope.ACCOUNT, floor_hours=24):
    return Spacing.of(Throttle(days=days, scope=scope), floor_hours=floor_hours)


def asked(before: timedelta, campaign_id: int = 1) -> list[Ask]:
    return [Ask(campaign_id=campaign_id, due_at=NOW - before)]


def test_who_was_never_asked_may_be_asked():
    assert reason() is None


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"suppressed": True}, SkipReason.SUPPRESSED),
        ({"email": ""}, SkipReason.NO_ADDRESS),
        ({"email": "a@x.io, b@x.io"}, SkipReason.NO_ADDRESS),
        ({"campaign_live": False}, SkipReason.CAMPAIGN_INACTIVE),
        ({"erased": True, "email": "", "suppressed": True}, SkipReason.ERASED),
        ({"suppressed": True, "campaign_live": False}, SkipReason.SUPPRESSED),
    ],
)
def test_each_reason_has_its_name(changed, expected):
    assert reason(**changed) == expected


def test_the_throttle_ends_exactly_after_its_days():
    month = throttled_for(30)
    assert reason(spacing=month, other_asks=asked(timedelta(days=30))) is None
    assert (
        reason(spacing=month, other_asks=asked(timedelta(days=30) - MICROSECOND))
        == SkipReason.THROTTLED
    )


def test_a_pending_ask_that_is_due_later_counts_too():
    assert (
        reason(spacing=throttled_for(30), other_asks=asked(-timedelta(days=29)))
        == SkipReason.THROTTLED
    )
    assert reason(spacing=throttled_for(30), other_asks=asked(-timedelta(days=30))) is None


def test_a_throttle_of_one_campaign_leaves_the_others_to_the_floor():
    own = throttled_for(30, Throttle.Scope.CAMPAIGN)
    other = 2
    assert reason(spacing=own, other_asks=asked(timedelta(days=29))) == "throttled"
    assert reason(spacing=own, other_asks=asked(timedelta(days=29), other)) is None
    assert reason(spacing=own, other_asks=asked(timedelta(hours=23), other)) == "throttled"


def test_a_throttle_of_the_account_counts_every_campaign():
    account = throttled_for(30)
    assert reason(spacing=account, other_asks=asked(timedelta(days=29), 2)) == "throttled"


def test_without_a_throttle_the_floor_holds():
    assert reason(other_asks=asked(timedelta(hours=24), 2)) is None
    assert reason(other_asks=asked(timedelta(hours=24) - MICROSECOND, 2)) == "throttled"


def test_a_floor_longer_than_the_throttle_wins():
    spacing = throttled_for(1, Throttle.Scope.CAMPAIGN, floor_hours=72)
    assert reason(spacing=spacing, other_asks=asked(timedelta(hours=71))) == "throttled"
    assert reason(spacing=spacing, other_asks=asked(timedelta(hours=72))) is None


def test_a_floor_of_nothing_throttles_nothing():
    assert (
        reason(spacing=Spacing.of(None, floor_hours=0), other_asks=asked(timedelta(0)))
        is None
    )


def test_days_are_24_hours_over_a_change_of_the_clocks():
    berlin = ZoneInfo("Europe/Berlin")
    saturday = datetime(2026, 10, 24, 12, 0, tzinfo=berlin).astimezone(UTC)
    sunday_noon = datetime(2026, 10, 25, 12, 0, tzinfo=berlin).astimezone(UTC)
    day = throttled_for(1)
    other = [Ask(campaign_id=1, due_at=saturday)]
    an_hour_early = Ask(campaign_id=1, due_at=sunday_noon - timedelta(hours=1))
    assert reason(ask=an_hour_early, spacing=day, other_asks=other) is None


@given(
    hours=st.integers(-24 * 400, 24 * 400),
    days=st.integers(1, 365),
    scope=st.sampled_from(list(Throttle.Scope)),
    same_campaign=st.booleans(),
    floor=st.integers(0, 24 * 7),
)
def test_what_lies_beyond_the_reach_never_matters(hours, days, scope, same_campaign, floor):
    """Callers may bound their query by `reach`."""
    spacing = throttled_for(days, scope, floor)
    others = asked(timedelta(hours=hours), 1 if same_campaign else 2)
    if timedelta(hours=abs(hours)) >= spacing.reach:
        assert reason(spacing=spacing, other_asks=others) is None


ASKS = st.builds(
    lambda campaign_id, days: Ask(campaign_id, NOW + timedelta(days=days)),
    st.integers(1, 2),
    st.integers(-90, 90),
)


@given(
    ask=ASKS,
    others=st.lists(ASKS, max_size=6),
    days=st.integers(1, 60),
    scope=st.sampled_from(Throttle.Scope),
)
def test_what_is_throttled_is_free_from_the_first_moment_that_is_allowed(
    ask, others, days, scope
):
    spacing = throttled_for(days, scope)

    free = spacing.free_from(ask, others)

    assert spacing.allows(Ask(ask.campaign_id, free), others)
    ends = [other.due_at + spacing.between(ask, other) for other in others]
    assert not any(
        spacing.allows(Ask(ask.campaign_id, end), others)
        for end in [ask.due_at, *ends]
        if ask.due_at <= end < free
    )


MORNINGS = SendWindow(frozenset({0, 2, 3}), time(8), time(11))


@given(
    ask=ASKS,
    others=st.lists(ASKS, max_size=6),
    days=st.integers(1, 60),
    scope=st.sampled_from(Throttle.Scope),
    patience=st.integers(0, 120),
)
def test_who_waits_goes_out_at_the_first_moment_that_window_and_throttle_allow(
    ask, others, days, scope, patience
):
    spacing = throttled_for(days, scope)
    latest = ask.due_at + timedelta(days=patience)

    def opens_at(moment: datetime) -> datetime:
        return next_open(moment, MORNINGS, ZoneInfo("UTC"))

    def allowed(moment: datetime) -> bool:
        return opens_at(moment) == moment and spacing.allows(
            Ask(ask.campaign_id, moment), others
        )

    found = first_allowed(
        ask=ask, spacing=spacing, other_asks=others, opens_at=opens_at, latest=latest
    )

    if found is not None:
        assert allowed(found)
        assert ask.due_at <= found <= latest
    hour = ask.due_at
    while hour < (found or latest):
        assert not allowed(hour)
        hour += timedelta(hours=1)
