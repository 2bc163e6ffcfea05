"""Deep feedback control: a controller moves the output to its target, and synapses learn what makes it needless."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from plausible.arrays import beside
from plausible.core import Array, Presentation, View
from plausible.errors import require, require_number
from plausible.networks.mlp import into
from plausible.networks.products import times
from plausible.rules.targets.controlled import Controlled, wanted
from plausible.search import Range
from plausible.settling.relaxation import Relaxation
from plausible.settling.settle import settle_signal


@dataclass(frozen=True)
class DeepFeedbackControl(Controlled):
    """Deep feedback control [meulemans2021], in time: a controller by proportion and integral moves the output.

        lag · v̇_l = -v_l + r_{l-1} W_l + b_l + u Q_l,   u = w + gain · e,   ẇ = e - leak · u
        weak:    e = z*_L - v_L,   z*_L = z_L - step · error          strong:   e = -error(v_L, ŷ)

    with v_l, r_l (batch, n_l), u, w, e (batch, n_L), time in time constants of the controller, `lag` that of neurons,
    z_L the output's input without control, error the derivative of the loss by it. With `strong` control the output
    goes to the target itself [meulemans2022], a class ŷ at `confidence`. Where it rests, e = leak · u. Weights and
    feedback learn as in `Controlled`; `controlled` lets v and w settle, to a tolerance as a share of the first error.

    Deviations: forward weights learn from the state at rest, not from its path. Feedback learns from one draw of noise
    a presentation, none in the output, and in no phase of its own; the controller answers it in proportion alone, and
    changes are divided by the power of that.
    """

    source: ClassVar[str] = "meulemans2021"
    answers: ClassVar[tuple[str, ...]] = ("weight transport", "exact derivatives", "non-local error")
    search: ClassVar[Mapping[str, Range]] = {"step": Range(0.01, 1.0), "leak": Range(1e-4, 1.0)}

    settling: Relaxation = Relaxation(200, 0.1, tolerance=0.02)
    strong: bool = False
    gain: float = 0.2
    lag: float = 0.2
    confidence: float = 0.99

    def __post_init__(self) -> None:
        super().__post_init__()
        require_number("gain", self.gain)
        require_number("lag", self.lag, open_low=True)
        require_number("confidence", self.confidence, 0.5, 1)
        require(isinstance(self.strong, bool), "strong", self.strong, "True or False")

    def amplification(self) -> float:
        return 1.0 if self.strong else 1 / self.step

    def controlled(self, params: View, rest: list[Array], shown: Presentation) -> Any:
        network, f, out = self.network, self.network.activation.value, self.network.output
        y = wanted(network, shown.y, self.confidence)
        goal = rest[-1] - self.step * out.error(out.value(rest[-1]), shown.y)

        def error(z: Array, goal: Array, y: Array) -> Array:
            return -out.error(out.value(z), y) if self.strong else goal - z

        def force(state: Any, given: Any) -> list[Array]:
            (w, *v), (first, *to) = state, given
            e = error(v[-1], *to)
            u = w + self.gain * e
            driven = [first, *(into(network, params, n, f(below)) for n, below in enumerate(v[:-1], 2))]
            pushed = [*(times(u, params[f"Q{n}"]) for n in range(1, network.depth)), u]
            moves = [a + b - c for a, b, c in zip(driven, pushed, v, strict=True)]
            for move in moves:
                move /= self.lag
            return [e - self.leak * u, *moves]

        start, to = [np.zeros_like(rest[-1]), *rest], (goal, y)
        signal = float(abs(error(rest[-1], *to)).max(axis=1).mean())
        settled = settle_signal(force, start, (rest[0], *to), self.settling, signal)
        w, *v = settled.state
        return v, w + self.gain * error(v[-1], *to), settled.internals()


@dataclass(frozen=True)
class SteadyFeedbackControl(Controlled):
    """Deep feedback control at its steady state [meulemans2021], to first order in the control.

        u = -step · error (1 + Σ_l Q_l J_l + leak)⁻¹,   v_l = r_{l-1} W_l + b_l + u Q_l,   r_l = f(v_l)

    with u and the error, the derivative of the loss by z_L, (batch, n_L), Q_l (n_L, n_l) and J_l (n_l, n_L), the change
    of z_L with v_l of an example at its forward pass; the 1 is the output's own Q J. With linear units this is where
    `DeepFeedbackControl` settles under weak control, exactly; with others up to order step². Where Q_l = J_lᵀ and the
    leak is 0, u Q_l are the smallest changes of v that bring the output to its target. Weights and feedback learn as in
    `Controlled`; `controlled` computes u and v. Each example has equations of its own for u; one call solves them all,
    which the audit takes for examples of a batch that meet.

    Deviations: those of `DeepFeedbackControl`.
    """

    source: ClassVar[str] = "meulemans2021"
    answers: ClassVar[tuple[str, ...]] = ("weight transport",)
    search: ClassVar[Mapping[str, Range]] = {"step": Range(0.01, 1.0), "leak": Range(1e-4, 1.0)}

    def controlled(self, params: View, rest: list[Array], shown: Presentation) -> Any:
        network, f, slope = self.network, self.network.activation.value, self.network.activation.slope
        error, n_out = network.output.error(network.output.value(rest[-1]), shown.y), shown.y.shape[1]
        one = beside(np.eye(n_out, dtype=error.dtype), error)
        through = (1 + self.leak) * one + np.zeros_like(error)[
            :, :, None
        ]  # Q J and the leak, (batch, n_L, n_L)
        heard: Any = 0.0  # of (batch, n_L, n_l)
        for layer in range(1, network.depth):
            # in memory example by example, and all rows in one product: of n_L rows it takes three times as long
            gain, weights = slope(f(rest[layer - 1])).copy()[:, None, :], params[f"W{layer + 1}"]
            heard = (heard + params[f"Q{layer}"]) * gain
            if layer < network.depth - 1:
                heard = (heard.reshape(-1, len(weights)) @ weights).reshape(len(error), n_out, -1)
            else:
                heard = heard @ weights
        through = through + heard
        u = np.linalg.solve(np.swapaxes(through, 1, 2), -self.step * error[:, :, None])[:, :, 0]
        v, z = [], rest[0]
        for layer in range(1, network.depth):
            v.append(z + times(u, params[f"Q{layer}"]))
            z = into(network, params, layer + 1, f(v[-1]))
        return [*v, z + u], u, {}
