"""Networks with connections in both directions, whose units settle at a minimum of an energy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import Any, Literal

import numpy as np

from plausible.core import Array, Outer, Update, View
from plausible.errors import require
from plausible.networks.activations import Activation, identity, logistic
from plausible.networks.mlp import MLP, into
from plausible.networks.outputs import Output, matching
from plausible.networks.products import WIDE, arranged, times
from plausible.settling.relaxation import Relaxation
from plausible.settling.settle import Layers, Settled, Signal, settle, settle_share, settle_signal

HOLOMORPHIC = ("identity", "tanh", "logistic")
ROWS: dict[str, Activation] = {"linear": identity, "logistic-squared": logistic}


@dataclass(frozen=True)
class EquilibriumNetwork:
    """The energy of equilibrium propagation, or its prototypical form, with the force on the states and local changes.

        "energy" [scellier2017]:       E = ½ Σ |s_l|² - Σ r_{l-1} W_l · r_l - Σ b_l · r_l,      r_l = ρ(s_l)
                                       ṡ_l = -∂E/∂s_l = ρ'(s_l) ⊙ a_l - s_l
        "prototypical" [ernoult2019]:  ṡ_l = ρ(a_l) - s_l,      r_l = s_l
        a_l = r_{l-1} W_l + r_{l+1} W_{l+1}ᵀ + b_l

    with s_l, r_l, a_l (batch, n_l), r_0 the input. Nudging adds -β ∂C/∂s. With an output for values C = ½ |y - s_L|²,
    and s_L adds β (y - s_L) to its force. With a softmax output [laborieux2021] the last layer only reads p =
    softmax(r_{L-1} W_L + b_L), has no state, and r_L = β (y - p) stands for its activity, so that the force on s_{L-1}
    and the change of W_L follow from the same formulas. ρ is the network's activation in hidden layers; the last
    layer's is the output's. Hard-sigmoid units hold their states within 0 and 1, the answer too, and are linear there:
    at 0 and 1 ρ' counts as 1, as in the author's program, or units that start at 0 would never move. In the energy form
    ρ' belongs to the state, which is what goes into ρ; the prototypical form has no slopes.
    A logistic-squared output is nudged by β (y - s_L) outside of ρ, as published [ernoult2019], so that what the nudge
    descends is the binary cross-entropy of the outputs, not C.
    """

    network: MLP
    form: Literal["energy", "prototypical"] = "energy"

    def __post_init__(self) -> None:
        require(self.form in ("energy", "prototypical"), "form", self.form, "energy or prototypical")
        good = {"energy": ("softmax", "linear"), "prototypical": ("softmax", *ROWS)}[self.form]
        expected = f"{' or '.join(good)}, for the {self.form} form"
        require(self.network.output.name in good, "output", self.network.output.name, expected)
        dead = self.form == "energy" and self.network.activation.name == "relu" and self.network.hidden
        expected = (
            "another, such as leaky-relu, hard-sigmoid or tanh, as rectified units start at 0, where their slope is 0, "
            "and never move; or form=prototypical where the rule has one"
        )
        require(not dead, "activation", self.network.activation.name, expected)

    @cached_property
    def read(self) -> bool:
        """Whether the last layer is a read-out without a state."""
        return self.network.output.name == "softmax"

    @cached_property
    def functions(self) -> list[Activation]:
        """ρ of every layer that has a state."""
        last = [] if self.read else [ROWS[self.network.output.name]]
        return [self.network.activation] * len(self.network.hidden) + last

    @property
    def clipped(self) -> bool:
        """Whether states are held within 0 and 1, where ρ is linear."""
        return self.form == "energy" and self.network.activation.name == "hard-sigmoid"

    @cached_property
    def cost(self) -> Output:
        """The output function, with the loss that the nudge descends."""
        return matching(self.network.output)

    def first(self, params: View, x: Array) -> Array:
        """r_0 W_1 + b_1, (batch, n_1), which stays while states settle."""
        return into(self.network, params, 1, x)

    def rest(self, x: Array, n_out: int) -> list[Array]:
        """States of 0, from which a free phase starts, in the order of memory that products have."""
        units = [*self.network.hidden, n_out][: len(self.functions)]
        return [np.zeros_like(x, shape=(len(x), n), order="F" if n >= WIDE else "C") for n in units]

    def at_rest(self, params: View, x: Array) -> list[Array]:
        """`rest`, with as many outputs as the weights have."""
        return self.rest(x, params[f"W{self.network.depth}"].shape[1])

    def respond(
        self, params: View, x: Array, how: Relaxation, feedback: Mapping[str, Array] | None = None
    ) -> list[Array]:
        """Activity by layer at the free equilibrium, the answer last."""
        first = self.first(params, x)
        settled = self.settle(params, self.at_rest(params, x), (first, first), how, feedback=feedback)
        return self.answer(params, x, settled.state)

    def outgoing(self, states: Layers) -> list[Array]:
        """r of the layers that have a state."""
        if self.form == "prototypical" or self.clipped:
            return list(states)
        return [value(f, s) for f, s in zip(self.functions, states, strict=True)]

    def reading(self, params: View, r: Layers, first: Array) -> Array:
        """The read-out's p, (batch, n_out)."""
        return self.network.output.value(self.below(params, self.network.depth, r, first))

    def below(self, params: View, layer: int, r: Sequence[Any], first: Array) -> Array:
        """r_{l-1} W_l + b_l, (batch, n_l); of the first layer that is `first`, computed once."""
        return first if layer == 1 else into(self.network, params, layer, r[layer - 2])

    def drive(
        self, params: View, layer: int, r: Sequence[Any], first: Array, back: Mapping[str, Array]
    ) -> Array:
        """a_l, (batch, n_l)."""
        drive = self.below(params, layer, r, first)
        if layer < self.network.depth and r[layer] is not None:
            drive = times(r[layer], back[f"B{layer + 1}"]) + drive
        return drive

    def activities(self, params: View, states: Layers, given: Layers, nudge: complex) -> list[Any]:
        """r_1 ... r_L; None in the place of r_L where a softmax reads out and there is no nudge."""
        first, y = given
        r: list[Any] = list(self.outgoing(states))
        if self.read:
            r.append(None if nudge == 0 else (y - self.reading(params, r, first)) * nudge)
        return r

    def force(
        self, params: View, states: Layers, given: Layers, back: Mapping[str, Array], nudge: complex = 0.0
    ) -> list[Array]:
        """ṡ_1, ṡ_2, ... of the layers that have a state, with back[B_{l+1}] in the place of W_{l+1}ᵀ."""
        r = self.activities(params, states, given, nudge)
        push: list[Any] = []
        for layer, (f, s) in enumerate(zip(self.functions, states, strict=True), 1):
            drive = self.drive(params, layer, r, given[0], back)
            if self.form == "prototypical":
                drive = value(f, drive)
            elif not self.clipped:
                drive = f.slope(r[layer - 1]) * drive
            push.append(drive - s)
        if not self.read and nudge != 0:
            push[-1] += (given[1] - states[-1]) * nudge
        return push

    def energy(self, params: View, states: Layers, given: Layers, nudge: float = 0.0) -> Array:
        """E + β C of each example, (batch,), in the energy form."""
        first, y = given
        r = self.outgoing(states)
        energy: Any = sum(0.5 * (s * s).sum(axis=1) for s in states)
        for layer in range(1, len(states) + 1):
            energy = energy - (self.below(params, layer, r, first) * r[layer - 1]).sum(axis=1)
        answer = self.reading(params, r, first) if self.read else states[-1]
        total: Array = energy + nudge * self.network.output.loss(answer, y)
        return total

    def settle(
        self, params: View, start: Layers, given: Layers, how: Relaxation, nudge: complex = 0.0,
        feedback: Mapping[str, Array] | None = None, signal: float | Signal | None = None,
    ) -> Settled:  # fmt: skip
        """Let the states settle from `start`, with `given` = (r_0 W_1 + b_1, target).

        A tolerance is of the residual, or of the residual over the `signal` if there is one: a number, or a function of
        the state.
        """
        back = self.transposes(params) if feedback is None else feedback
        bounds = (0.0, 1.0) if self.clipped else None
        above = [weights for weights, *_ in self.network.layers[1:]]
        ahead = {**params, **{name: arranged(params[name], how.steps) for name in above}}

        def force(s: Layers, g: Layers) -> list[Array]:
            return self.force(ahead, s, g, back, nudge)

        if signal is None:
            return settle(force, start, given, how, bounds)
        share = settle_share if callable(signal) else settle_signal
        return share(force, start, given, how, signal, bounds)  # type: ignore[arg-type]

    def free(
        self, params: View, start: Layers, given: Layers, phases: tuple[Relaxation, Relaxation], nudge: float,
        feedback: Mapping[str, Array] | None = None,
    ) -> tuple[Settled, float | None]:  # fmt: skip
        """The free equilibrium by the first of two `phases`, and the `signal` of the second, under a `nudge`.

        The signal is None where neither phase has a tolerance, or no layer has a state.
        """

        def signal(states: Layers) -> float:
            return self.signal(params, states, given, nudge, feedback)

        rest = self.settle(params, start, given, phases[0], 0.0, feedback, signal)
        asked = rest.state and any(how.tolerance > 0 for how in phases)
        return rest, signal(rest.state) if asked else None

    def signal(
        self, params: View, states: Layers, given: Layers, nudge: float, feedback: Mapping[str, Array] | None = None
    ) -> float:  # fmt: skip
        """How far a `nudge` moves the lowest layer that it moves, as estimated by sending it down once.

            δ_L = β (y - answer),   δ_l = ρ'_l ⊙ (κ_{l+1} B_{l+1}),
            κ_l = ρ'_l ⊙ δ_l in the hidden layers of the energy form, else δ_l

        The estimate is of first order in β. It leaves out what comes up again and the slopes of slopes, which change
        the residual's effect as much as the signal.

        Returns:
            The largest |δ_l| of an example, the mean over the batch; 0 where there is no error.
        """
        back = self.transposes(params) if feedback is None else feedback
        r = self.outgoing(states)
        answer = self.reading(params, r, given[0]) if self.read else states[-1]
        sent = nudge * (given[1] - answer)
        size = float(abs(sent).max(axis=1).mean())
        for layer in range(self.network.depth - 1, 0, -1):
            slope = self.network.activation.slope(r[layer - 1])
            moved = times(sent, back[f"B{layer + 1}"]) * slope
            size = float(abs(moved).max(axis=1).mean()) or size
            sent = moved * slope if self.form == "energy" else moved
        return size

    def transposes(self, params: View) -> dict[str, Array]:
        """The forward weights' transposes, as feedback."""
        return {f"B{layer}": params[f"W{layer}"].T for layer in range(2, self.network.depth + 1)}

    def answer(self, params: View, x: Array, states: Layers) -> list[Array]:
        """Activity by layer, the answer last."""
        r = self.outgoing(states)
        if self.read:
            return [*r, self.reading(params, r, self.first(params, x))]
        return [*r[:-1], states[-1]]

    def changes(
        self, x: Array, phases: Sequence[tuple[complex, Sequence[Any]]], y: Array
    ) -> dict[str, Update]:
        """Re Σ_k c_k r_{l-1}ᵀ r_l over phases k, each a coefficient c with r_1 ... r_L, reduced over the examples."""
        scale = self.network.output.scale(y)
        updates: dict[str, Update] = {}
        for layer, (weights, biases, _) in enumerate(self.network.layers, 1):
            pairs = [
                (x if layer == 1 else r[layer - 2], c * r[layer - 1]) for c, r in phases if r[layer - 1] is not None
            ]  # fmt: skip
            posts = [post for _, post in pairs]
            if biases:
                updates[biases] = Outer(None, np.real(sum(posts)), scale)
            if layer == 1:
                updates[weights] = Outer(x, np.real(sum(posts)), scale)
                continue
            pre, post = (np.concatenate(side) for side in zip(*pairs, strict=True))
            if np.iscomplexobj(post):
                pre, post = (
                    np.concatenate([pre.real, pre.imag]),
                    np.concatenate([post.real, -post.imag]),
                )
            updates[weights] = Outer(pre, post, scale)
        return updates


