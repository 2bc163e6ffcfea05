"""Reward-modulated Hebb with a supralinear trace: recurrent weights learn from a delayed reward alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.random import Generator

from plausible.arrays import beside
from plausible.core import Array, Presentation, State, Step, View
from plausible.errors import require, require_number
from plausible.rules.layered import Feedforward
from plausible.rules.reward.network import ContinuousRNN, Course
from plausible.search import Range

KINDS = 64  # trials of so many different inputs have a mean reward each; others share that of all


@dataclass(frozen=True)
class Exploring(Feedforward):
    """A rule of a recurrent network whose units are struck by chance, and which keeps a trace of what followed."""

    network: ContinuousRNN = ContinuousRNN()  # type: ignore[assignment]
    trace: Literal["supralinear", "nodes"] = "supralinear"
    probability: float = 0.1
    amplitude: float = 3.0
    memory: float = 0.05

    def __post_init__(self) -> None:
        require(self.trace in ("supralinear", "nodes"), "trace", self.trace, "supralinear or nodes")
        for name in ("probability", "memory"):
            require_number(name, getattr(self, name), 0, 1)
        require_number("amplitude", self.amplitude, open_low=True)

    def beginning(self, params: View, shown: Presentation, rng: Generator) -> Array:
        """x_0 of a trial, (batch, n), uniform on ±0.1."""
        drawn = rng.uniform(-0.1, 0.1, (shown.x.shape[1], params["R1"].shape[0]))
        start: Array = beside(drawn.astype(self.network.dtype), shown.x)
        return start

    def perturbed(self, params: View, shown: Presentation, rng: Generator) -> Array:
        """ξ, (time, batch, n)."""
        shape = (*shown.x.shape[:2], params["R1"].shape[0])
        struck = rng.random(shape) < self.probability
        struck[: 4 if shown.first and len(struck) > 4 else 0] = False
        drawn = np.where(struck, rng.uniform(-self.amplitude, self.amplitude, shape), 0)
        noise: Array = beside(drawn.astype(self.network.dtype), shown.x)
        return noise

    def factors(self, course: Course, noise: Array, before: Array | None) -> tuple[Array, Array, Array]:
        """r³ and dx³, or r and ξ, (time, batch, n), and x̄, (batch, n), after the last step."""
        x, rates = course.potentials, course.rates[:-1]
        mean = x[0] if before is None else before
        apart = np.empty_like(noise)
        for t, now in enumerate(x[1:]):
            apart[t] = now - mean
            mean = self.memory * mean + (1 - self.memory) * now
        return (rates, noise, mean) if self.trace == "nodes" else (rates**3, apart**3, mean)


@dataclass(frozen=True)
class SupralinearHebb(Exploring):
    """Reward-modulated Hebbian learning of a recurrent network, with a supralinear trace [miconi2017].

        E_ij = Σ_t (r_{i,t-1} (x_{j,t} - x̄_{j,t}))³,   x̄_{t+1} = μ x̄_t + (1 - μ) x_t
        ΔR_ij = clip(rate |ē| (ē - e) E_ij),   ē ← decay ē + (1 - decay) e

    with r (batch, n) rates and x (batch, n) potentials, which are perturbed: with the `probability` of a unit and a
    step, uniformly on ±`amplitude`, from the fourth step on. e (batch,) is minus the mean reward over the steps whose
    answer counts, ē its mean over trials of the same input, and the clip ±`limit`; μ is `memory`. As
    (r dx)³ = r³ dx³, E is one product of matrices. If `trace` is "nodes", E_ij = Σ_t r_{i,t-1} ξ_{j,t}, node
    perturbation [fiete2006]. Recurrent weights alone learn. `perturbed` draws ξ, `factors` gives those of E,
    `expected_of` ē, `update` the rest.

    Deviations: the paper's e is the absolute error, and ours what the task tells; a batch shares one change, the mean
    of its examples', clipped once; learning begins with the second trial of a kind, not the hundredth; E begins with
    the first step of a trial, and in the released code with the fourth, as x̄ there goes on from the trial before.

    >>> import numpy as np
    >>> from plausible.core import Presentation
    >>> from plausible.rules.reward.network import ContinuousRNN
    >>> from plausible.rules.reward.supralinear import SupralinearHebb
    >>> rule, rng = SupralinearHebb(ContinuousRNN((20,))), np.random.default_rng(0)
    >>> params, state = rule.init(3, 1, rng)
    >>> shown = Presentation(np.ones((50, 1, 3), "float32"), None, reward=lambda answer: -abs(answer[..., 0]))
    >>> step = rule.update(params, state, shown, rng)
    >>> step.updates["R1"].shape, float(step.updates["R1"].max())  # no trial has been seen before
    ((20, 20), 0.0)
    """

    source: ClassVar[str] = "miconi2017"
    optimiser: ClassVar[str] = "sgd[rate=1]"
    answers: ClassVar[tuple[str, ...]] = ()  # no mark of the audit goes through means by kinds of input
    search: ClassVar[Mapping[str, Range]] = {"rate": Range(0.01, 1000.0), "amplitude": Range(0.3, 30.0)}

    rate: float = 10.0
    limit: float = 1e-2
    decay: float = 0.75

    def __post_init__(self) -> None:
        super().__post_init__()
        require_number("decay", self.decay, 0, 1)
        for name in ("rate", "limit"):
            require_number(name, getattr(self, name), open_low=True)

    def update(self, params: View, state: State, shown: Presentation, rng: Generator) -> Step:
        goes_on = not shown.first and state is not None
        start = state["last"] if goes_on else self.beginning(params, shown, rng)
        noise = self.perturbed(params, shown, rng)
        course = self.network.run(params, shown.x, noise, start)
        counted = len(shown.x) if shown.mask is None else np.maximum(shown.mask.sum(axis=0), 1)
        error = -shown.reward(course.answer).sum(axis=0) / counted
        expected, known = expected_of(state, shown, error, self.decay)
        pre, post, mean = self.factors(course, noise, state["mean"] if goes_on else None)
        surprise = abs(expected) * (expected - error) * (self.rate / shown.x.shape[1])
        change = (pre * surprise[:, None]).reshape(-1, pre.shape[-1]).T @ post.reshape(-1, post.shape[-1])
        kept = {**known, "last": course.potentials[-1], "mean": mean}
        return Step({"R1": np.clip(change, -self.limit, self.limit)}, kept)


def expected_of(
    state: State, shown: Presentation, error: Array, decay: float
) -> tuple[Array, dict[str, tuple[float, ...]]]:
    """ē of each trial, (batch,), itself where its kind is new, and the means of all kinds after it."""
    times = np.arange(1, len(shown.x) + 1)[:, None] * np.arange(1.0, shown.x.shape[2] + 1) ** 0.5
    places = [float((shown.x[:, row] * beside(times, shown.x)).sum()) for row in range(shown.x.shape[1])]
    means = {} if state is None else dict(zip(state["kinds"], state["means"], strict=True))
    overall = means.pop(float("inf"), None)
    found = []
    for place, now in zip(places, map(float, error), strict=True):
        before = means.get(place, overall)
        found.append(now if before is None else before)
        overall = now if overall is None else decay * overall + (1 - decay) * now
        if place in means or len(means) < KINDS:
            means[place] = decay * found[-1] + (1 - decay) * now
    means[float("inf")] = overall
    kept = {"kinds": (*means,), "means": (*means.values(),)}
    return beside(np.array(found, str(error.dtype)), error), kept
