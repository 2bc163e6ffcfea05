"""Feedback that is a product, and the limits of the feedback rules that are newest.

Oracle: geometric decay in closed form; backprop where the product is the transpose; direct feedback alignment.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from baselines.backprop import Backprop
from plausible.core import Array, Params, View
from plausible.networks.inits import Gaussian, Orthogonal
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.optimise.sgd import SGD
from plausible.probes.differences import central_differences
from plausible.rules.feedback.direct_feedback_alignment import DirectFeedbackAlignment
from plausible.rules.feedback.error_broadcast import ErrorBroadcastDecorrelation
from plausible.rules.feedback.product_feedback import ProductFeedbackAlignment
from plausible.train import train
from tests.oracles import assert_same, changes, examples, present, propose

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


# --- error broadcast and decorrelation ------------------------------------------------------------------


def test_with_a_memory_that_never_fades_error_broadcast_is_direct_feedback_alignment() -> None:
    """To the last bit, presentation after presentation."""
    rule, theirs = ErrorBroadcastDecorrelation(NETWORK, memory=1.0), DirectFeedbackAlignment(NETWORK)
    params, state = rule.init(4, 3, np.random.default_rng(0))
    fixed, _ = theirs.init(4, 3, np.random.default_rng(0))
    shown = examples(NETWORK, 6, 4, 3)
    for _ in range(3):
        step = rule.update(params, state, shown, np.random.default_rng(0))
        state = step.state
        assert_same(changes(step), propose(theirs, fixed, shown))


def test_without_memory_the_broadcast_is_of_the_second_order_in_the_error() -> None:
    """q(c ε) = c² q(ε), for errors of any size."""
    network = replace(NETWORK, output=output("linear"))
    rule, shown = ErrorBroadcastDecorrelation(network, memory=0.0), examples(network, 6, 4, 3)
    params, state = rule.init(4, 3, np.random.default_rng(0))
    answer = network.forward(params, shown.x).activities[-1]
    once, thrice = (
        changes(rule.update(params, state, present(shown.x, answer - c * shown.y), np.random.default_rng(0)))
        for c in (1.0, 3.0)
    )
    for name in ("W1", "W2"):
        np.testing.assert_allclose(thrice[name], 9 * once[name], rtol=1e-12)
    np.testing.assert_allclose(thrice["W3"], 3 * once["W3"], rtol=1e-12)


def test_an_activity_that_is_uncorrelated_with_the_error_does_not_change() -> None:
    """ε is made orthogonal to h_1 over the examples; layer 2, to which it is not, learns."""
    network = replace(NETWORK, output=output("linear"))
    rule, shown = ErrorBroadcastDecorrelation(network, memory=0.0), examples(network, 12, 4, 3)
    params, state = rule.init(4, 3, np.random.default_rng(0))
    _, h, _, answer = network.forward(params, shown.x).activities
    error = shown.y - h @ np.linalg.lstsq(h, shown.y, rcond=None)[0]
    ours = changes(rule.update(params, state, present(shown.x, answer - error), np.random.default_rng(0)))
    assert abs(ours["W1"]).max() < 1e-13 < 1e-4 < abs(ours["W2"]).max()


def test_what_is_broadcast_descends_the_correlation_with_the_error() -> None:
    """δ_1 / n is the slope in z_1 of ½ |Q_1|² / (1 - λ), by central differences, with the error held."""
    rule, shown = ErrorBroadcastDecorrelation(NETWORK, memory=0.3), examples(NETWORK, 6, 4, 3)
    params, state = rule.init(4, 3, np.random.default_rng(0))
    passed = NETWORK.forward(params, shown.x)
    error = NETWORK.output.error(passed.activities[-1], shown.y)

    def height(moved: View) -> float:
        h = np.tanh(shown.x @ moved["W1"] + moved["b1"])
        return float(((0.3 * state["Q1"] + 0.7 / 6 * error.T @ h) ** 2).sum() / 2 / 0.7)

    slopes = central_differences(height, {name: params[name] for name in ("W1", "b1")})
    ours = changes(rule.update(params, state, shown, np.random.default_rng(0)))
    for name, slope in slopes.items():
        np.testing.assert_allclose(ours[name], -slope, atol=1e-9)
