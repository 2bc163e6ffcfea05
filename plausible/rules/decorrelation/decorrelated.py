"""Decorrelation: a modifier of rules, by which every layer of a network is sent decorrelated activity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.random import Generator

from plausible.arrays import beside
from plausible.core import Array, Outer, Params, Presentation, Rule, State, Step, Update, View, read_only
from plausible.errors import BadInput, require_number
from plausible.networks.mlp import MLP
from plausible.registry.networks import learns
from plausible.rules.around import Around
from plausible.rules.perturbation.nodes import NodePerturbation
from plausible.search import Range


@dataclass(frozen=True)
class Modifying(Around):
    """A rule around another one, on its network; what it learns, and by which optimiser, the rule inside says."""

    network: MLP = MLP()
    rule: Rule = NodePerturbation()
    pace: float = 0.01
    variance: float = 0.01

    def __post_init__(self) -> None:
        require_number("pace", self.pace)
        require_number("variance", self.variance, 0, 1)
        if not learns(type(self.rule), self.network):
            kind = type(self.network).__name__
            raise BadInput(f"the rule inside is {type(self.rule).__name__}: expected one that learns {kind}")

    def mixing(self, mixed: Array, h: Array) -> Array:
        """ΔD_l, (n_{l-1}, n_{l-1}), from h_{l-1}."""
        x = h @ mixed
        covariance = x.T @ x / len(x)
        own = beside(np.eye(len(mixed), dtype=str(mixed.dtype)), mixed)
        away = (1 - self.variance) * (1 - own) * covariance + self.variance * own * (covariance - 1)
        change: Array = -self.pace * (mixed @ away)
        return change


@dataclass(frozen=True)
class Decorrelated(Modifying):
    """A rule whose layers hear decorrelated input, x_l = h_{l-1} D_l, as [dalm2023] and [ahmad2022] have it.

        z_l = h_{l-1} D_l W_l + b_l,   ΔW_l = D_lᵀ Δ(D_l W_l)
        ΔD_l ∝ -pace D_l ((1 - κ) offdiag(C_l) + κ (diag(C_l) - 1)),   C_l = x_lᵀ x_l / batch

    with h_{l-1} and x_l (batch, n_{l-1}), D_l (n_{l-1}, n_{l-1}), which starts as the unit matrix, and κ the
    `variance` that units are held to. Δ(D_l W_l) is what the rule inside proposes in a network with the weights
    D_l W_l: of h_{l-1}ᵀ δ_l that makes x_lᵀ δ_l. Any rule that learns an `MLP` may be inside; feedback weights and
    biases are its own. `seen` gives D_l W_l, `through` the ΔW, `mixing` ΔD.

    Deviations: ΔD is applied at the learning rate, times `pace`; the optimiser `grouped` gives D one of its own.

    >>> from plausible.networks.mlp import MLP
    >>> from plausible.registry import registry
    >>> rule = registry.rule("decorrelated[rule=backprop,pace=0.1]", MLP((8,)))
    >>> type(rule.rule).__name__, rule.network.hidden, rule.pace
    ('Backprop', (8,), 0.1)
    """

    source: ClassVar[str] = "dalm2023"
    answers: ClassVar[tuple[str, ...]] = ()  # it claims nothing of what the rule inside claims
    reference: ClassVar[str] = ""  # no registered rule's changes are the gradient in W and D
    search: ClassVar[Mapping[str, Range]] = {"pace": Range(1e-4, 1.0)}

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, State]:
        params, state = self.inside.init(n_in, n_out, rng)
        sizes = enumerate((n_in, *self.network.hidden), 1)
        return params | {f"D{layer}": np.eye(n, dtype=self.network.dtype) for layer, n in sizes}, state

    def seen(self, params: View) -> View:
        """The weights of a network without decorrelation that does the same: D_l W_l in the place of W_l."""
        layers = range(1, self.network.depth + 1)
        kept = {name: array for name, array in params.items() if name[0] != "D"}
        return read_only(kept | {f"W{n}": params[f"D{n}"] @ params[f"W{n}"] for n in layers})

    def update(self, params: View, state: State, shown: Presentation, rng: Generator) -> Step:
        seen = self.seen(params)
        step: Step = self.inside.update(seen, state, shown, rng)
        sent = [shown.x, *self.network.respond(seen, shown.x)[:-1]]
        updates = {name: self.through(params, name, update) for name, update in step.updates.items()}
        updates |= {f"D{n}": self.mixing(params[f"D{n}"], h) for n, h in enumerate(sent, 1)}
        return step._replace(updates=updates)

    def through(self, params: View, name: str, update: Update) -> Update:
        """The change of W_l from that of D_l W_l; other changes as they are."""
        if name[0] != "W":
            return update
        mixed = params[f"D{name[1:]}"]
        if isinstance(update, Outer) and update.pre is not None:
            return update._replace(pre=update.pre @ mixed)
        change: Array = mixed.T @ (update.dense() if isinstance(update, Outer) else update)
        return change
