"""Activation relaxation: activities themselves settle to be the errors, from the output down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar

from numpy.random import Generator

from plausible.core import Array, Outer, Params, Presentation, Step, Update, View
from plausible.errors import require
from plausible.networks.inits import Init, Uniform
from plausible.networks.products import times
from plausible.rules.layered import Feedforward
from plausible.search import Range
from plausible.settling.relaxation import Relaxation
from plausible.settling.settle import settle


@dataclass(frozen=True)
class ActivationRelaxation(Feedforward):
    """Activation relaxation [millidge2020a]: hidden units forget their activity, and settle at the error.

        x_L ⊙ f'(z_L) = ∂loss/∂z_L,   x_l ← x_l - `rate` (x_l - (x_{l+1} ⊙ f'(z_{l+1})) W_{l+1}ᵀ),   l = L - 1 ... 1
        ΔW_l ∝ -h_{l-1}ᵀ (x_l ⊙ f'(z_l))

    for `settling.steps` sweeps from the output down, with x_l (batch, n_l), which starts at h_l = f(z_l) of the forward
    pass; slopes, and the h_l that synapses learn from, are kept from there. At the rate 1 one sweep is backprop; at
    smaller ones x_l comes near ∂loss/∂h_l geometrically. Without `slopes` what comes down is x_{l+1} W_{l+1}ᵀ, and only
    the changes have slopes. If feedback is `learned`, B_{l+1} stands for W_{l+1}ᵀ, drawn from `feedback`, and has the
    transposed change. `settling` has no tolerance and no halving.

    Deviations: the output's own loss stands for the paper's.
    """

    source: ClassVar[str] = "millidge2020a"
    answers: ClassVar[tuple[str, ...]] = ()
    search: ClassVar[Mapping[str, Range]] = {"settling": Range(0.1, 1.0, form="euler(20, {})")}

    settling: Relaxation = Relaxation(20, 0.5)
    slopes: bool = True
    learned: bool = False
    feedback: Init = Uniform()

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, None]:
        plain = replace(self.settling, tolerance=0.0, halving=False)
        require(self.settling == plain, "settling", self.settling, f"{plain}: sweeps are counted, not judged")
        for name in ("learned", "slopes"):
            require(getattr(self, name) in (True, False), name, getattr(self, name), "True or False")
        params = self.network.start(n_in, n_out, rng)
        return params | (self.network.feedback(self.feedback, params, rng) if self.learned else {}), None

    def update(self, params: View, state: None, shown: Presentation, rng: Generator) -> Step:
        network, depth = self.network, self.network.depth
        passed = network.forward(params, shown.x)
        error = network.output.error(passed.activities[-1], shown.y)
        back = {n: params[f"B{n}"] if self.learned else params[f"W{n}"].T for n in range(2, depth + 1)}

        def force(
            states: Any, given: Any
        ) -> Iterator[Array]:  # from the top: each layer has moved before the next
            for place, layer in enumerate(range(depth - 1, 0, -1)):
                sent = given[0] if place == 0 else states[place - 1]
                if place and self.slopes:
                    sent = sent * given[place]
                yield times(sent, back[layer + 1]) - states[place]

        slopes = [passed.slope(layer) for layer in range(depth - 1, 0, -1)]
        settled = settle(force, passed.activities[-2:0:-1], (error, *slopes), self.settling)
        signals = [error, *(x * slope for x, slope in zip(settled.state, slopes, strict=True))][::-1]
        updates: dict[str, Update] = {**network.updates(passed, signals, shown.y)}
        for layer in range(2, depth + 1) if self.learned else ():
            scale = -network.output.scale(shown.y)
            updates[f"B{layer}"] = Outer(signals[layer - 1], passed.activities[layer - 1], scale)
        loss = partial(network.output.total, passed.activities[-1], shown.y)
        return Step(updates, internals=settled.internals(), loss=loss)
