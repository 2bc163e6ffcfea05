"""Recurrent backpropagation: the gradient at a fixed point, without a history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import ClassVar, Literal

from numpy.random import Generator

from plausible.core import Array, Params, Presentation, State, Step, View
from plausible.errors import require, require_number
from plausible.fixed_point import Adjoint, Settled, SettlingNetwork, conjugate_gradient, neumann, relaxation
from plausible.functions import Init, Uniform
from plausible.networks import MLP, times
from plausible.search import Range

METHODS = {"relaxation": relaxation, "neumann": neumann, "conjugate-gradient": conjugate_gradient}


@dataclass(frozen=True)
class RecurrentBackprop:
    """Recurrent backpropagation [almeida1987] [pineda1987]: the exact gradient of the loss at a fixed point.

        h* = f(z*),   z* = x W_1 + h* R_1 + b_1,   y = error W_2ᵀ + (y ⊙ f'(z*)) R_1ᵀ,   δ = y ⊙ f'(z*)
        ΔR_1 ∝ -h*ᵀ δ,   ΔW_1 ∝ -xᵀ δ,   ΔW_2 ∝ -h*ᵀ error

    with h*, z*, δ and the adjoint y = ∂loss/∂h* (batch, n), R_1 (n, n); all is dimensionless. The network settles
    twice: `SettlingNetwork.settle` finds h*, one of the `METHODS` y [liao2018], `SettlingNetwork.updates` the ΔW.
    Iterations end below `tolerance`, or after `most` steps. Where the loops of a network amplify, a spectral radius of
    diag(f') R_1ᵀ of 1 or above, the first two do not converge and the gradient is another one: `seen` has the residuals
    of both, `converged` (1 or 0) and the steps, which go into the table of a run.

    Deviations: the pool of units is read out by weights of its own, and is not itself the answer.
    """

    source: ClassVar[str] = "pineda1987"
    answers: ClassVar[tuple[str, ...]] = ()
    reference: ClassVar[str] = "recurrent-backprop"
    search: ClassVar[Mapping[str, Range]] = {"recurrent": Range(0.01, 0.5, form="uniform({})")}

    network: MLP = MLP()
    adjoint: Literal["relaxation", "neumann", "conjugate-gradient"] = "neumann"
    recurrent: Init = Uniform(0.05)
    symmetric: bool = False
    tolerance: float = 1e-5
    most: int = 200

    def __post_init__(self) -> None:
        require(self.adjoint in METHODS, "adjoint", self.adjoint, f"one of {', '.join(METHODS)}")
        require_number("the tolerance", self.tolerance, open_low=True)

    @cached_property
    def form(self) -> SettlingNetwork:
        return SettlingNetwork(
            self.network, self.recurrent, self.symmetric, tolerance=self.tolerance, most=self.most
        )

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, State]:
        return self.form.start(n_in, n_out, rng), None

    def update(self, params: View, state: State, shown: Presentation, rng: Generator) -> Step:
        network, settled = self.network, self.form.settle(params, shown.x)
        answer, slope = self.form.answer(params, settled.value), network.activation.slope(settled.value)
        error = network.output.error(answer, shown.y)
        equation = Adjoint(times(error, params["W2"].T), slope, params["R1"])
        found: Settled = METHODS[self.adjoint](equation, self.most, self.tolerance)
        updates = self.form.updates(shown.x, settled.value, found.value * slope, error, shown.y)
        seen = {
            "residual": settled.residual,
            "adjoint residual": found.residual,
            "steps": float(settled.steps),
        }
        seen |= {
            "adjoint steps": float(found.steps),
            "converged": float(settled.converged and found.converged),
        }
        return Step(updates, state, seen, loss=partial(network.output.total, answer, shown.y))

    def respond(self, params: View, state: State, x: Array, rng: Generator) -> list[Array]:
        settled = self.form.settle(params, x)
        return [settled.value, self.form.answer(params, settled.value)]
