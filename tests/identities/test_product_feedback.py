"""Feedback that is a product, and the limits of the feedback rules that are newest.

Oracle: geometric decay in closed form; backprop where the product is the transpose; direct feedback alignment.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from baselines.backprop import Backprop
from plausible.core import Array, Params
from plausible.networks.inits import Gaussian, Orthogonal
from plausible.networks.mlp import MLP
from plausible.optimise.sgd import SGD
from plausible.rules.feedback.product_feedback import ProductFeedbackAlignment
from plausible.train import train
from tests.oracles import examples, propose

NETWORK = MLP((5, 4), dtype="float64", init=Gaussian(0.7), bias_init=Gaussian(0.5))


def gaps(params: Params) -> dict[int, Array]:
    """D_l - C_lᵀ W_lᵀ of each layer with feedback."""
    return {n: params[f"BD{n}"] - params[f"BC{n}"].T @ params[f"W{n}"].T for n in (2, 3)}


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_the_gap_of_product_feedback_shrinks_by_one_less_the_decay_at_each_step(momentum: float) -> None:
    """By 0.99^100 = 0.366032341273229 after a hundred steps, whatever is learned meanwhile."""
    rule = ProductFeedbackAlignment(NETWORK, decay=0.01, expansion=3)
    params, state = rule.init(4, 3, np.random.default_rng(0))
    before, start = gaps(params), params["W2"].copy()
    for _ in train(
        rule, SGD(0.05, momentum), params, state, [examples(NETWORK, 6, 4, 3)] * 100, np.random.default_rng(1)
    ):
        pass
    for layer, gap in gaps(params).items():
        np.testing.assert_allclose(gap, 0.366032341273229 * before[layer], rtol=0, atol=1e-12)
    assert abs(params["W2"] - start * 0.99**100).max() > 0.1, "something was learned"


def test_product_feedback_over_orthonormal_rows_is_backprop() -> None:
    """C Cᵀ = I and D = Cᵀ Wᵀ make C D = Wᵀ."""
    rule, shown = ProductFeedbackAlignment(NETWORK, Orthogonal(), expansion=2), examples(NETWORK, 6, 4, 3)
    params, _ = rule.init(4, 3, np.random.default_rng(0))
    tied = params | {f"BD{n}": params[f"BC{n}"].T @ params[f"W{n}"].T for n in (2, 3)}
    ours, theirs = propose(rule, tied, shown), propose(Backprop(NETWORK), params, shown)
    for name, change in theirs.items():
        np.testing.assert_allclose(ours[name], change, rtol=0, atol=1e-14)
    apart = propose(rule, params, shown)
    assert abs(apart["W1"] - theirs["W1"]).max() > 0.01


def test_product_feedback_of_a_single_layer_has_no_feedback() -> None:
    rule = ProductFeedbackAlignment(replace(NETWORK, hidden=()))
    assert set(rule.init(4, 3, np.random.default_rng(0))[0]) == {"W1", "b1"}
