"""Attention-gated reward: the chosen action alone sends feedback down, times how much its reward surprised."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.random import Generator

from plausible.arrays import beside
from plausible.core import Array, Outer, Params, Presentation, State, Step, View
from plausible.errors import require, require_number
from plausible.networks.inits import Init, Uniform
from plausible.rules.layered import Feedforward, backward
from plausible.rules.reward.acting import greedy, probabilities, require_actions, sampled
from plausible.search import Range

Way = Literal["transpose", "learned"]


@dataclass(frozen=True)
class Gated(Feedforward):
    """A rule whose errors are those of the chosen action; `choose` and `error` are open."""

    targets: ClassVar[str] = "classes"

    feedback: Init = Uniform()

    @property
    @abstractmethod
    def back(self) -> Way:
        """Feedback by the transpose of the weights, or by weights B that learn as these do."""

    @abstractmethod
    def choose(self, answer: Array, rng: Generator) -> Array:
        """The chosen action, one-hot, (batch, n_out)."""

    @abstractmethod
    def error(self, answer: Array, chosen: Array, reward: Array) -> Array:
        """δ_L, (batch, n_out), 0 but at the chosen action; `reward` is (batch, 1)."""

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, State]:
        require_actions(n_out)
        params = self.network.start(n_in, n_out, rng)
        learned = self.back == "learned"
        return params | (self.network.feedback(self.feedback, params, rng) if learned else {}), None

    def update(self, params: View, state: State, shown: Presentation, rng: Generator) -> Step:
        passed = self.network.forward(params, shown.x)
        answer = passed.activities[-1]
        chosen = self.choose(answer, rng)
        error = self.error(answer, chosen, shown.reward(chosen)[:, None])
        layers = range(2, self.network.depth + 1)
        learned = self.back == "learned"
        signals = backward(
            passed, error, params if learned else {f"B{layer}": params[f"W{layer}"].T for layer in layers}
        )
        updates = self.network.updates(passed, signals, answer)
        if learned:
            scale = -self.network.output.scale(answer)
            updates |= {f"B{n}": Outer(signals[n - 1], passed.activities[n - 1], scale) for n in layers}
        return Step(updates, state)


@dataclass(frozen=True)
class BrainProp(Gated):
    """BrainProp [pozzi2020]: the error of the chosen action alone goes down, and a reward is all that is told.

        s = argmax_k q_k, or with the probability ε drawn from softmax(q),   δ_s = q_s - r,   δ_k = 0 for k ≠ s
        δ_l = (δ_{l+1} W_{l+1}ᵀ) ⊙ f'(z_l),   ΔW_l ∝ -h_{l-1}ᵀ δ_l

    with q = h_L, the value of each action, z_l and δ_l (batch, n_l), and r (batch,) the reward of action s. Of actions
    that are worth the same one is drawn. `choose` gives s, `error` δ_L, `update` the rest. If `back` is "learned",
    errors come down by B_l, which start at random and change by ΔW_lᵀ.

    Deviations: the paper's output is linear; of another one q is the answer, and of a softmax the probability of s.

    >>> import numpy as np
    >>> from plausible.core import Presentation
    >>> from plausible.networks.mlp import MLP
    >>> from plausible.rules.reward.gated import BrainProp
    >>> rule, rng = BrainProp(MLP((8,), output="linear")), np.random.default_rng(0)
    >>> params, state = rule.init(4, 3, rng)
    >>> shown = Presentation(np.ones((2, 4), "float32"), None, reward=lambda action: action[:, 0])
    >>> rule.update(params, state, shown, rng).updates["W1"].dense().shape
    (4, 8)
    """

    source: ClassVar[str] = "pozzi2020"
    answers: ClassVar[tuple[str, ...]] = ("target at the output (all but one number)",)
    search: ClassVar[Mapping[str, Range]] = {"epsilon": Range(0.005, 0.5)}

    epsilon: float = 0.02
    back: Way = "transpose"

    def __post_init__(self) -> None:
        require_number("epsilon", self.epsilon, 0, 1)
        require(self.back in ("transpose", "learned"), "back", self.back, "transpose or learned")

    def choose(self, answer: Array, rng: Generator) -> Array:
        explores = beside(rng.random((len(answer), 1)), answer) < self.epsilon
        drawn = sampled(probabilities(answer, self.network.output.name), rng)
        return np.where(explores, drawn, greedy(answer, rng))

    def error(self, answer: Array, chosen: Array, reward: Array) -> Array:
        return self.network.output.error(answer, reward * chosen) * chosen


@dataclass(frozen=True)
class Agrel(Gated):
    """AGREL, attention-gated reinforcement learning [roelfsema2005]: the expectation is the gradient of cross-entropy.

        s drawn from p = softmax(z_L),   δ = r - p_s if rewarded, else -1,   δ_s = -δ / (1 - δ) if rewarded, else 1
        δ_l = (δ_{l+1} B_{l+1}) ⊙ f'(z_l),   ΔW_l ∝ -h_{l-1}ᵀ δ_l,   ΔB_l = ΔW_lᵀ

    with z_l and δ_l (batch, n_l), r (batch,) the reward, 0 or 1, of action s, and B_l (n_l, n_{l-1}), which start at
    random if `back` is "learned", or are W_lᵀ if it is "transpose". `choose` gives s, `error` δ_L, `update` the rest.

    Deviations: of an output that is no softmax, p is the softmax of the answer.

    >>> import numpy as np
    >>> from plausible.core import Presentation
    >>> from plausible.networks.mlp import MLP
    >>> from plausible.rules.reward.gated import Agrel
    >>> rule, rng = Agrel(MLP((8,))), np.random.default_rng(0)
    >>> params, state = rule.init(4, 3, rng)
    >>> shown = Presentation(np.ones((2, 4), "float32"), None, reward=lambda action: action[:, 0])
    >>> rule.update(params, state, shown, rng).updates["B2"].dense().shape
    (3, 8)
    """

    source: ClassVar[str] = "roelfsema2005"
    answers: ClassVar[tuple[str, ...]] = ("weight transport", "target at the output (all but one number)")

    back: Way = "learned"

    def __post_init__(self) -> None:
        require(self.back in ("transpose", "learned"), "back", self.back, "transpose or learned")

    def choose(self, answer: Array, rng: Generator) -> Array:
        return sampled(probabilities(answer, self.network.output.name), rng)

    def error(self, answer: Array, chosen: Array, reward: Array) -> Array:
        chance = (probabilities(answer, self.network.output.name) * chosen).sum(axis=-1, keepdims=True)
        surprise = (1 - chance) / np.maximum(chance, np.finfo(str(answer.dtype)).eps)
        return np.where(reward > 0.5, -surprise, 1 + 0 * surprise) * chosen