def value(f: Activation, z: Array) -> Array:
    """f(z), of complex z too where f is holomorphic."""
    if f.name == "logistic" and np.iscomplexobj(z):
        half: Array = 0.5 * np.tanh(0.5 * z)
        half += 0.5
        return half
    return f.value(z)


def together(phases: Sequence[Settled]) -> Settled:
    """What became of the same examples in several phases, as one: its states are left out.

    Residual and `amplified` error are the largest of any phase, steps are the sum over phases. An example has converged
    if it did in all phases, and oscillates if it does in any.
    """
    _, residual, steps, converged, oscillating, amplified = zip(*phases, strict=True)
    worst, moves = reduce(np.maximum, residual), reduce(np.add, steps)
    left = [share for share in amplified if share is not None]
    rest, swings = reduce(np.logical_and, converged), reduce(np.logical_or, oscillating)
    return Settled([], worst, moves, rest, swings, max(left) if left else None)


def require_leak(net: EquilibriumNetwork, nudge: float, otherwise: str) -> None:
    """Raise `BadInput` unless an output that is nudged by -β, and so leaks at the rate 1 - β, comes to rest."""
    held = net.read or net.clipped or nudge < 1
    why = "under the opposite nudge an output without bounds leaks at the rate 1 - nudge, and runs away"
    require(held, "nudge", nudge, f"a number below 1{otherwise}: {why}")


def require_holomorphic(f: Activation) -> None:
    """Raise `BadInput` unless f has a derivative everywhere in the complex plane but at its poles."""
    require(f.name in HOLOMORPHIC, "activation", f.name, f"a holomorphic one, {', '.join(HOLOMORPHIC)}")
