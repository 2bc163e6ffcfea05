"""How every rule of a study is tuned: alike, in a search and in finals."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from plausible.errors import is_real, plain_fields, require, require_number, require_whole
from plausible.probes.cost import Cost
from plausible.probes.performance import Scores
from plausible.probes.probe import Probe
from plausible.study.run import Run

SEARCHED = 1000  # the first seed of trials; the study's own seeds begin at 0
FINAL = 2000  # the first seed of finals
MOST_TRIALS = 10_000
MOST_SEEDS = FINAL - SEARCHED
MOST_WIDENINGS = 20
MORE = 0.25  # of the budget of the search: so much more is spent after a range was widened
PROBES: tuple[Probe, ...] = (Scores("train"), Scores("validation"), Cost())  # all that tuning reads


@dataclass(frozen=True)
class Design:
    """The two stages, the same for every rule.

    Args:
        seeds: on which a trial is run: the first, and if its score is among the better half, the others too.
        finalists: how many of the best trials are run again at full length; none for a search alone.
        final_seeds: on which each finalist is run; other ones than those of the search and of the study.
        widenings: how often a range is widened at most, because a winner lies at its edge.
        multiply_adds: that the trials of a rule may take together, beside their number; without it, any amount.

    Raises:
        BadInput: for a count that is not whole or out of its range, or multiply-adds that are not positive.
    """

    seeds: int = 2
    finalists: int = 3
    final_seeds: int = 5
    widenings: int = 2
    multiply_adds: float | None = None

    def __post_init__(self) -> None:
        plain_fields(self)
        require_whole("the number of seeds of a trial", self.seeds, 1, MOST_SEEDS, "one or more")
        require_whole("the number of finalists", self.finalists, 0, MOST_TRIALS, "one or more")
        require_whole("the number of final seeds", self.final_seeds, 2, MOST_SEEDS, "two or more")
        require_whole("the number of widenings", self.widenings, 0, MOST_WIDENINGS, "0 or more")
        if self.multiply_adds is not None:
            require_number("the number of multiply-adds", self.multiply_adds, open_low=True)

    def more(self, trials: int) -> int:
        """The trials that are made after a widening, of a rule that had so many."""
        return max(1, math.ceil(MORE * trials))

    def most_runs(self, trials: int) -> int:
        """The most runs that tuning a rule can take."""
        rounds = self.widenings + 1 if self.finalists else 1
        there = [trials + number * self.more(trials) for number in range(rounds)]  # trials, round by round
        finals = sum(min(self.finalists, made) for made in there)  # no more than there are trials
        return self.seeds * there[-1] + self.final_seeds * finals

    @property
    def taken(self) -> range:
        """The seeds of trials."""
        return range(SEARCHED, SEARCHED + self.seeds)

    @property
    def held_out(self) -> range:
        """The seeds of finals."""
        return range(FINAL, FINAL + self.final_seeds)


ALONE = Design(seeds=1, finalists=0, widenings=0)  # a search without finals


def check_disjoint(design: Design, runs: Iterable[Run]) -> None:
    """Raise `BadInput` if a seed of the study is one that tuning uses: winners run on fresh seeds."""
    seeds = {run.seed for run in runs}
    shared = sorted(seed for seed in seeds if seed in design.taken or seed in design.held_out)
    require(not shared, "a seed of the study", shared[:1], "none of those that tuning uses, 1000 to 2999")


def check_budget(trials: int, epochs: int | None, share: float | None) -> None:
    """Raise `BadInput` for a number of trials or a length of a trial that cannot be."""
    require_whole("the number of trials", trials, high=MOST_TRIALS, expected="one or more")
    if epochs is not None:
        require_whole("the number of epochs", epochs, expected="one or more")
    good = share is None or (is_real(share) and 0 < share <= 1)
    require(good, "the share of epochs", share, "a number above 0, up to 1")
    require(epochs is None or share is None, "the share of epochs", share, "nothing, beside --epochs")
