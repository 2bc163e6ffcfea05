"""Global error-vector broadcasting: every weight is sent one error vector, which meets the activity vector below."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import ClassVar

from numpy.random import Generator

from plausible.core import Array, Params, Presentation, State, Step, View
from plausible.networks.mlp import MLP
from plausible.rules.vector.network import VectorNetwork, VectorPass


@dataclass(frozen=True)
class Vectors(ABC):
    """A rule of vector units whose changes are ΔW_l[j, i] ∝ -s_li ⟨h_{l-1,j}, error⟩; subclasses define `senses`, s."""

    reference: ClassVar[str] = "vector-backprop"
    ignores: ClassVar[Mapping[str, str]] = {
        "activation": "its units have gates",
        "init": "weights of vector units have a distribution of their own",
        "bias_init": "weights of vector units have a distribution of their own",
    }

    network: MLP = MLP()
    nonnegative: bool = True

    @cached_property
    def form(self) -> VectorNetwork:
        """The network of vector units."""
        return VectorNetwork(self.network, self.nonnegative)

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, State]:
        return self.form.start(n_in, n_out, rng), None

    @abstractmethod
    def senses(self, params: View, passed: VectorPass) -> list[Array]:
        """s_1 ... s_{L-1}, (batch, n_l): the factor of the changes of a unit's weights."""

    def update(self, params: View, state: State, shown: Presentation, rng: Generator) -> Step:
        passed, output = self.form.forward(params, shown.x), self.network.output
        error = output.error(passed.answer, shown.y)
        updates = self.form.updates(passed, self.senses(params, passed), error, shown.y)
        loss = partial(output.total, passed.answer, shown.y)
        return Step(updates, state, loss=loss, bounds=self.form.bounds)

    def respond(self, params: View, state: State, x: Array, rng: Generator) -> list[Array]:
        return self.form.respond(params, x)


@dataclass(frozen=True)
class GlobalErrorVectorBroadcasting(Vectors):
    """Global error-vector broadcasting (GEVB) [clark2021]: the gradient, with gates in the place of derivatives.

        ΔW_l[j, i] ∝ -m_li ⟨h_{l-1,j}, error⟩,   Δb_l[:, i] ∝ -m_li error

    with error (batch, K) the derivative of each example's loss with respect to z_L, sent to every synapse;
    vector activities h_l (batch, K, n_l) and gates m_l (batch, n_l) of 0 or 1, as in `VectorNetwork`. In the
    gradient the scalar ∂h_L/∂z_li stands in the place of m_li. If weights above the first layer are `nonnegative`
    that scalar is never negative, and each example's change has the sign of the gradient in every entry, or is 0.
    `VectorNetwork.updates` computes the ΔW with s_l = m_l; the rule "vector-backprop" is the gradient.

    Deviations: none known in fully connected networks; the paper's recipe is Adam at 3e-4 in batches of 128.

    >>> import numpy as np
    >>> from plausible.core import Presentation
    >>> from plausible.networks.mlp import MLP
    >>> from plausible.rules.vector.broadcasting import GlobalErrorVectorBroadcasting
    >>> rule, rng = GlobalErrorVectorBroadcasting(MLP((8,))), np.random.default_rng(0)
    >>> params, state = rule.init(4, 3, rng)
    >>> shown = Presentation(np.ones((2, 4), "float32"), np.eye(3, dtype="float32")[:2], reward=None)
    >>> params["W1"].shape, params["T1"].shape  # three components of each of 8 units
    ((4, 24), (3, 8))
    >>> rule.update(params, state, shown, rng).bounds
    {'W2': (0.0, inf)}
    """

    source: ClassVar[str] = "clark2021"
    answers: ClassVar[tuple[str, ...]] = (
        "weight transport",
        "update locking (backward pass)",
        "exact derivatives",
    )

    def senses(self, params: View, passed: VectorPass) -> list[Array]:
        return passed.gates
