"""Daily sums never change a figure: whatever is summed up, marked or neither."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count, product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from campaigns.models import Campaign
from contacts.models import Contact
from surveys.answering.superseding import keep_latest
from surveys.daily_sums.attribute_text import key_of, pair_text
from surveys.daily_sums.cohorts import Asked
from surveys.daily_sums.comparing import days_that_differ
from surveys.daily_sums.coverage import Coverage, local_day
from surveys.daily_sums.reading import By
from surveys.daily_sums.rolling_up import (
    forget_days,
    mark_changed,
    report_by,
    report_by_pair,
    roll_up,
    start_anew,
)
from surveys.daily_sums.value_sums import blocks_of
from surveys.figures import Figures
from surveys.models import Response, Survey, SurveyEmail
from surveys.nps import Band
from surveys.rollups import DailyScores, DirtyDay, Rollup, ValueSums
from surveys.selections import Selection
from surveys.windows import Window, last_days, midnight

pytestmark = pytest.mark.django_db
numbers = count()
PLANS = ("pro", "", True, 7, None, "free")
# One looks like a pair's text; two of the long ones have no room in a row's value.
REGIONS = ("north", "1:north", None, "é" * 200)
PAIR_KEY = key_of(["plan", "region"])


def as_text(value: object) -> str:
    return {True: "true", None: ""}.get(value, str(value))


class World:
    """An account's answers over some months, and what counting by hand says of them."""

    def __init__(self, account, campaigns, *, seed: int, now: datetime) -> None:
        self.account, self.campaigns, self.now = account, campaigns, now
        self.chance = random.Random(seed)
        self.regions = REGIONS[: self.chance.choice([2, 3, 4])]
        self.contacts = [
            Contact.objects.create(account=account, email=f"c{place}@example.com")
            for place in range(8)
        ]

    def ask(self) -> None:
        asked_at = self.now - self.chance.random() * timedelta(days=75)
        contact = self.chance.choice(self.contacts)
        said = {
            "plan": self.chance.choice(PLANS),
            "region": self.chance.choice(self.regions),
        }
        attributes = {name: value for name, value in said.items() if value is not None}
        survey = Survey.objects.create(
            account=self.account,
            campaign=self.chance.choice(self.campaigns),
            contact=contact,
            trigger_id=f"rolled-{next(numbers)}",
            attributes=attributes,
            triggered_at=asked_at,
            due_at=asked_at,
            asked_at=asked_at,
        )
        SurveyEmail.objects.create(
            account=self.account,
            survey=survey,
            kind="invitation",
            status="sent",
            due_at=asked_at,
            sent_at=asked_at,
            outcome=self.chance.choice(["", "", "delivered", "bounced"]),
        )
        mark_changed(account=self.account, at=[asked_at], now=self.now)
        if self.chance.random() < 0.6:
            at = asked_at + self.chance.random() * (self.now - asked_at)
            Response.objects.create(
                account=self.account,
                campaign=survey.campaign,
                survey=survey,
                contact=contact,
                score=self.chance.randrange(11),
                attributes=attributes,
                responded_at=at,
                updated_at=at,
            )
            mark_changed(account=self.account, at=[at], now=self.now)
            keep_latest(contact=contact, now=self.now)

    def change(self) -> None:
        response = Response.objects.order_by("?").first()
        if response is None:
            return
        if self.chance.random() < 0.5:
            response.score = self.chance.randrange(11)
            response.save()
        else:
            response.delete()
        at = [response.responded_at, response.survey.asked_at]
        mark_changed(account=self.account, at=at, now=self.now)
        keep_latest(contact=response.contact, now=self.now)

    def look(self) -> None:
        self.responses = list(Response.objects.order_by("responded_at", "pk"))
        surveys = Survey.objects.select_related("response").prefetch_related("emails")
        self.surveys = list(surveys)

    def distributions(self, window, by, key, *, narrow, is_latest) -> dict:
        rows = [row for row in self.responses if narrow(row)]
        if is_latest:
            seen = [row for row in self.responses if row.responded_at < window.end]
            latest = {row.contact_id: row.pk for row in seen}.values()
            rows = [row for row in rows if row.pk in latest]
        found: dict = {}
        for row in rows:
            if window.start <= row.responded_at < window.end:
                name = self.name(row, row.responded_at, by, key)
                found.setdefault(name, [0] * 11)[row.score] += 1
        return {name: tuple(counts) for name, counts in found.items()}

    def cohorts(self, window, by, key, *, narrow) -> dict:
        found: dict = {}
        for row in self.surveys:
            if not (narrow(row) and window.start <= row.asked_at < window.end):
                continue
            answered = hasattr(row, "response")
            bounced = not answered and row.emails.all()[0].outcome == "bounced"
            name = self.name(row, row.asked_at, by, key)
            found[name] = found.get(name, Asked()) + Asked(1, int(bounced), int(answered))
        return found

    def name(self, row, at, by, key):
        return {
            By.NOTHING: None,
            By.DAY: local_day(at, ZoneInfo(self.account.time_zone)),
            By.CAMPAIGN: row.campaign_id,
            By.VALUE: self.value(row, key),
        }[by]

    def value(self, row, key):
        if key != PAIR_KEY:
            return as_text(row.attributes.get(key))
        values = {name: as_text(row.attributes.get(name)) for name in ("plan", "region")}
        return pair_text(key, values)


