"""What happened in the sample account: whom it asked in four months, and what they said.

All of it comes from one seed, so that every trial shows the same to everybody; only the
days move with `now`. Nothing here knows of the database.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from promoter.local.sample import words
from surveys.nps import Band

SEED = 63
DAY = timedelta(days=1)
PEOPLE, DAYS = 300, 120
PAUSE = 30 * DAY
"""Nobody is asked twice within it: the account's throttle."""
FASTER = 33
"""So many days ago the app was made faster, and people began to like it more."""
ANSWER, BOUNCE, LEAVE = 0.39, 0.012, 0.01
"""Of those asked: how many answer, cannot be reached, want no more mail."""
Choice = TypeVar("Choice")


@dataclass(frozen=True, slots=True)
class Course:
    """One campaign: from when to when, in days before now, and how many it asks a day at
    its beginning and at its end."""

    name: str
    event: str
    first: int
    last: int
    rate: tuple[float, float]
    list_name: str


ONBOARDING = Course(
    *("After the onboarding", "Onboarding Finished", 120, 52, (2.6, 2.2), "New customers")
)
PROJECT = Course(
    *("After a project", "Project Finished", 95, 0, (1.8, 9.2), "Finished a project")
)
COURSES = (ONBOARDING, PROJECT)


@dataclass(slots=True)
class Person:
    """A contact as Segment would have told of it."""

    number: int
    first_name: str
    last_name: str
    email: str
    attributes: dict[str, str | int]
    known_since: datetime
    asked_at: datetime | None = None
    gone: str = ""

    @property
    def user_id(self) -> str:
        return f"sample-{self.number:03}"


@dataclass(slots=True)
class Ask:
    """One survey, and the answer to it if there is one; `fate` is bounced or unsubscribed
    where nobody is to be asked any more."""

    course: Course
    person: Person
    at: datetime
    fate: str = ""
    answered_at: datetime | None = None
    score: int = 0
    themes: list[str] = field(default_factory=list)
    comment: str = ""

    @property
    def trigger_id(self) -> str:
        return f"sample-{self.person.number:03}-{int(self.at.timestamp())}"


@dataclass(frozen=True, slots=True)
class Story:
    people: list[Person]
    asks: list[Ask]

    @property
    def answered(self) -> list[Ask]:
        return [ask for ask in self.asks if ask.answered_at is not None]


def tell(*, now: datetime, seed: int = SEED) -> Story:
    """The whole of it, asks in their order."""
    dice = random.Random(seed)  # noqa: S311 - a story, no secret
    people = _people(dice, now)
    decks: dict[tuple[str, Band], list[str]] = {}
    asks = []
    for at, course in sorted(_moments(dice, now), key=lambda each: each[0]):
        person = _free(dice, people, at)
        if person is None:
            continue
        person.asked_at = at
        ask = Ask(course, person, at)
        _what_came_of(ask, dice, decks, now)
        asks.append(ask)
    return Story(people, asks)


def _people(dice: random.Random, now: datetime) -> list[Person]:
    # As many companies of each plan as there should be, whatever the dice say.
    plans = [plan for plan, share in words.PLANS.items() for _ in range(share)]
    dice.shuffle(plans)
    companies = {
        name: (plan, _weighted(dice, words.COUNTRIES))
        for name, plan in zip(words.COMPANIES, plans, strict=True)
    }
    names = [(first, last) for first in words.FIRST for last in words.LAST]
    people = []
    for number, (first, last) in enumerate(dice.sample(names, PEOPLE), 1):
        company = dice.choice(words.COMPANIES)
        plan, country = companies[company]
        host = "".join(letter for letter in company.lower() if letter.isalpha())
        # Most were there before the first campaign; the others came one by one.
        since = now - dice.uniform(1, 260) * DAY
        people.append(
            Person(
                number=number,
                first_name=first,
                last_name=last,
                email=f"{first}.{last}@{host}.example".lower().replace("é", "e"),
                attributes={
                    **{"plan": plan, "country": country, "company": company},
                    "seats": dice.choice(words.SEATS[plan]),
                },
                known_since=since.replace(microsecond=0),
            )
        )
    return sorted(people, key=lambda person: person.known_since)


def _moments(dice: random.Random, now: datetime) -> Iterator[tuple[datetime, Course]]:
    """When each campaign had somebody to ask."""
    for course in COURSES:
        length = course.first - course.last
        for day in range(course.first, course.last, -1):
            share = (course.first - day) / length
            rate = course.rate[0] + (course.rate[1] - course.rate[0]) * share
            for _ in range(int(rate) + (dice.random() < rate % 1)):
                at = now - day * DAY + timedelta(seconds=dice.randrange(86_400))
                if at < now - timedelta(minutes=20):
                    yield at.replace(microsecond=0), course


def _free(dice: random.Random, people: Sequence[Person], at: datetime) -> Person | None:
    """Somebody who is known and was not asked lately."""
    free = [
        person
        for person in people
        if person.known_since < at - DAY
        and not person.gone
        and (person.asked_at is None or person.asked_at < at - PAUSE)
    ]
    return dice.choice(free) if free else None


def _what_came_of(
    ask: Ask,
    dice: random.Random,
    decks: dict[tuple[str, Band], list[str]],
    now: datetime,
) -> None:
    roll = dice.random()
    if roll < BOUNCE + LEAVE:
        ask.fate = ask.person.gone = "bounced" if roll < BOUNCE else "unsubscribed"
        return
    # Most answer within hours, some after days.
    waited = timedelta(minutes=4) + 2.5 * DAY * dice.random() ** 3
    if dice.random() > ANSWER or ask.at + waited > now - timedelta(minutes=2):
        return
    ask.answered_at = (ask.at + waited).replace(microsecond=0)
    band = _band(dice, str(ask.person.attributes["plan"]), (now - ask.at) / DAY)
    ask.score = dice.choice(words.SCORES[band])
    if dice.randrange(100) < words.WRITE[band]:
        ask.themes = [_weighted(dice, words.TALK_OF[band])]
        if dice.random() < 0.15:
            ask.themes.append(_weighted(dice, words.TALK_OF[band]))
        ask.themes = list(dict.fromkeys(ask.themes))
        said = [_drawn(dice, decks, theme, band) for theme in ask.themes]
        ask.comment = " ".join(said)


def _band(dice: random.Random, plan: str, days_ago: float) -> Band:
    promoters, detractors = words.LOVE[plan]
    if days_ago > FASTER:
        promoters, detractors = promoters - words.BEFORE, detractors + words.BEFORE
    roll = dice.randrange(100)
    if roll < promoters:
        return Band.PROMOTER
    return Band.DETRACTOR if roll < promoters + detractors else Band.PASSIVE


def _drawn(
    dice: random.Random, decks: dict[tuple[str, Band], list[str]], theme: str, band: Band
) -> str:
    """A sentence that was not said for as long as possible."""
    deck = decks.setdefault((theme, band), [])
    if not deck:
        deck += dice.sample(words.THEMES[theme][band], len(words.THEMES[theme][band]))
    return deck.pop()


def _weighted(dice: random.Random, shares: Mapping[Choice, int]) -> Choice:
    return dice.choices(list(shares), weights=list(shares.values()))[0]
