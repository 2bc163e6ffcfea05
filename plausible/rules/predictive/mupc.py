"""μPC: how large weights start and how fast they learn in a layer, so that predictive coding works at any depth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.random import Generator

from plausible.core import Params
from plausible.errors import require
from plausible.networks.activations import Activation, identity
from plausible.networks.inits import Gaussian, Init
from plausible.networks.mlp import MLP
from plausible.networks.outputs import Output, output


@dataclass(frozen=True)
class MuPC(MLP):
    """A perceptron in the parameterisation μPC [innocenti2025], which any rule of predictive coding learns.

        z_l = a_l h_{l-1} V_l,   V_l ~ N(0, 1);      a_1 = 1/√n_0,   a_l = 1/√n_{l-1},   a_L = 1/n_{L-1}
        with `skips`:   z_l = a_l h_{l-1} V_l + h_{l-1},   a_l = 1/√(n_{l-1} L),   for 1 < l < L

    for V_l (n_{l-1}, n_l), in L layers of which the hidden ones are of one width. What is stored is W_l = a_l V_l, to
    which a skip adds 1 on the diagonal; so the rules need not know of it. Gradient descent in V_l at a rate moves W_l
    as gradient descent in W_l does at a_l² times the rate; an optimiser that normalises changes, such as Adam, at a_l
    times the rate. `rates` gives them, for `Grouped`.

    Skips are a part of W_l in linear networks alone, and are refused elsewhere. Biases do not exist by default.
    """

    skips: bool = False

    hidden: tuple[int, ...] = (128, 128)
    activation: Activation = identity
    output: Output = output("linear")
    init: Init = Gaussian(1.0)
    bias: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.skips in (True, False), "skips", self.skips, "True or False")
        require(
            len(set(self.hidden)) < 2, "hidden", self.hidden, "hidden layers of one width, as muPC has them"
        )
        linear = "False, or a network of the activation identity, where a skip is a part of the weights"
        require(not self.skips or self.activation == identity, "skips", self.skips, linear)

    def scales(self, n_in: int) -> dict[str, float]:
        """a_l, by the names of the weights."""
        inputs, depth = (n_in, *self.hidden), self.depth
        inner = {f"W{n}": (inputs[n - 1] * (depth if self.skips else 1)) ** -0.5 for n in range(2, depth)}
        last = {f"W{depth}": 1 / inputs[-1]} if depth > 1 else {}
        return {"W1": n_in**-0.5, **inner, **last}

    def start(self, n_in: int, n_out: int, rng: Generator) -> Params:
        params = super().start(n_in, n_out, rng)
        for name, scale in self.scales(n_in).items():
            params[name] *= scale
            if self.skips and name in self.inner[1:]:
                params[name] += np.eye(len(params[name]), dtype=self.dtype)
        return params

    def rates(self, rate: float, n_in: int, power: Literal[1, 2] = 2) -> dict[str, float]:
        """By weights, the rate in W_l that is `rate` in V_l: a_l² for gradient descent, `power` 1 for Adam."""
        return {name: rate * scale**power for name, scale in self.scales(n_in).items()}
