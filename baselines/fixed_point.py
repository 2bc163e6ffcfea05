"""A network that settles, and three ways to compute the adjoint of its fixed point, each with its residual."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.random import Generator

from plausible.arrays import beside
from plausible.core import Array, Outer, Params, Update, View
from plausible.errors import is_whole, require, require_number
from plausible.networks.inits import Init, Uniform
from plausible.networks.mlp import MLP, into
from plausible.settling.relaxation import Relaxation
from plausible.settling.settle import Layers, Settled, settle


@dataclass(frozen=True)
class SettlingNetwork:
    """One pool of units, each connected to each, that settles to a fixed point; and a read-out of the pool.

        h* = f(x W_1 + h* R_1 + b_1),   answer = g(h* W_2 + b_2)

    with x (batch, n_in), W_1 (n_in, n), R_1 (n, n), h* (batch, n), W_2 (n, n_out). Activity follows dh/dt = -h + f(z)
    from 0, in Euler steps of `step` time constants, until the change of no unit exceeds `tolerance`, or `most` steps.

    Args:
        network: activation, output, biases, distributions and dtype; its hidden units together are the pool.
        recurrent: distribution of R_1. The pool settles where the spectral radius of diag(f') R_1ᵀ stays below 1.
        symmetric: whether R_1 = R_1ᵀ without a diagonal, as in Hopfield networks, which settle as an energy falls.
        tolerance: of the residual; in float32, not below 1e-6.
        most: how many steps a relaxation takes at most.
        step: the size of a step, in (0, 1] time constants.
    """

    network: MLP
    recurrent: Init = Uniform()
    symmetric: bool = False
    tolerance: float = 1e-5
    most: int = 200
    step: float = 0.5

    def __post_init__(self) -> None:
        require(
            self.network.hidden != (), "hidden", self.network.hidden, "at least one hidden unit to settle"
        )
        require_number("the step", self.step, 0, 1, open_low=True)
        require_number("the tolerance", self.tolerance, open_low=True)
        good = is_whole(self.most) and self.most > 0
        require(good, "the most steps", self.most, "a positive whole number")

    def start(self, n_in: int, n_out: int, rng: Generator) -> Params:
        """New weights and biases."""
        network, n = self.network, sum(self.network.hidden)
        params = replace(network, hidden=(n,)).start(n_in, n_out, rng)
        weights = network.draw(self.recurrent, rng, (n, n))
        return {**params, "R1": self.mirrored(weights) if self.symmetric else weights}

    @staticmethod
    def mirrored(weights: Array) -> Array:
        """The mean of a matrix and its transpose, without the diagonal."""
        mean = (weights + weights.T) / 2
        return mean * beside(1 - np.eye(len(mean), dtype=mean.dtype), mean)

    def driven(self, params: View, x: Array) -> Array:
        """What reaches the units from outside, x W_1 + b_1, (batch, n)."""
        return into(self.network, params, 1, x)

    def settle(self, params: View, x: Array) -> Settled:
        """The fixed point for x, (batch, n_in), from rest. Raises `Unsettled` if activity has no bounds."""
        drive, f, recurrent = self.driven(params, x), self.network.activation.value, params["R1"]

        def force(state: Layers, given: Layers) -> list[Array]:
            (h,), (driven,) = state, given
            return [f(driven + h @ recurrent) - h]

        return settle(
            force, [np.zeros_like(drive)], [drive], Relaxation(self.most, self.step, self.tolerance)
        )

    def slope(self, params: View, x: Array, h: Array) -> Array:
        """f'(z) where z = x W_1 + h R_1 + b_1 is what goes into the units, (batch, n), `h` having settled.

        It is not read off h: units that were active at first and are silenced in the end come near a kink of f, as 0
        of a rectified unit, and never reach it.
        """
        f = self.network.activation
        return f.slope(f.value(self.driven(params, x) + h @ params["R1"]))

    def answer(self, params: View, h: Array) -> Array:
        """The read-out of `h`, (batch, n)."""
        return self.network.output.value(into(self.network, params, 2, h))

    def updates(self, x: Array, h: Array, signal: Array, error: Array, y: Array) -> dict[str, Update]:
        """The weight changes from the teaching signal at z*, (batch, n), and the error of the read-out."""
        scale, (first, readout) = -self.network.output.scale(y), self.network.layers[:2]
        updates = first.changes(x, signal, scale) | readout.changes(h, error, scale)
        recurrent = Outer(h, signal, scale)  # of two weights that are one, each has half the gradient
        updates["R1"] = self.mirrored(recurrent.dense()) if self.symmetric else recurrent
        return updates


def largest(a: Array) -> float:
    """The largest absolute value."""
    return float(abs(a).max())


# --- adjoints: y (I - J) = e, with J = ∂h*/∂h = R diag(f') and each row of y and e an example's --------------------


class Solved(NamedTuple):
    """What an iteration towards the solution of a linear equation came to."""

    value: Array  # (batch, n)
    residual: float  # the largest error of its equation, relative to what the equation is driven by
    converged: bool  # whether that is not above the tolerance
    steps: int


@dataclass(frozen=True)
class Adjoint:
    """The equation y = e + (y ⊙ slope) Rᵀ, which holds for y = ∂loss/∂h* once all of the network's loops are counted.

    Args:
        error: e = ∂loss/∂h* along the direct path alone, (batch, n).
        slope: f'(z*), (batch, n).
        recurrent: R_1, (n, n).
    """

    error: Array
    slope: Array
    recurrent: Array

    def back(self, y: Array) -> Array:
        """y Jᵀ: once round the loop, against the direction of activity."""
        return (y * self.slope) @ self.recurrent.T

    def forth(self, y: Array) -> Array:
        """y J: once round the loop, with it."""
        return (y @ self.recurrent) * self.slope

    def force(self, y: Array) -> Array:
        """The error of the equation at y, which is the force on y in a relaxation."""
        return self.error + self.back(y) - y

    @property
    def size(self) -> float:
        """The largest error, by which residuals are divided."""
        return max(largest(self.error), np.finfo(self.error.dtype).tiny.item())

    def judged(self, y: Array, steps: int, tolerance: float) -> Solved:
        """`y` with the residual of its equation, relative to the error."""
        residual = largest(self.force(y)) / self.size
        return Solved(y, residual, bool(residual <= tolerance), steps)


def relaxation(adjoint: Adjoint, most: int, tolerance: float, step: float = 0.5) -> Solved:
    """dy/dt = -y + e + y Jᵀ, a second relaxation, from 0 [almeida1987, pineda1987]."""

    def force(state: Layers, given: Layers) -> list[Array]:
        (y,), (error, slope) = state, given
        return [Adjoint(error, slope, adjoint.recurrent).force(y)]

    how = Relaxation(most, step, tolerance * adjoint.size)
    settled = settle(force, [np.zeros_like(adjoint.error)], [adjoint.error, adjoint.slope], how)
    return adjoint.judged(settled.state[0], int(settled.steps.max()), tolerance)


def neumann(adjoint: Adjoint, most: int, tolerance: float) -> Solved:
    """y = Σ_k e (Jᵀ)^k, whose first K terms are what truncation after K steps leaves of BPTT [liao2018]."""
    term, y, size = adjoint.error, adjoint.error, largest(adjoint.error)
    steps = 1
    while steps < most and largest(term) > tolerance * size:
        term = adjoint.back(term)
        y = y + term
        steps += 1
    return adjoint.judged(y, steps, tolerance)


def conjugate_gradient(adjoint: Adjoint, most: int, tolerance: float) -> Solved:
    """Conjugate gradients on (I - Jᵀ)(I - J), the normal equations, each example by itself [liao2018].

    They need no spectral radius below 1, only that I - J can be inverted; two products with R a step.
    """

    def a(y: Array) -> Array:
        return y - adjoint.back(y)

    def a_transposed(y: Array) -> Array:
        return y - adjoint.forth(y)

    y, left = np.zeros_like(adjoint.error), adjoint.error
    slope = direction = a_transposed(left)
    before, size, steps = squares(slope), largest(adjoint.error), 0
    while steps < most and largest(left) > tolerance * size:
        ahead = a(direction)
        alpha = ratio(before, squares(ahead))
        y, left = y + alpha * direction, left - alpha * ahead
        slope = a_transposed(left)
        now = squares(slope)
        direction, before = slope + ratio(now, before) * direction, now
        steps += 1
    return adjoint.judged(y, steps, tolerance)


def squares(y: Array) -> Array:
    """The squared length of each row, (batch, 1)."""
    lengths: Array = (y * y).sum(axis=-1, keepdims=True)
    return lengths


def ratio(a: Array, b: Array) -> Array:
    """a / b, and 0 where b is 0: there the example has converged."""
    return a / np.where(b > 0, b, 1) * (b > 0)
