"""Kunin's alignments descend their regularisers of feedback.

Oracle: central differences of the primitives, written out from [kunin2020] for single examples and averaged.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from plausible.core import Array, Params, View
from plausible.networks.inits import Gaussian
from plausible.networks.mlp import MLP
from plausible.probes.differences import central_differences
from plausible.rules.feedback.learned_feedback import (
    ActivationAlignment,
    InformationAlignment,
    LearnedFeedback,
    SymmetricAlignment,
)
from tests.oracles import problem, propose

NETWORK = MLP((5, 4), dtype="float64", init=Gaussian(0.7), bias_init=Gaussian(0.5))


def decay(w: Array, b: Array, x: Array) -> float:
    return 0.5 * float((b**2).sum())


def own(w: Array, b: Array, x: Array) -> float:
    return -float(np.trace(b @ w))


def sparse(w: Array, b: Array, x: Array) -> float:
    return 0.5 * float(np.mean([(row @ b.T) @ (row @ b.T) for row in x]))


def amp(w: Array, b: Array, x: Array) -> float:
    return -float(np.mean([row @ w @ b @ row for row in x]))


def null(w: Array, b: Array, x: Array) -> float:
    return 0.5 * float(np.mean([(row @ w @ b) @ (row @ w @ b) for row in x]))


RULES: list[tuple[LearnedFeedback, Callable[[Array, Array, Array], float]]] = [
    (SymmetricAlignment(NETWORK, strength=0.7), lambda w, b, x: 0.7 * (decay(w, b, x) + own(w, b, x))),
    (
        ActivationAlignment(NETWORK, strength=0.7),
        lambda w, b, x: 0.7 * (sparse(w, b, x) + amp(w, b, x)) / x.shape[1],
    ),
    (
        InformationAlignment(NETWORK, strength=0.7, decay=0.3),
        lambda w, b, x: 0.7 * (amp(w, b, x) + null(w, b, x)) / x.shape[1] + 0.3 * decay(w, b, x),
    ),
]


@pytest.mark.parametrize(("rule", "regulariser"), RULES, ids=lambda value: type(value).__name__)
def test_feedback_descends_its_regulariser(
    rule: LearnedFeedback, regulariser: Callable[[Array, Array, Array], float]
) -> None:
    params, given = problem(NETWORK)
    rng = np.random.default_rng(1)
    feedback: Params = {"B2": rng.normal(size=(4, 5)), "B3": rng.normal(size=(3, 4))}
    below = NETWORK.forward(params, given.x).activities

    def total(moved: View) -> float:
        return sum(regulariser(params[f"W{n}"], moved[f"B{n}"], below[n - 1]) for n in (2, 3))

    slopes = central_differences(total, feedback)
    found = propose(rule, params | feedback, given)
    for name, slope in slopes.items():
        assert np.linalg.norm(found[name] + slope) < 1e-8 * np.linalg.norm(slope)  # of quadratic functions
