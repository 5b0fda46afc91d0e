"""The Net Promoter Score and how far to trust it: arithmetic, nothing else.

Everything starts from integer counts and is rounded once, by who shows it: with 2
promoters and 1 detractor of 3, the score is 33; from rounded percentages it would be 34.
Decimals carry 28 digits, which no count of people can turn into a wrong rounding.

Formulas: variance and the adjusted-Wald interval after Rocks (2016) and
https://measuringu.com/nps-three-confidence-intervals/, the best of the methods compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from enum import StrEnum

SCORES = range(11)
# Two-sided 95 %.
Z95 = Decimal("1.96")
# Adjusted Wald adds three answers: a quarter of each to both ends, the rest between.
EXTRA_ANSWERS = 3
EXTRA_AT_AN_END = Decimal("0.75")
HUNDRED = Decimal(100)
# Below this an NPS is a hint: the interval at 30 answers is about +-25 points.
FEW_ANSWERS = 30
GOOD_MARGIN = 10


class Band(StrEnum):
    """What a score says: 9-10, 7-8, 0-6."""

    PROMOTER = "promoter"
    PASSIVE = "passive"
    DETRACTOR = "detractor"


def band(score: int) -> Band:
    """The score's band. Raises ValueError for a number that is not 0 to 10."""
    if score not in SCORES:
        raise ValueError(f"{score} is not a score from 0 to 10")
    if score >= 9:
        return Band.PROMOTER
    return Band.PASSIVE if score >= 7 else Band.DETRACTOR


def rounded(value: Decimal, places: int = 0) -> Decimal:
    """Half away from zero: -0.5 is -1, not Python's 0. A zero has no minus."""
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP) + 0


@dataclass(frozen=True, slots=True)
class Interval:
    """A range around `centre`, in NPS points; the ends stop at -100 and 100."""

    centre: Decimal
    margin: Decimal

    @property
    def low(self) -> Decimal:
        return max(self.centre - self.margin, -HUNDRED)

    @property
    def high(self) -> Decimal:
        return min(self.centre + self.margin, HUNDRED)


@dataclass(frozen=True, slots=True)
class Span:
    """From where to where, in NPS points."""

    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class Shortfall:
    """About how many more answers bring a score to +-margin points."""

    answers: int
    margin: int