@pytest.fixture
def world(account, campaign, now):
    def make(seed: int, zone: str = "Europe/Berlin") -> World:
        account.time_zone = zone
        account.save()
        other, _ = Campaign.objects.get_or_create(account=account, name="Other")
        return World(account, [campaign, other], seed=seed, now=now)

    return make


def bands(distributions: dict) -> dict:
    return {
        value: (sum(each[9:]), sum(each[7:9]), sum(each[:7]))
        for value, each in distributions.items()
    }


def everything_up(account, now) -> None:
    while roll_up(account=account, now=now):
        pass


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    seed=st.integers(0, 10**6),
    zone=st.sampled_from(["UTC", "America/Havana", "Asia/Kathmandu"]),
    plan=st.lists(
        st.sampled_from(["ask", "change", "roll", "report"]), min_size=4, max_size=14
    ),
    most_values=st.sampled_from([2, 200]),
)
# Both attributes of a pair are chosen, and the table goes by one of them.
@example(
    seed=8112,
    zone="UTC",
    plan=["report", "roll", *["ask"] * 4, *["roll"] * 9],
    most_values=200,
)
def test_every_figure_is_what_counting_by_hand_gives(
    world, account, now, monkeypatch, seed, zone, plan, most_values
):
    monkeypatch.setattr("surveys.daily_sums.rolling_up.MOST_VALUES", most_values)
    for model in (Response, Survey, DirtyDay, Rollup, DailyScores, ValueSums, Contact):
        model.objects.all().delete()
    its = world(seed, zone)
    for act in plan:
        if act == "ask":
            for _ in range(5):
                its.ask()
        elif act == "change":
            its.change()
        elif act == "report":
            report_by(account=account, key="plan")
            report_by_pair(account=account, names=["region", "plan"])
        else:
            roll_up(account=account, now=now, steps=its.chance.randrange(1, 5))
    tz = ZoneInfo(zone)
    windows = [
        last_days(60, zone=tz, now=now),
        last_days(7, zone=tz, now=now),
        Window(now - timedelta(days=50, hours=5), now - timedelta(days=9, hours=3)),
    ]
    other = its.campaigns[1]
    selections = [
        (Selection(account), lambda row: True),
        (Selection(account, campaign=other), lambda row: row.campaign_id == other.pk),
        (
            Selection(account, attributes=(("plan", "true"),)),
            lambda row: row.attributes.get("plan") is True,
        ),
        (
            Selection(account, attributes=(("region", "north"), ("plan", "7"))),
            lambda row: (
                row.attributes.get("plan") == 7 and row.attributes.get("region") == "north"
            ),
        ),
    ]
    coverage = Coverage.of(account, now=now)
    its.look()
    for window, key in product(windows, ["plan", "region", PAIR_KEY]):
        for selection, narrow in selections:
            figures = Figures(selection, coverage, key)
            latest = Figures(replace(selection, is_latest=True), coverage, key)
            # The key is what values are told apart by; all else is the same for each.
            for by in By if key == "plan" else [By.VALUE]:
                at = (window, by, key)
                assert figures.distributions(window, by) == its.distributions(
                    *at, narrow=narrow, is_latest=False
                )
                assert latest.distributions(window, by) == its.distributions(
                    *at, narrow=narrow, is_latest=True
                )
                assert figures.cohorts(window, by) == its.cohorts(*at, narrow=narrow)
            at = (window, By.VALUE, key)
            by_hand = its.distributions(*at, narrow=narrow, is_latest=False)
            assert figures.bands_by_value(window) == bands(by_hand)
            only = ("pro", "true", "north", "nobody's", "3:pronorth")
            some = {value: each for value, each in by_hand.items() if value in only}
            assert figures.bands_by_value(window, only=only) == bands(some)


