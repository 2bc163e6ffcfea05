"""What rounding alone comes to in a run, as learning amplifies it: the run again, with weights that are nudged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from plausible.core import Loss, Memory, Optimiser, Params, Update, View
from plausible.optimise.batch import needs_full_batch
from plausible.study.run import Run

DRAWS, MOST = 3, 10  # of nudges, and of those where these do not decide
NEAR = 3.0  # times the largest that `DRAWS` nudges come to, up to which a difference is that of rounding
TIMES = 6.0  # and of `MOST`: where learning is chaotic, one nudge in 50 comes to more than 4.7 times the largest of ten
FAR = 10.0  # and of other kernels, of which there are two or three
GROWN = 1e-5  # of a number: more than another order of sums makes of it in single precision


@dataclass(frozen=True)
class Nudged:
    """An optimiser after each of whose changes every weight moves by a unit in the last place, up or down at random.

        W ← W + ΔW,   W ← (1 + s ε) W,   s = ±1

    with ε the distance from 1 to the next number of the weights' precision. Another order of sums, as of another kernel
    of BLAS, rounds a change by about as much.
    """

    inner: Optimiser
    seed: int = 0

    @property
    def full_batch(self) -> bool:
        """As the inner optimiser."""
        return needs_full_batch(self.inner)

    def init(self, params: View) -> Memory:
        return {"step": 0, "inner": self.inner.init(params)}

    def apply(
        self, params: Params, updates: Mapping[str, Update], memory: Memory, loss: Loss | None = None
    ) -> None:
        self.inner.apply(params, updates, memory["inner"], loss)
        rng = np.random.default_rng([self.seed, memory["step"]])
        memory["step"] += 1
        for name in updates:
            weights = params[name]
            signs = rng.integers(0, 2, weights.shape, np.int8) * 2 - 1
            weights *= (1 + signs * np.finfo(weights.dtype).eps).astype(weights.dtype)


def nudged(run: Run, draws: range) -> list[Run]:
    """The run with weights that are nudged by each of these draws."""
    return [replace(run, optimiser=Nudged(run.optimiser, seed)) for seed in draws]
