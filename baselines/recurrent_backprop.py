"""Recurrent backpropagation: the gradient at a fixed point, without a history."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from typing import ClassVar, Literal

from numpy.random import Generator

from baselines.fixed_point import Adjoint, SettlingNetwork, Solved, conjugate_gradient, neumann, relaxation
from plausible.core import Array, Params, Presentation, State, Step, View
from plausible.errors import require, require_number
from plausible.networks.inits import Init, Uniform
from plausible.networks.mlp import MLP
from plausible.networks.products import times

METHODS = {"relaxation": relaxation, "neumann": neumann, "conjugate-gradient": conjugate_gradient}


@dataclass(frozen=True)
class RecurrentBackprop:
    """Recurrent backpropagation [almeida1987] [pineda1987]: the exact gradient of the loss at a fixed point.

        h* = f(z*),   z* = x W_1 + h* R_1 + b_1,   y = error W_2ᵀ + (y ⊙ f'(z*)) R_1ᵀ,   δ = y ⊙ f'(z*)
        ΔR_1 ∝ -h*ᵀ δ,   ΔW_1 ∝ -xᵀ δ,   ΔW_2 ∝ -h*ᵀ error

    with h*, z*, δ and the adjoint y = ∂loss/∂h* (batch, n), R_1 (n, n); all is dimensionless. `settling` computes
    h*, and one of the `METHODS` y [liao2018], to `tolerance` or in `most` steps; for y in `adjoint_most`, if given.
    Where the spectral radius of diag(f') R_1ᵀ is 1 or above, loops amplify, and the first two methods do not converge:
    `Step.internals` has both residuals, the steps, and `converged` (1 or 0). `symmetric` keeps R_1 = R_1ᵀ, as in
    Hopfield networks.

    Deviations: the pool of units is read out by weights of its own, and is not itself the answer.
    """

    source: ClassVar[str] = "pineda1987"
    answers: ClassVar[tuple[str, ...]] = ()
    reference: ClassVar[str] = "recurrent-backprop"

    network: MLP = MLP()
    adjoint: Literal["relaxation", "neumann", "conjugate-gradient"] = "neumann"
    recurrent: Init = Uniform(0.05)
    symmetric: bool = False
    tolerance: float = 1e-5
    most: int = 200
    adjoint_most: int | None = None

    def __post_init__(self) -> None:
        require(self.adjoint in METHODS, "adjoint", self.adjoint, f"one of {', '.join(METHODS)}")
        require_number("the tolerance", self.tolerance, open_low=True)

    @cached_property
    def settling(self) -> SettlingNetwork:
        return SettlingNetwork(self.network, self.recurrent, self.symmetric, self.tolerance, self.most)

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, State]:
        return self.settling.start(n_in, n_out, rng), None

    def update(self, params: View, state: State, shown: Presentation, rng: Generator) -> Step:
        network, settled = self.network, self.settling.settle(params, shown.x)
        (h,) = settled.state
        answer, slope = self.settling.answer(params, h), self.settling.slope(params, shown.x, h)
        error = network.output.error(answer, shown.y)
        equation = Adjoint(times(error, params["W2"].T), slope, params["R1"])
        y: Solved = METHODS[self.adjoint](equation, self.adjoint_most or self.most, self.tolerance)
        updates = self.settling.updates(shown.x, h, y.value * slope, error, shown.y)
        seen = {**settled.internals(), "adjoint residual": y.residual, "adjoint steps": float(y.steps)}
        seen["converged"] = float(settled.converged.all() and y.converged)
        return Step(updates, state, seen, loss=partial(network.output.total, answer, shown.y))

    def respond(self, params: View, state: State, x: Array, rng: Generator) -> list[Array]:
        (h,) = self.settling.settle(params, x).state
        return [h, self.settling.answer(params, h)]