def test_years_are_read_from_sums_and_only_the_last_days_from_rows(
    world, account, now, django_assert_num_queries
):
    its = world(3)
    for _ in range(30):
        its.ask()
    everything_up(account, now)
    coverage = Coverage.of(account, now=now)
    split = coverage.split(last_days(70, zone=coverage.zone, now=now), key="")

    assert not DirtyDay.objects.exists()
    assert split.dirty == ()
    (live,) = split.live
    assert live.end - live.start == timedelta(days=1)
    with django_assert_num_queries(2):
        Figures(Selection(account), coverage).distributions(
            last_days(70, zone=coverage.zone, now=now)
        )


def test_a_new_time_zone_starts_the_sums_anew(world, account, now):
    its = world(5, "UTC")
    for _ in range(20):
        its.ask()
    everything_up(account, now)
    account.time_zone = "Asia/Tokyo"
    account.save()

    assert Coverage.of(account, now=now).through == {}
    everything_up(account, now)
    its.look()
    coverage = Coverage.of(account, now=now)
    window = last_days(70, zone=coverage.zone, now=now)
    assert Figures(Selection(account), coverage).distributions(
        window, By.DAY
    ) == its.distributions(window, By.DAY, "", narrow=lambda row: True, is_latest=False)


def test_of_very_many_values_a_stretch_of_days_is_a_dozen_rows(
    world, account, now, monkeypatch, django_assert_max_num_queries
):
    monkeypatch.setattr("surveys.daily_sums.rolling_up.MOST_VALUES", 2)
    its = world(7)
    for _ in range(40):
        its.ask()
    report_by(account=account, key="plan")
    everything_up(account, now)

    rollup = Rollup.objects.get(key="plan")
    assert rollup.has_many_values
    assert not DailyScores.objects.filter(key="plan").exists()
    assert ValueSums.objects.filter(level=5).exists()
    assert days_that_differ(rollup=rollup) == []
    its.look()
    zone = ZoneInfo("Europe/Berlin")
    days = [local_day(row.responded_at, zone) for row in its.responses]
    changed = sorted(day for day in days if day < rollup.through)[len(days) // 2]
    for window in (last_days(70, zone=zone, now=now), last_days(33, zone=zone, now=now)):
        at = (window, By.VALUE, "plan")
        by_hand = its.distributions(*at, narrow=lambda row: True, is_latest=False)
        figures = Figures(Selection(account), Coverage.of(account, now=now), "plan")
        with django_assert_max_num_queries(4):
            assert figures.bands_by_value(window) == bands(by_hand)
            asked = its.cohorts(*at, narrow=lambda row: True)
            assert figures.cohorts(window, By.VALUE) == asked
    blocks = list(blocks_of(100, 830, {300}))
    assert len(blocks) < 24
    covered = [day + each for level, day in blocks for each in range(1 << level)]
    assert covered == [day for day in range(100, 830) if day != 300]

    # What is erased is in no block any more, at once.
    forget_days(account=account, at=[midnight(changed, zone)], now=now)
    number = changed.toordinal()
    assert not [
        row
        for row in ValueSums.objects.all()
        if row.day.toordinal() <= number < row.day.toordinal() + 2**row.level
    ]
    everything_up(account, now)
    assert days_that_differ(rollup=rollup) == []

    # A sum that doesn't hold is found, at whatever level.
    for level in (0, 3):
        one = ValueSums.objects.filter(level=level).first()
        ValueSums.objects.filter(pk=one.pk).update(scores=b'{"pro":77}')
        assert days_that_differ(rollup=rollup)
        start_anew(account=account)
        everything_up(account, now)


def test_a_band_can_be_looked_at_alone(world, account, now):
    its = world(9)
    for _ in range(20):
        its.ask()
    everything_up(account, now)
    window = last_days(70, zone=ZoneInfo("Europe/Berlin"), now=now)
    figures = Figures(
        Selection(account, band=Band.DETRACTOR), Coverage.of(account, now=now)
    )

    (found,) = figures.distributions(window).values()
    assert sum(found[7:]) == 0
    assert sum(found) == Response.objects.filter(score__lte=6).count()
