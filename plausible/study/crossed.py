"""Seeds and test examples together: how far a mean over both would move with other seeds and with another test set.

An interval over seeds alone takes the test set as all there is: with 360 test images the same network would come to
another accuracy on 360 others. Where all seeds answer the same examples, both can be drawn again.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray

from plausible.errors import require
from plausible.study.intervals import (
    ANY,
    ENOUGH,
    Bounds,
    Interval,
    Level,
    check_level,
    expanded_level,
    students,
    within,
)

GRIDS = 1_999  # resamples of seeds and examples; each takes as long as there are answers


def over_both(
    answers: ArrayLike,
    bounds: Bounds = ANY,
    level: Level = 0.95,
    rng: Generator | int = 0,
    resamples: int = GRIDS,
) -> Interval:
    """The mean of answers with an interval over seeds and examples, both taken as drawn at random.

    Fewer than `ENOUGH` seeds. With x_se the answer of seed s to example e, the variance of the mean of n seeds and m
    examples is σ_S² / n + σ_E² / m + σ_R² / nm: of seeds, of examples, and of what is left. Each is estimated from the
    mean squares of the two-way layout, negative ones as 0. The interval is Student's, on the scale of `mean_interval`
    where there are bounds, with the degrees of freedom of [satterthwaite1946]: n - 1 where seeds make the variance,
    m - 1 where examples do. It is never narrower than the interval over seeds alone.

    `ENOUGH` seeds or more: percentiles of means over seeds and examples that are both drawn again, independently
    [owen2007], at `expanded_level`. What is left counts up to three times in it, so that it is a little wide where the
    test set is small.

    Args:
        answers: 1 where a network's answer is right, else 0; or the difference of two rules at the same seed and
            example, in {-1, 0, 1}: (seeds, examples).
        bounds: of means, as in `mean_interval`.
        level: nominal coverage.
        rng: a seed, or a generator, which is moved on.
        resamples: how many are drawn.

    Returns:
        The mean with its limits, NaN for one seed or one example; n is the number of seeds.

    Raises:
        BadInput: for answers that are no such array, are not finite, or leave the bounds; for a level outside (0, 1).

    Two seeds of four examples: seeds do not differ, so that all the variance is that of examples.

    >>> from plausible.study.crossed import over_both
    >>> both = over_both([[1, 1, 0, 1], [1, 1, 0, 1]])
    >>> both.estimate, round(both.high - both.estimate, 3)  # t_3 · √(0.1875 / 3)
    (0.75, 0.796)
    """
    check_level(level)
    x = np.asarray(answers, np.float64)
    require(x.ndim == 2 and x.size > 0, "the shape of the answers", x.shape, "(seeds, examples)")
    require(bool(np.isfinite(x).all()), "one of the answers", "not finite", "finite numbers")
    require(
        bool((x >= bounds[0]).all() and (x <= bounds[1]).all()),
        "one of the answers",
        [float(x.min()), float(x.max())],
        f"numbers from {bounds[0]:g} to {bounds[1]:g}",
    )
    (n, m), mean = x.shape, float(x.mean())
    if min(n, m) == 1:
        return Interval(mean, math.nan, math.nan, n)
    if n >= ENOUGH:
        return drawn_again(x, level, rng, resamples)
    error, degrees = error_of_mean(x)
    alone = students(level, n - 1) * float(x.mean(axis=1).std(ddof=1)) / math.sqrt(n)
    half = max(students(level, degrees) * error if error else 0.0, alone)
    return Interval(mean, *within(mean, half, bounds), n)


def error_of_mean(x: NDArray[np.float64]) -> tuple[float, float]:
    """The standard error of the mean of (seeds, examples), and its degrees of freedom; see `over_both`."""
    n, m = x.shape
    of_seeds, of_examples = x.mean(axis=1), x.mean(axis=0)
    left = x - of_seeds[:, None] - of_examples[None, :] + x.mean()
    freedom = np.array([n - 1, m - 1, (n - 1) * (m - 1)], np.float64)
    parts = np.array(  # each estimates its own part of the variance of the mean, and the first two the last one, too
        [of_seeds.var(ddof=1) / n, of_examples.var(ddof=1) / m, float((left**2).sum()) / freedom[2] / (n * m)]
    )
    variance = float(np.maximum(parts[:2] - parts[2], 0).sum() + parts[2])
    spread = float((parts**2 / freedom).sum())
    return math.sqrt(variance), variance**2 / spread if spread else math.inf


def drawn_again(x: NDArray[np.float64], level: Level, rng: Generator | int, resamples: int) -> Interval:
    """The interval of `over_both` from seeds and examples that are drawn again."""
    from scipy.stats import bootstrap

    def mean(seeds: NDArray[np.intp], examples: NDArray[np.intp]) -> Any:
        return (np.bincount(seeds, minlength=n) @ x)[examples].mean() / n

    n, m = x.shape
    found = bootstrap(
        (np.arange(n), np.arange(m)),
        mean,
        vectorized=False,
        n_resamples=resamples,
        confidence_level=expanded_level(level, n),
        method="percentile",
        rng=rng,
    )
    low, high = found.confidence_interval
    return Interval(float(x.mean()), float(low), float(high), n)
