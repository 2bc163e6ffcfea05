"""Dendritic cortical microcircuits: an apical dendrite that is silent unless something above was not predicted.

>>> import numpy as np
>>> from plausible.core import Presentation
>>> from plausible.networks.mlp import MLP
>>> from plausible.rules.dendritic.microcircuit import SelfPredictingMicrocircuit
>>> rule, rng = SelfPredictingMicrocircuit(MLP((8,))), np.random.default_rng(0)
>>> params, state = rule.init(4, 3, rng)
>>> shown = Presentation(np.ones((2, 4), "float32"), np.eye(3, dtype="float32")[:2], reward=None)
>>> rule.update(params, state, shown, rng).internals["settled"]
1.0
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.random import Generator

from plausible.core import Array, Params, Presentation, Step, View
from plausible.errors import require, require_number
from plausible.networks.inits import Init, Uniform
from plausible.networks.mlp import MLP, into, lowest_signal
from plausible.networks.products import times
from plausible.rules.dendritic.network import Microcircuit, resting
from plausible.rules.layered import Feedforward
from plausible.search import Range
from plausible.settling.relaxation import Relaxation
from plausible.settling.settle import settle_signal

LOCAL = ("non-local error", "separate phases")


@dataclass(frozen=True)
class DendriticMicrocircuit:
    """Dendritic cortical microcircuits [sacramento2018], in time, with interneurons that learn what to expect.

        ΔW_l ∝ r_{l-1}ᵀ (r_l - φ(g_b / (g_lk + g_b + g_a) d_l)),   without g_a at the top
        ΔI_l ∝ r_lᵀ (q_l - φ(g_d / (g_lk + g_d) (r_l I_l + c_l))),      ΔP_l ∝ -q_lᵀ a_l

    averaged over `duration` ms of the motion of `Microcircuit`, which has the symbols; B is fixed, φ the identity
    where rates are potentials. Interneurons that predict the layer above cancel the apical potential a_l; a target at
    the top makes it an error. They learn to predict while nothing is `taught`, the target being hidden; `predicting`
    starts in that state. Rates by kind of synapse, "W*", "I*", "P*", are `Grouped`'s.

    Deviations: weights change after each presentation by the mean over it, which the paper's low-pass filter nearly is;
    examples of a batch are shown to copies of the circuit, from the potentials that they cause without a target;
    inputs are not filtered.
    """

    source: ClassVar[str] = "sacramento2018"
    answers: ClassVar[tuple[str, ...]] = (*LOCAL, "weight transport")
    reference: ClassVar[str] = ""  # somata are attenuated: backprop in these weights is another network's

    network: MLP = MLP()
    duration: float = 10.0
    step: float = 0.2
    noise: float = 0.0
    predicting: bool = True
    taught: bool = True

    def circuit(self) -> Microcircuit:
        return Microcircuit(self.network, noise=self.noise, step=self.step)

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, None]:
        circuit = self.circuit()  # which says what is wrong with the step
        require_number("duration", self.duration, self.step)
        for name in ("predicting", "taught"):
            require(getattr(self, name) in (True, False), name, getattr(self, name), "True or False")
        return circuit.start(n_in, n_out, rng, self.predicting), None

    def update(self, params: View, state: None, shown: Presentation, rng: Generator) -> Step:
        learned, steps = Plasticity(self.circuit(), params), 0
        for u, v, dendrites in self.lived(params, shown.x, shown.y if self.taught else None, rng):
            learned.add(shown.x, u, v, dendrites)
            steps += 1
        apical = [float(abs(a).mean()) for a in dendrites[1]] or [0.0]
        scale = self.network.output.scale(shown.y) / steps
        return Step(learned.mean(scale), internals={"apical potential": float(np.mean(apical))})

    def respond(self, params: View, state: None, x: Array, rng: Generator) -> list[Array]:
        [(u, _, _)] = deque(self.lived(params, x, None, rng), maxlen=1)
        return [*self.circuit().rates(u)[:-1], self.network.output.value(u[-1])]

    def lived(self, params: View, x: Array, y: Array | None, rng: Generator) -> Iterator[Any]:
        """Potentials of neurons, interneurons and dendrites at each step; the first two change in place after it."""
        circuit = self.circuit()
        u, v = circuit.rest(params, x)
        for _ in range(round(self.duration / self.step)):
            dendrites = circuit.dendrites(params, x, u, v)
            yield u, v, dendrites
            circuit.advance(u, v, dendrites, y, rng)
        circuit.check(u)


class Plasticity:
    """The changes by the three local rules of a microcircuit, summed over the steps of its motion."""

    def __init__(self, circuit: Microcircuit, params: View) -> None:
        self.circuit = circuit
        names = [name for name in params if name[0] in "WbIcP"]
        self.total = {name: 0 * params[name] for name in names}

    def add(self, x: Array, u: Any, v: Any, dendrites: Any) -> None:
        """Add the changes of one step, from the potentials of neurons `u`, interneurons `v` and `dendrites`."""
        circuit, (basal, apical, inter) = self.circuit, dendrites
        r = [x, *circuit.rates(u)]
        predicted = circuit.rates([circuit.attenuation(n) * b for n, b in enumerate(basal, 1)])
        for n in range(1, len(r)):
            self.total[f"W{n}"] += r[n - 1].T @ (r[n] - predicted[n - 1])
            if f"b{n}" in self.total:
                self.total[f"b{n}"] += (r[n] - predicted[n - 1]).sum(axis=0)
        if v:
            share = circuit.dendritic / (circuit.leak + circuit.dendritic)
            rates, expected = circuit.rates(v), circuit.rates([share * d for d in inter])
            for n, rate in enumerate(rates, 1):
                self.total[f"I{n}"] += r[n].T @ (rate - expected[n - 1])
                if f"c{n}" in self.total:
                    self.total[f"c{n}"] += (rate - expected[n - 1]).sum(axis=0)
                self.total[f"P{n}"] -= rate.T @ apical[n - 1]

    def mean(self, scale: float) -> Params:
        """The changes times `scale`, which averages over steps and reduces over examples."""
        return {name: change * scale for name, change in self.total.items()}


@dataclass(frozen=True)
class SelfPredictingMicrocircuit(Feedforward):
    """The steady state of dendritic microcircuits [sacramento2018] whose interneurons predict perfectly.

        u_l = d_l + κ a_l,   d_l = φ(u_{l-1}) W_l + b_l,   a_l = (φ(u_{l+1}) - φ(d_{l+1})) B_{l+1},   l < L
        u_L - d_L = -λ ∂loss/∂z_L,      ΔW_l ∝ φ(u_{l-1})ᵀ (φ(u_l) - φ(d_l)) / λ

    with potentials u_l, basal ones d_l and apical ones a_l, (batch, n_l), B_l (n_l, n_{l-1}) fixed, κ the `apical`
    gain, λ the `nudge`. Without a target a_l = 0, and nothing is learned. As λ vanishes this is feedback alignment, and
    backprop if B = Wᵀ, with a distance that falls as λ. The tolerance of `settling` is of the residual over the size of
    φ(u_1) - φ(d_1), by `lowest_signal`: a first-order measure, and no bound on the distance from rest, which a smaller
    tolerance checks. In two linear hidden layers steps of the rate r overshoot for ever
    where an eigenvalue of κ W_2 B_2 is above r/2 (2/r - 1)²: ½ at the rate 1, 4.8 at 0.3. Learning makes it grow.

    Deviations: the attenuation of potentials on their way to the soma is left out, as weights make up for it.
    """

    source: ClassVar[str] = "sacramento2018"
    answers: ClassVar[tuple[str, ...]] = (*LOCAL, "weight transport")
    search: ClassVar[Mapping[str, Range]] = {"nudge": Range(0.01, 1.0)}

    settling: Relaxation = Relaxation(200, 0.3, tolerance=5e-3)
    nudge: float = 0.1
    apical: float = 1.0
    feedback: Init = Uniform()

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, None]:
        require_number("nudge", self.nudge, open_low=True)
        require_number("apical", self.apical, open_low=True)
        params = self.network.start(n_in, n_out, rng)
        return params | self.network.feedback(self.feedback, params, rng), None

    def update(self, params: View, state: None, shown: Presentation, rng: Generator) -> Step:
        network, f, x, y = self.network, self.network.activation.value, shown.x, shown.y
        rest = resting(network, params, x)

        def surprises(u: Any, first: Array, target: Array) -> tuple[list[Array], list[Array]]:
            basal = [first, *(into(network, params, n, f(layer)) for n, layer in enumerate(u, 2))]
            top = network.output.error(network.output.value(basal[-1]), target) * -self.nudge
            return basal, [*(f(a) - f(b) for a, b in zip(u, basal, strict=False)), top]

        def force(u: Any, given: Any) -> list[Array]:
            basal, above = surprises(u, *given)
            heard = [times(s, params[f"B{n}"]) for n, s in enumerate(above[1:], 2)]
            return [b + self.apical * a - layer for b, a, layer in zip(basal, heard, u, strict=False)]

        top = network.output.error(network.output.value(rest[-1]), y) * -self.nudge
        signal = lowest_signal(network, rest, top, params, self.apical)
        settled = settle_signal(force, rest[:-1], (rest[0], y), self.settling, signal)
        posts = surprises(settled.state, rest[0], y)[1]
        updates = network.changes([x, *map(f, settled.state)], posts, network.output.scale(y) / self.nudge)
        return Step(updates, internals=settled.internals())
