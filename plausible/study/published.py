"""Published numbers as data: the band that ours has to lie in, what differs from the paper, and what can be told."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, TypeAlias, get_args

import pandas as pd

from plausible.errors import is_real, require, require_number
from plausible.study.statistics import ANY, Bounds, Interval

Ours: TypeAlias = Callable[[pd.DataFrame], Sequence[float]]
Mark: TypeAlias = Literal["V", "R", "C", "M", "S", "B"]
Side: TypeAlias = Literal["both", "at least", "at most"]
Verdict: TypeAlias = Literal["agrees", "differs", "undecided", "toy", "lost", "not run"]

SETTING, REDUCED = "published, in its setting", "published, in a reduced setting"
THEORY, RERUN, MEMORY = "theory", "our own re-run", "from memory"
STATEMENT, ASKED = "a textbook's statement", "a bound of our own"
KINDS = (
    SETTING,
    REDUCED,
    THEORY,
    RERUN,
    MEMORY,
    STATEMENT,
    ASKED,
)  # of what ours is held against, the surest first
VERDICTS: tuple[Verdict, ...] = ("agrees", "differs", "undecided", "toy", "lost", "not run")
SIDES = ("both", "at least", "at most")
TOPICS = ("data", "network", "rule", "rates", "epochs", "measure")  # of what differs from a paper


@dataclass(frozen=True)
class Published:
    """A number from a paper, the band in which ours agrees with it, and a function that reads ours from a table.

    The band is value ± tolerance, or what is at least, or at most, value. A band that no result could leave says
    nothing. So a band of two sides may not reach an end of `bounds`, and none may reach further than half way to
    `otherwise`: what ours would be if the claim were false, such as chance, or what a read-out learns alone. Where the
    claim is a bound, the number that would break it has to lie beyond it.

    Args:
        what: in words, with the unit.
        value: as published.
        tolerance: how far ours may be from it; committed before the run, or `hindsight` says so.
        source: key of the bibliography, and table or figure; or what a theory follows from.
        mark: how it was checked: V read in a public repository, R run again, C computed, M from memory; S what a
            statement without a number foretells; B a bound that this suite asks for, and no paper has.
        ours: the study's long table -> one number per seed.
        bounds: the smallest and the largest value that such a number can have; its interval stays between them.
        side: "both", or which bound a one-sided claim is: "at least" value, "at most" value.
        otherwise: (number, in words) of the nearest result under which the claim would be false.
        because: where the tolerance comes from: spreads, a stated margin, an order of approximation.
        differs: what is not as in the paper, by one of `TOPICS`: {"epochs": "25, not 100"}. Precision and random
            numbers are no part of a setting.
        hindsight: what was chosen with results in sight, in words; "" for nothing.
        runs: a name for the runs that are read; rows of one name read the same ones, which count once.
        exact: whether ours holds no random numbers, so that one value has an interval, of width zero.

    Raises:
        BadInput: for another kind of value, or a band that cannot fail.

    >>> from plausible.study.published import Published
    >>> how = {"side": "at least", "differs": {"epochs": "9, not 100"}}
    >>> bound = Published("accuracy, per cent", 97.3, 0, "somewhere", "V", list, **how)
    >>> bound.band, bound.stated, bound.kind
    ((97.3, inf), '≥ 97.3', 'published, in a reduced setting')
    """

    what: str
    value: float
    tolerance: float
    source: str
    mark: Mark
    ours: Ours
    bounds: Bounds = ANY
    side: Side = "both"
    otherwise: tuple[float, str] | None = None
    because: str = ""
    differs: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    hindsight: str = ""
    runs: str = ""
    exact: bool = False

    def __post_init__(self) -> None:
        for name in ("what", "source"):
            value = getattr(self, name)
            require(isinstance(value, str) and bool(value), f"{name} of a published number", value, "words")
        what = f"of published {self.what!r}"
        require_number(f"value {what}", self.value, -math.inf)
        require_number(f"tolerance {what}", self.tolerance)
        require(self.mark in get_args(Mark), f"mark {what}", self.mark, "V, R, C, M, S or B")
        require(callable(self.ours), f"ours {what}", self.ours, "a function of the study's table")
        require(are_bounds(self.bounds), f"bounds {what}", self.bounds, "(low, high), low below high")
        require(self.side in SIDES, f"side {what}", self.side, "both, at least or at most")
        for name in ("because", "hindsight", "runs"):
            require(
                isinstance(getattr(self, name), str), f"{name} {what}", getattr(self, name), "words, or ''"
            )
        good = isinstance(self.differs, Mapping) and {*self.differs} <= {*TOPICS}
        good = good and all(isinstance(text, str) and text for text in self.differs.values())
        require(good, f"differs {what}", self.differs, f"words by any of {', '.join(TOPICS)}")
        require(isinstance(self.exact, bool), f"exact {what}", self.exact, "True or False")
        self.check_band(what)

    def check_band(self, what: str) -> None:
        """Raise `BadInput` if no result could leave the band, or none that speaks against the claim would."""
        low, high = self.band
        if self.side == "both":
            inside = self.bounds[0] < low and high < self.bounds[1]
            expected = "a smaller one, or side='at least' or 'at most': the band reaches an end of its bounds"
            require(inside, f"tolerance {what}", self.tolerance, expected)
        if self.otherwise is None:
            return
        pair = isinstance(self.otherwise, tuple) and len(self.otherwise) == 2
        good = pair and is_real(self.otherwise[0]) and isinstance(self.otherwise[1], str)
        require(good, f"otherwise {what}", self.otherwise, "(number, words)")
        wrong, words = self.otherwise
        if self.side == "both":
            half = abs(wrong - self.value) / 2
            expected = f"at most {half:.3g}, half way to {wrong:g} ({words})"
            require(self.tolerance <= half, f"tolerance {what}", self.tolerance, expected)
        require(
            not low <= wrong <= high,
            f"otherwise {what}",
            wrong,
            f"a number outside of the band {self.stated}",
        )

    @property
    def band(self) -> tuple[float, float]:
        """Where ours has to lie."""
        low = -math.inf if self.side == "at most" else self.value - self.tolerance
        high = math.inf if self.side == "at least" else self.value + self.tolerance
        return low, high

    @property
    def stated(self) -> str:
        """The band in words: "98.01 ± 0.3", "≥ 97.3"."""
        if self.side == "both":
            return f"{self.value:g} ± {self.tolerance:g}"
        return f"≥ {self.band[0]:g}" if self.side == "at least" else f"≤ {self.band[1]:g}"

    @property
    def kind(self) -> str:
        """One of `KINDS`, by the mark and by what differs."""
        if self.mark == "V":
            return REDUCED if self.differs else SETTING
        return {"M": MEMORY, "C": THEORY, "R": RERUN, "S": STATEMENT, "B": ASKED}[self.mark]

    def verdict(self, ours: Interval, lost: int = 0) -> Verdict:
        """What the 95 % interval of ours says, beside `lost` runs; the one place in which that is decided.

        "not run" without a value, or "lost" where there were runs, which all diverged, failed or timed out. "toy" in a
        setting that is not the paper's, whatever came out. "agrees" where the interval lies in the band, "differs"
        where the two are disjoint, else "undecided": so is one value without an interval, and what would agree with a
        number from memory, which may be another than the paper's.
        """
        if not ours.n:
            return "lost" if lost else "not run"
        if self.differs:
            return "toy"
        limits = ours.low, ours.high
        if self.exact and ours.n == 1:
            limits = ours.estimate, ours.estimate
        low, high = self.band
        if math.isnan(limits[0]) or math.isnan(limits[1]):
            return "undecided"
        if limits[1] < low or limits[0] > high:
            return "differs"
        inside = low <= limits[0] and limits[1] <= high
        return "agrees" if inside and self.mark != "M" else "undecided"


def are_bounds(given: object) -> bool:
    """Whether `given` is a pair of numbers, the smaller one first; they may be infinite."""
    if not (isinstance(given, tuple) and len(given) == 2):
        return False
    low, high = given
    return all(is_real(n) for n in given) and low < high


def two_spreads(deviation: float, theirs: int, ours: int) -> float:
    """A tolerance within which 19 of 20 faithful repetitions lie, with their intervals.

    With three values of ours it is four of five.

    If both means are of draws with this standard deviation, they are at most 1.96 s √(1/theirs + 1/ours) apart 19 times
    of 20, and our interval reaches t s / √ours further, where s is then estimated, from few values badly.

    Args:
        deviation: standard deviation of one value, as published, or of ours where it is not.
        theirs: values behind the published mean.
        ours: values behind ours.

    >>> from plausible.study.published import two_spreads
    >>> round(two_spreads(1.0, 100, 400), 2)  # 1.96 √(0.0125) + 1.97 / 20
    0.32
    """
    from scipy.stats import t

    apart = 1.96 * deviation * math.sqrt(1 / theirs + 1 / ours)
    return float(apart + t.ppf(0.975, ours - 1) * deviation / math.sqrt(ours))
