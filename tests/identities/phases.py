"""The network and the measures that tests of rules with two phases share."""

from __future__ import annotations

import numpy as np
import pytest

from plausible.core import Params
from plausible.networks.activations import tanh
from plausible.networks.inits import Gaussian
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.probes.alignment import distance
from plausible.settling.relaxation import Relaxation

NETWORK = MLP((5, 4), tanh, output("linear"), "float64", Gaussian(0.5), bias_init=Gaussian(0.3))
REST = Relaxation(1000, 0.5, tolerance=1e-6)  # of the change
every_output = pytest.mark.parametrize("last", ["linear", "softmax", "logistic"])


def farthest(ours: Params, theirs: Params) -> float:
    """The largest relative distance over weights and biases."""
    return max(distance(ours[name], theirs[name]) for name in theirs)


def order(apart: list[float], sizes: list[float]) -> float:
    """The fitted slope on two logarithmic axes."""
    return float(np.polyfit(np.log(sizes), np.log(apart), 1)[0])


def transposes(network: MLP, params: Params) -> Params:
    return {f"B{layer}": params[f"W{layer}"].T for layer in range(2, network.depth + 1)}
