"""What tests of equilibrium propagation share: a small network, a problem far from trouble, what a rule proposes."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
import pytest

from plausible.core import Array, Params, Presentation, Rule
from plausible.networks.activations import tanh
from plausible.networks.inits import Gaussian
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.probes.alignment import distance
from plausible.settling.relaxation import Relaxation
from tests.oracles import Problem, changes
from tests.oracles import problem as drawn

NETWORK = MLP((5, 4), tanh, output("linear"), "float64", Gaussian(0.2), bias_init=Gaussian(0.2))
REST = Relaxation(4000, 0.5, tolerance=1e-14)
Form: TypeAlias = Literal["energy", "prototypical"]
every_output = pytest.mark.parametrize("last", ["linear", "softmax"])


def problem(network: MLP, **sizes: int) -> Problem:
    """One far from where the equilibrium splits in two, so that the nudges below lie within its series' radius."""
    return drawn(network, seed=1, **sizes)


def binary(shown: Presentation) -> Array:
    """Targets of 0 and 1 in the place of any."""
    return (shown.y > 0).astype(shown.y.dtype)


def proposed(rule: Rule, params: Params, shown: Presentation, seed: int = 0) -> Params:
    """The changes of a rule that starts from no particles."""
    rng = np.random.default_rng(seed)
    _, state = rule.init(shown.x.shape[1], shown.y.shape[1], np.random.default_rng(0))
    return changes(rule.update(params, state, shown, rng))


def farthest(ours: Params, theirs: Params) -> float:
    """The largest relative distance over the forward weights."""
    return max(distance(ours[name], theirs[name]) for name in theirs if name[0] == "W")
