"""What a number of trials is worth: the expected best of k of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from plausible.core import Array

BLOCK = 64  # values of k whose weights are in memory at a time
NONE = 1e-30  # weights below this count as 0, as they add nothing to the expected best


def best_of(scores: Sequence[float]) -> list[float]:
    """The expected best of k trials out of those that were made, for k = 1 ... n [dodge2019].

    The mean, over all choices of k of the n scores without replacement, of the largest: Σ_i s_(i) C(i-1, k-1)/C(n, k)
    with s_(1) ≤ ... ≤ s_(n). Lost trials must have a finite score.
    """
    expected: list[float] = expected_best(np.asarray([scores], float))[0].tolist()
    return expected


def best_of_bands(
    scores: Sequence[float], resamples: int = 1000, seed: int = 0
) -> tuple[list[float], list[float]]:
    """The 2.5th and 97.5th percentile of `best_of` over trials drawn again with replacement."""
    drawn = np.random.default_rng(seed).choice(np.asarray(scores, float), (resamples, len(scores)))
    low, high = np.percentile(expected_best(drawn), [2.5, 97.5], axis=0)
    return low.tolist(), high.tolist()


def expected_best(scores: Array) -> Array:
    """`best_of` for each of several sets of n scores, (sets, n); the result has k = 1 ... n in its columns."""
    ordered, n = np.sort(scores, axis=1), scores.shape[1]
    expected, weight, place = np.empty(ordered.shape), np.full(n, 1 / n), np.arange(n)
    for start in range(0, n, BLOCK):
        block = np.empty((min(BLOCK, n - start), n))
        for row, k in zip(block, range(start + 1, n + 1), strict=False):
            row[:] = (
                weight  # C(i, k-1)/C(n, k) at i = 0 ... n - 1: the binomials themselves have 1,500 digits at 5,000
            )
            weight = weight * (place - k + 1) / k * ((k + 1) / max(n - k, 1))
            weight[weight < NONE], weight[-1] = 0, (k + 1) / n
        expected[:, start : start + len(block)] = ordered @ block.T
    return expected
