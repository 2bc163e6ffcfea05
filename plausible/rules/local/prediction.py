"""Layer-wise classifiers: each hidden layer learns to predict the target through a head of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.random import Generator

from plausible.core import Array, Params, Presentation, State, Step, View
from plausible.errors import require, require_whole
from plausible.networks.activations import logistic
from plausible.networks.inits import Init, Uniform
from plausible.networks.products import times
from plausible.rules.local.loss import Lesson, LocalLoss
from plausible.search import Range

ACROSS = ("weight transport (across layers)", "exact derivatives (downstream)", "update locking")
CODE = 128  # numbers of the random code of a target, in the authors' bio variants


def predicted(rule: LocalLoss, layer: int, params: View, h: Array, y: Array) -> tuple[Array, Array]:
    """The derivatives of the network's loss of a head's answer g(h H_l + c_l), by h H_l + c_l and by h."""
    output, head = rule.network.output, params[f"H{layer}"]
    error = output.error(output.value(times(h, head) + params[f"c{layer}"]), y)
    return error, times(error, head.T)


def coded(layer: int, params: View, h: Array, y: Array) -> tuple[Array, Array]:
    """The same of the bio variant: binary cross-entropy, averaged over the code of the target, 1 where y P_l > 0.

    The derivative by h comes by a fixed random F_l in the place of H_lᵀ.
    """
    code = np.maximum(np.sign(y @ params[f"P{layer}"]), 0)
    answer = logistic.value(times(h, params[f"H{layer}"]) + params[f"c{layer}"])
    error = (answer - code) / code.shape[1]
    return error, times(error, params[f"F{layer}"])


@dataclass(frozen=True)
class LayerwiseClassifiers(LocalLoss):
    """The prediction loss of [noekland2019]: a classifier on top of each hidden layer, learned with it.

        R_l = loss(g(h_l H_l + c_l), y),   e_l = ∂loss/∂(h_l H_l + c_l),   ∂R_l/∂h_l = e_l H_lᵀ
        ΔH_l ∝ -h_lᵀ e_l,   Δc_l ∝ -1ᵀ e_l

    with h_l (batch, n_l), the head H_l (n_l, n_L), c_l and e_l (batch, n_L), and g and the loss those of the network's
    output; everything is dimensionless. With `bio`, heads have 128 logistic outputs for a random code of the target,
    1 where y P_l > 0, P_l (n_L, 128) fixed, and e_l comes back by a fixed random F_l (128, n_l). `lesson` computes e.

    Deviations: heads start from `head`, not from zero as in the authors' code, `Zero()` here, with which the first
    change of hidden layers is nothing; biases start from zero.
    """

    source: ClassVar[str] = "noekland2019"
    answers: ClassVar[tuple[str, ...]] = ACROSS

    bio: bool = False
    head: Init = Uniform()

    def heads(self, n_out: int, rng: Generator) -> Params:
        draw, width, params = self.form.draw, CODE if self.bio else n_out, Params()
        for layer, units in enumerate(self.form.hidden, 1):
            params[f"H{layer}"] = draw(self.head, rng, (units, width))
            params[f"c{layer}"] = np.zeros(width, self.form.dtype)
            if self.bio:
                params[f"P{layer}"] = draw(Uniform(), rng, (n_out, width))
                params[f"F{layer}"] = draw(Uniform(units**-0.5), rng, (width, units))
        return params

    def lesson(self, layer: int, params: View, h: Array, y: Array) -> Lesson:
        error, signal = coded(layer, params, h, y) if self.bio else predicted(self, layer, params, h, y)
        return Lesson(signal, {f"H{layer}": (h, error), f"c{layer}": (None, error)})


@dataclass(frozen=True)
class GreedyClassifiers(LayerwiseClassifiers):
    """Layer-wise classifiers that learn one after another [belilovsky2019]: a layer learns once those below are done.

        layer 1 + ⌊t / presentations⌋ learns in presentation t = 0, 1, ..., the last hidden layer to the end

    as in `LayerwiseClassifiers`, with its head; the output layer learns all the while. The state is t, beside the
    running statistics of the network, if it has some. `learning` says which layer learns.

    Deviations: classifiers are linear, and no optimiser begins anew with a layer.
    """

    source: ClassVar[str] = "belilovsky2019"

    presentations: int = 300

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, State]:
        require_whole("presentations", self.presentations)
        params, running = super().init(n_in, n_out, rng)
        return params, (0, running)

    def learning(self, state: State) -> range:
        hidden = range(1, self.form.depth)
        now = min(state[0] // self.presentations, len(hidden) - 1)
        return hidden[now : now + 1]

    def update(self, params: View, state: State, shown: Presentation, rng: Generator) -> Step:
        step = self.propose(params, state[1], shown, rng, self.learning(state))
        return step._replace(state=(state[0] + 1, step.state))

    def respond(self, params: View, state: State, x: Array, rng: Generator) -> list[Array]:
        return self.form.respond(params, x, state[1])


@dataclass(frozen=True)
class FixedClassifiers(LocalLoss):
    """Local errors by fixed random classifiers [mostafa2018]: only the layer below a head learns.

        R_l = loss(g(h_l H_l), y),   e_l = ∂loss/∂(h_l H_l),   ∂R_l/∂h_l = e_l H_lᵀ or e_l F_l

    with h_l (batch, n_l), e_l (batch, n_L), the head H_l (n_l, n_L) and F_l (n_L, n_l) fixed and random; everything is
    dimensionless. `back` says what the error comes back by: the "transpose" of the head, which is copied once, as the
    head never changes; "signs", a random F of the head's signs; or another "random" matrix F, with which nothing comes
    to align, as the head does not learn. `heads` draws both.

    Deviations: the loss and the function of a head are those of the network's output. Heads have no biases.
    """

    source: ClassVar[str] = "mostafa2018"
    answers: ClassVar[tuple[str, ...]] = ACROSS

    search: ClassVar[Mapping[str, Range]] = {"head": Range(0.01, 10.0, form="uniform({})")}

    back: Literal["transpose", "random", "signs"] = "transpose"
    head: Init = Uniform()

    def heads(self, n_out: int, rng: Generator) -> Params:
        choices = ("transpose", "random", "signs")
        require(self.back in choices, "back", self.back, " or ".join(choices))
        params = Params()
        for layer, units in enumerate(self.form.hidden, 1):
            head = params[f"H{layer}"] = self.form.draw(self.head, rng, (units, n_out))
            other = self.form.draw(self.head, rng, (units, n_out))
            signed = abs(other) * np.sign(head)
            back = {"transpose": head, "random": other, "signs": signed}[self.back]
            params[f"F{layer}"] = back.T.copy()
        return params

    def lesson(self, layer: int, params: View, h: Array, y: Array) -> Lesson:
        output = self.network.output
        error = output.error(output.value(times(h, params[f"H{layer}"])), y)
        return Lesson(times(error, params[f"F{layer}"]))