@dataclass(frozen=True, slots=True)
class Counts:
    """How many people answered in each band. Who gave no score is not counted at all."""

    promoters: int = 0
    passives: int = 0
    detractors: int = 0

    @classmethod
    def of_distribution(cls, distribution: Sequence[int]) -> Counts:
        """From eleven counts, how many people gave 0, 1, ... 10."""
        return cls(
            promoters=sum(distribution[9:11]),
            passives=sum(distribution[7:9]),
            detractors=sum(distribution[:7]),
        )

    @classmethod
    def of_scores(cls, scores: Iterable[int]) -> Counts:
        """From the scores themselves. Raises ValueError for one that is not 0 to 10."""
        bands = [band(score) for score in scores]
        return cls(
            promoters=bands.count(Band.PROMOTER),
            passives=bands.count(Band.PASSIVE),
            detractors=bands.count(Band.DETRACTOR),
        )

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.promoters + other.promoters,
            self.passives + other.passives,
            self.detractors + other.detractors,
        )

    def __sub__(self, other: Counts) -> Counts:
        return Counts(
            self.promoters - other.promoters,
            self.passives - other.passives,
            self.detractors - other.detractors,
        )

    @property
    def n(self) -> int:
        """Everybody who gave a score, passives too."""
        return self.promoters + self.passives + self.detractors

    @property
    def nps(self) -> Decimal | None:
        """-100 to 100, not rounded; None when nobody answered, which is not 0."""
        if self.n == 0:
            return None
        return Decimal(100 * (self.promoters - self.detractors)) / self.n

    @property
    def interval(self) -> Interval | None:
        """The adjusted-Wald 95 % interval. None when nobody answered.

        Its centre is drawn a little towards 0, so it is not the score itself.
        """
        return _interval(*self._adjusted()) if self.n else None

    @property
    def likely(self) -> Span | None:
        """The interval as people are shown it; None when nobody answered.

        It reaches at least to the score: with a few answers of one kind the adjusted
        centre lies so far in that +100 would stand outside of "likely -49 to +99".
        """
        nps, interval = self.nps, self.interval
        if nps is None or interval is None:
            return None
        return Span(low=min(interval.low, nps), high=max(interval.high, nps))

    @property
    def plain_interval(self) -> Interval | None:
        """The textbook (Wald) 95 % interval, for comparison with other tools.

        Says +-0 when all answers fall in one band, be it two of them.
        """
        if self.n == 0:
            return None
        return _interval(Decimal(self.promoters), Decimal(self.detractors), self.n)

    @property
    def is_small(self) -> bool:
        """Too few answers for more than a hint; also when nobody answered."""
        return self.n < FEW_ANSWERS

    @property
    def shortfall(self) -> Shortfall | None:
        """What a hint lacks, up to the next ten: the estimate is not better than that.
        None when it is no hint, or there is no score yet."""
        if not self.n or not self.is_small:
            return None
        return Shortfall(-(-self.answers_missing(GOOD_MARGIN) // 10) * 10, GOOD_MARGIN)

    def answers_missing(self, margin: Decimal | int) -> int:
        """How many more answers bring the interval to +-margin points; 0 when it is there.

        Supposes that the shares stay as they are.
        """
        promoters, detractors, n = self._adjusted()
        needed = answers_for_margin(promoters / n, detractors / n, margin)
        return max(0, needed - n)

    def _adjusted(self) -> tuple[Decimal, Decimal, int]:
        return (
            self.promoters + EXTRA_AT_AN_END,
            self.detractors + EXTRA_AT_AN_END,
            self.n + EXTRA_ANSWERS,
        )


@dataclass(frozen=True, slots=True)
class Difference:
    """From one period's score to the next one's, in points.

    `z` is the textbook one, None when neither period varies. `significant` (95 %) is
    judged on the adjusted-Wald figures: one answer each of 10 and of 0 makes a
    difference of 200 points, and proves nothing.
    """

    points: Decimal
    standard_error: Decimal
    z: Decimal | None
    significant: bool

    @property
    def whole(self) -> int:
        """The points as pages show them."""
        return int(rounded(self.points))


def difference(earlier: Counts, later: Counts) -> Difference | None:
    """The change, or None when there was no answer in one of the two."""
    if earlier.nps is None or later.nps is None:
        return None
    points = later.nps - earlier.nps
    error = _joint_error(
        (Decimal(earlier.promoters), Decimal(earlier.detractors), earlier.n),
        (Decimal(later.promoters), Decimal(later.detractors), later.n),
    )
    before, after = earlier._adjusted(), later._adjusted()
    shift = _interval(*after).centre - _interval(*before).centre
    return Difference(
        points=points,
        standard_error=error,
        z=points / error if error else None,
        significant=abs(shift) > Z95 * _joint_error(before, after),
    )


def answers_for_margin(
    promoter_share: Decimal, detractor_share: Decimal, margin: Decimal | int
) -> int:
    """How many answers give +-margin points (95 %) at these shares of 1.

    Raises ValueError for a margin of 0 or less: no number of answers is exact.
    """
    if margin <= 0:
        raise ValueError("a margin must be greater than 0")
    variance = promoter_share + detractor_share - (promoter_share - detractor_share) ** 2
    needed = variance * (HUNDRED * Z95 / margin) ** 2
    return int(needed.to_integral_value(rounding=ROUND_CEILING))


def _standard_error(promoters: Decimal, detractors: Decimal, n: int) -> Decimal:
    p, d = promoters / n, detractors / n
    # The clip is for the 28th digit: 1/3 of everybody three times is not quite 1.
    variance = max(Decimal(0), p + d - (p - d) ** 2)
    return HUNDRED * (variance / n).sqrt()


def _interval(promoters: Decimal, detractors: Decimal, n: int) -> Interval:
    return Interval(
        centre=HUNDRED * (promoters - detractors) / n,
        margin=Z95 * _standard_error(promoters, detractors, n),
    )


def _joint_error(
    one: tuple[Decimal, Decimal, int], other: tuple[Decimal, Decimal, int]
) -> Decimal:
    return (_standard_error(*one) ** 2 + _standard_error(*other) ** 2).sqrt()
